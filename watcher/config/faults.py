"""What is wrong in feeds.yaml, said so that it can be put right, and never quoting a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

_LONGEST = 60
_MOST_LISTED = 20
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,31}):/{0,2}\S*")
_LOGIN = re.compile(r"(?<=://)[^/?#\s]*@")

Place = tuple[str | int, ...]  # ("outlets", 0, "feeds", 1, "interval")


class UnfitError(Exception):
    """A written value cannot be read. The text says why; `{found}` stands for the value."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. Line and column count from 1 and point at the value, or at a wrong key.

    An `error` keeps the configuration from being used; a `warning` does not.
    """

    file: str
    line: int
    column: int
    where: str  # outlets[0].feeds[1].interval; "" for the file as a whole
    message: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        mark = "warning: " if self.severity == "warning" else ""
        where = f"{self.where}: " if self.where else ""
        return f"{self.file}:{self.line}:{self.column}: {mark}{where}{self.message}"


def path_text(place: Place) -> str:
    """`outlets[0].feeds[1].interval` for ("outlets", 0, "feeds", 1, "interval")."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.removeprefix(".")


def quoted(text: str, *, address: bool = False) -> str:
    """The text in double quotes, at most 60 characters, control characters escaped.

    Whatever looks like an address loses all but its scheme, because receiver URLs are secrets and
    get pasted into the wrong line; `address=True`, for web addresses where one is expected,
    hides the user name and password only.
    """
    text = _LOGIN.sub("***@", text) if address else _ADDRESS.sub(_masked, text)
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    return '"' + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text) + '"'


def _masked(found: re.Match[str]) -> str:
    colon = found[0].find(":")
    slashes = found[0][colon:].startswith("://")
    # "22:00" and "outlet:x" are not addresses; "mailto:desk" may be one.
    return f"{found[1]}://***" if slashes else found[0]


def suggestion(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, if any is near."""
    from difflib import get_close_matches  # late: only a fault needs it

    by_fold = {name.casefold(): name for name in known}
    near = get_close_matches(word[:_LONGEST].casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[near[0]] if near else None


def unknown(what: str, word: str, known: Iterable[str]) -> str:
    """`unknown key "feed", did you mean "feeds"?`, or what is known where nothing is near."""
    names = list(known)
    near = suggestion(word, names)
    if near:
        return f'unknown {what} {quoted(word)}, did you mean "{near}"?'
    if not names:
        return f"unknown {what} {quoted(word)}: none is defined in this file"
    listed = ", ".join(names[:_MOST_LISTED]) + (", ..." if len(names) > _MOST_LISTED else "")
    return f"unknown {what} {quoted(word)}, expected one of: {listed}"
