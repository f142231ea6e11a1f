"""What an examination finds: one line a check, each with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`check`: what was looked at, in a word. `what` was found; `fix`: what to do, "" where all
    is well. bad: the watch does not do its work; warn: it does, but will not for long, or not
    as it should."""

    check: str
    state: State
    what: str
    fix: str = ""


def ok(check: str, what: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", what)


def warn(check: str, what: str, fix: str) -> Finding:
    """Works, for now."""
    return Finding(check, "warn", what, fix)


def bad(check: str, what: str, fix: str) -> Finding:
    """Does not work."""
    return Finding(check, "bad", what, fix)
