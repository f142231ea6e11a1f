"""What judging a feed takes and gives: the poll, the memory of those before, the findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Health(StrEnum):
    """The verdict in one word."""

    GONE = "gone"
    HTML = "html"
    FAILING = "failing"
    EMPTY = "empty"
    NO_FULL_TEXT = "no_full_text"
    SILENT = "silent"
    MOVED = "moved"
    BAD_DATES = "bad_dates"
    STATIC = "static"
    OK = "ok"


# Worst first; a feed may have several of the later ones.
ORDER = tuple(Health)


class Known(Protocol):
    """A feed as it was before the poll. Times aware, `failures` in a row."""

    @property
    def url(self) -> str: ...
    @property
    def first_ok_at(self) -> datetime | None: ...
    @property
    def last_ok_at(self) -> datetime | None: ...
    @property
    def last_fresh_at(self) -> datetime | None: ...
    @property
    def last_polled_at(self) -> datetime | None: ...
    @property
    def failures(self) -> int: ...
    @property
    def interval_s(self) -> float: ...
    @property
    def moved_to(self) -> str | None: ...
    @property
    def moving_to(self) -> str | None: ...
    @property
    def moving_since(self) -> datetime | None: ...
    @property
    def moving_seen(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Seen:
    """One poll as far as health goes. `error` is its kind in one word, `told` says it to people."""

    at: datetime
    error: str = ""  # "": the feed answered
    told: str = ""
    entries: int | None = None  # of the document; None: unchanged, or no answer
    fresh: int = 0  # articles that the document before did not show
    settled: int = 0  # entries whose text is what it will be, and of these with full text:
    full: int = 0
    dated: int = 0  # entries with a date, and of these with a future or absurd one:
    odd_dates: int = 0
    site: str = ""  # registrable domain that answered
    permanent_to: str | None = None  # the end of an unbroken chain of 301 and 308
    moved_to: str | None = None  # adopted by this poll


@dataclass(frozen=True, slots=True)
class Memory:
    """What judging remembers of a feed, in a form that goes into the database as JSON."""

    onsets: Mapping[str, datetime] = field(default_factory=dict)  # of what holds now, grave or not
    raised: tuple[str, ...] = ()  # the grave ones that have been announced, by their marks
    fresh_at: datetime | None = None  # the last poll that brought something new
    full_at: datetime | None = None  # the last poll that brought a full text
    quiet_polls: int = 0  # since fresh_at
    silences: tuple[tuple[int, int], ...] = ()  # (week, the longest that ended in it, seconds)
    before: str = ""  # a digit an entry, oldest first: 1 with its full text
    recent: str = ""
    site: str = ""  # the one that usually answers

    def to_plain(self) -> dict[str, Any]:
        """JSON values only; what has its default is left out."""
        plain: dict[str, Any] = {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if getattr(self, one.name) not in (None, "", 0, (), {})
        }
        for name in ("fresh_at", "full_at"):
            if name in plain:
                plain[name] = plain[name].isoformat()
        if "onsets" in plain:
            plain["onsets"] = {name: at.isoformat() for name, at in self.onsets.items()}
        for name in ("raised", "silences"):
            if name in plain:
                plain[name] = [list(e) if isinstance(e, tuple) else e for e in plain[name]]
        return plain

    @classmethod
    def from_plain(cls, data: Mapping[str, Any] | None) -> Memory:
        """The inverse; keys that another version wrote are ignored."""
        known = {name: value for name, value in (data or {}).items() if name in cls.__slots__}
        for name in ("fresh_at", "full_at"):
            if name in known:
                known[name] = datetime.fromisoformat(known[name])
        onsets = known.get("onsets", {})
        known["onsets"] = {name: datetime.fromisoformat(at) for name, at in onsets.items()}
        known["raised"] = tuple(known.get("raised", ()))
        known["silences"] = tuple((int(w), int(s)) for w, s in known.get("silences", ()))
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that holds of a feed. `mark` names this onset: a new one is a new event."""

    health: Health
    since: datetime
    reason: str
    grave: bool = False

    @property
    def mark(self) -> str:
        """The same for as long as it lasts, whatever name it goes by meanwhile."""
        name = Health.FAILING if self.health is Health.HTML else self.health
        return f"{name}@{self.since:%Y%m%dT%H%M%S}"
