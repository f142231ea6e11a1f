"""Takes what a receiver's URL keeps secret out of a text that will be stored or logged."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

MASK = "***"
DETAIL_CAP = 500
SHORTEST = 5  # shorter parts of a URL are words like `v1` rather than tokens


def secrets_of(url: str) -> list[str]:
    """The parts of an Apprise URL that may be secret, longest first: the whole, its user and
    password, its path, each part of it, each value of its query. Over-careful by intent; a host
    is kept, for without it a failure says nothing, except where a token stands in its place."""
    parts = urlsplit(url)
    found = {url, parts.path, parts.query}
    host = parts.netloc
    if "@" in host:
        account, _, host = host.rpartition("@")
        found.add(account)
        found.update(account.split(":"))
    if "." not in host and ":" not in host:
        found.add(host)
    found.update(parts.path.split("/"))
    found.update(pair.partition("=")[2] for pair in parts.query.split("&"))
    found.add(parts.fragment)
    found |= {unquote(text) for text in found}
    return sorted((text for text in found if len(text) >= SHORTEST), key=len, reverse=True)


def scrub(text: str, url: str) -> str:
    """The text on one line, without the URL's secrets, at most 500 characters."""
    for secret in secrets_of(url):
        text = re.sub(re.escape(secret), MASK, text, flags=re.IGNORECASE)
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= DETAIL_CAP else line[: DETAIL_CAP - 1] + "…"
