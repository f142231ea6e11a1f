"""What one GET asks for: the same over all of its hops, and what each hop may be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from watcher.fetch.decode import ACCEPT_ENCODING
from watcher.fetch.proxy import Proxy
from watcher.fetch.target import Target

# Headers that the connection and this room own; a feed's config cannot set them.
_OUR_HEADERS: Final = (
    "accept-encoding connection content-length expect host if-modified-since if-none-match "
    "keep-alive proxy-authorization range te trailer transfer-encoding upgrade"
)
_OURS: Final = frozenset(_OUR_HEADERS.split())


@dataclass(frozen=True, slots=True)
class Ask:
    """What stays the same over the hops of one GET."""

    common: Mapping[str, str]  # sent to every hop
    max_bytes: int
    now: datetime
    validated: bool = False  # validators are sent, so that a 304 is an answer
    # The config's own headers, sent to the first origin only.
    private: Mapping[str, str] = field(default_factory=dict, repr=False)
    origin: str = ""
    proxy: Proxy | None = None

    def sent_to(self, here: Target) -> dict[str, str]:
        """The headers of the request for `here`."""
        sent = dict(self.common)
        if self.private and here.origin == self.origin:
            # A feed's own header replaces ours of that name, whatever its case.
            own = {name.lower() for name in self.private}
            sent = {k: v for k, v in sent.items() if k.lower() not in own} | dict(self.private)
        sent["Accept-Encoding"] = ACCEPT_ENCODING
        if here.authorization and not any(k.lower() == "authorization" for k in sent):
            sent["Authorization"] = here.authorization
        return sent


def allowed(headers: Mapping[str, str] | None) -> dict[str, str]:
    """A feed's own headers without those that are ours to set."""
    return {k: v for k, v in (headers or {}).items() if k.lower() not in _OURS}
