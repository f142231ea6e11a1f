"""Whether a permanent redirect of a feed is believed, and when a believed one is given up.

A 301 or 308 (RFC 9110, sections 15.4.2 and 15.4.9) says that an address has changed for good, and
is as often a mistake of an afternoon: a maintenance page, a hotel's login, a move to TLS rolled
back. So the new address is adopted only when the same chain, permanent in every step, was seen in
several polls over two days, and the first document behind it was the feed as we knew it: it held
entries from before the move. (Later ones say nothing: what was read behind the redirect is known
by then, whatever it is.) Until then each poll asks the old address, and follows.

The address in feeds.yaml stays what the feed is called, and the way back: an adopted address that
fails for long is given up. Pure: the same facts, the same answer, with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

PROOF = timedelta(days=2)  # the same chain, for at least so long
PROOF_POLLS = 3  # and in so many polls
# An adopted address is given up when it failed so often in a row, over so long.
LOST = timedelta(days=3)
LOST_POLLS = 5
_PORTS = {"http": 80, "https": 443}


class Step(StrEnum):
    """What a poll does to a feed's address."""

    STAY = "stay"
    PROVE = "prove"  # a permanent redirect that is not proven yet
    ADOPT = "adopt"
    RETURN = "return"  # to the address in feeds.yaml


@dataclass(frozen=True, slots=True)
class Address:
    """Where a feed is asked, and what is being proven. Times aware, by our clock."""

    configured: str  # in feeds.yaml
    adopted: str | None = None
    moving_to: str | None = None
    moving_since: datetime | None = None
    # Polls that count for it, those before this one; 0: no document has been its proof yet.
    moving_seen: int = 0

    @property
    def asked(self) -> str:
        """Where the feed is asked now."""
        return self.adopted or self.configured


@dataclass(frozen=True, slots=True)
class Seen:
    """What one good answer showed. `old_entries`: whether its document holds an entry known from
    before the redirect; None where there was no document to look at (304)."""

    url: str  # after redirects
    permanent_to: str | None  # the end of the 301s and 308s that the chain began with
    old_entries: bool | None


@dataclass(frozen=True, slots=True)
class Move:
    """`to` is what to ask from now on (ADOPT, RETURN), or what is being proven (PROVE).

    `counts`: whether this poll is one of those that prove it.
    """

    step: Step
    to: str | None
    reason: str
    counts: bool = True


def after_answer(feed: Address, seen: Seen, now: datetime) -> Move:
    """What a good answer means for the feed's address."""
    to = seen.permanent_to
    if to is None:
        return Move(Step.STAY, None, "no permanent redirect")
    if to != seen.url:
        return Move(Step.STAY, None, "a temporary redirect stands in the chain")
    if _scheme(feed.asked) == "https" and _scheme(to) == "http":
        return Move(Step.STAY, None, "a redirect from https to http is followed and not kept")
    polls, span = 0, timedelta()
    if feed.moving_to == to and feed.moving_since is not None:
        # A clock set back makes the proof longer, never shorter.
        polls, span = feed.moving_seen, max(timedelta(), now - feed.moving_since)
    if polls == 0 and not seen.old_entries:
        reason = (
            "a permanent redirect whose document is still to be looked at"
            if seen.old_entries is None
            else "a permanent redirect to a document without an entry from before it"
        )
        return Move(Step.PROVE, to, reason, counts=False)
    polls += 1
    if polls < PROOF_POLLS or span < PROOF:
        seen_so_far = f"in {polls} poll{'s' * (polls != 1)} over {_span(span)}"
        return Move(Step.PROVE, to, f"a permanent redirect, seen {seen_so_far}; {_NEEDED}")
    proof = f"the same permanent redirect in {polls} polls over {_span(span)}"
    if to == feed.configured:
        return Move(Step.RETURN, to, f"{proof}, back to the address in feeds.yaml")
    return Move(Step.ADOPT, to, f"{proof}, to the feed as it was known")


def after_failure(
    feed: Address, failures: int, last_ok_at: datetime | None, now: datetime, *, gone: bool = False
) -> Move:
    """What a failed poll, the `failures`th in a row, means for the feed's address.

    A failure proves nothing of a redirect, either way. `gone`: the answer was 410.
    """
    if feed.adopted is None:
        return Move(Step.STAY, None, "the address in feeds.yaml is the only one")
    if gone:
        return Move(
            Step.RETURN,
            feed.configured,
            "the adopted address is gone (410): asking the one in feeds.yaml again",
        )
    silent = None if last_ok_at is None else now - last_ok_at
    if failures >= LOST_POLLS and (silent is None or silent >= LOST):
        since = "" if silent is None else f" over {_span(silent)}"
        return Move(
            Step.RETURN,
            feed.configured,
            f"the adopted address failed {failures} times{since}: "
            "asking the one in feeds.yaml again",
        )
    return Move(Step.STAY, None, "the adopted address may recover")


def wants_document(feed: Address, last_status: int | None) -> bool:
    """Whether the next poll is to bring a document even if unchanged: a proof cannot begin with
    a 304, as the last answer was. Once only: a document settles it."""
    return feed.moving_to is not None and feed.moving_seen == 0 and last_status == 304


def may_know(configured: str, address: str) -> bool:
    """Whether headers and credentials given for `configured` may be sent to `address`.

    To its own origin (RFC 6454, section 4), and to the same host by TLS where it was written
    without: whatever could be read there could be read before. To nobody else.
    """
    if configured == address:
        return _origin(address) is not None
    ours, there = _origin(configured), _origin(address)
    if ours is None or there is None:
        return False
    upgraded = ours[1] == there[1] and (ours[0], ours[2], there[0], there[2]) == (
        "http",
        80,
        "https",
        443,
    )
    return ours == there or upgraded


def told(feed: Address) -> str:
    """In words, where the feed is asked if not where feeds.yaml says, and what is being proven."""
    parts = []
    if feed.adopted is not None:
        parts.append(f"asked at {feed.adopted}, where it has moved for good")
    if feed.moving_to is not None and feed.moving_since is not None:
        since = f"{feed.moving_since:%Y-%m-%d %H:%M} UTC"
        polls = f"{feed.moving_seen} poll{'s' * (feed.moving_seen != 1)}"
        parts.append(
            f"redirects permanently to {feed.moving_to} since {since}, "
            f"proven by {polls} so far; {_NEEDED}"
        )
    return "; ".join(parts)


def _scheme(url: str) -> str:
    return url.partition(":")[0].lower()


def _origin(url: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
    if scheme not in _PORTS or not host:
        return None
    return scheme, host, port or _PORTS[scheme]


def _span(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"


_NEEDED = f"adopted after {PROOF_POLLS} polls over {_span(PROOF)}"
