"""Registrable domains: the part of a host name that somebody registered, by the public suffix list.

Outside `core` because the list is data of a package; what it says changes with its release.
"""

from __future__ import annotations

import functools
import ipaddress
from typing import Any

from watcher.core import urls


@functools.cache
def _suffixes() -> Any:
    # 10,000 rules: loaded by the first question, not by the import.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


@functools.lru_cache(maxsize=65_536)
def registrable(domain_or_url: str) -> str:
    """The registrable domain of a host name or an http(s) address, lower case and in ASCII.

    `https://feeds.bbci.co.uk/news` -> `bbci.co.uk`. What has none returns its host as it is: IP
    addresses, `localhost`, a bare public suffix. Text that holds no host name at all comes back
    trimmed, in lower case. Source: https://publicsuffix.org, with its private section
    (`name.github.io` counts as registered).
    """
    host = urls.host(domain_or_url) or urls.host(f"http://{domain_or_url.strip()}")
    if not host:
        return domain_or_url.strip().lower()
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return str(_suffixes().privatesuffix(host) or host)
    return host
