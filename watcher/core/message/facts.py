"""What an alert says: plain values that survive a round trip through the outbox as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Earliest:
    """The article of the story that was seen first, with its interval by our clock."""

    outlet: str
    url: str
    seen_after: datetime | None = None  # None: unknown, censored
    seen_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """The story after this recording. `coverage` says what the figures rest on."""

    copies: int = 0
    outlets: int = 0
    families: int = 0
    episode: int = 1
    coverage: str = ""


@dataclass(frozen=True, slots=True)
class Suggested:
    """An article in another language that may be a translation, and is no part of the story until
    somebody says so. `sure`: how alike its sentences are, 0..1; `whole`: what of it, in words."""

    outlet: str
    lang: str
    headline: str
    url: str
    sure: float
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that an alert says. Shares are 0..1, distance is in bits, `rested_for` in seconds."""

    watch: str
    condition: str
    headline: str
    outlet: str
    url: str = ""
    story: int | None = None
    family: str = ""
    step: str = ""  # reach: the number crossed; missing_origin: the source named
    subtype: str | None = None  # new_outlet | redated | readdressed | edited_return
    kind: str | None = None
    paste: float | None = None
    cut: float | None = None
    distance: int | None = None
    claimed_at: datetime | None = None
    claimed_note: str | None = None  # naive | future | absurd | unparsed
    seen_after: datetime | None = None
    seen_by: datetime | None = None
    censored: bool = False
    credit_verdict: str | None = None  # full | partial | stripped | wrong | none
    credit_agent: str = ""
    credit_words: str = ""
    changed: tuple[str, ...] = ()
    totals: Totals = field(default_factory=Totals)
    earliest: Earliest | None = None
    rested_for: float | None = None
    reason: str = ""
    silence: str = ""
    story_title: str = ""  # of the story as a whole, for what must not change from copy to copy
    passage: str = ""  # a phrase's watch: the words that it found, as they stand
    status: str = ""  # of the match, where a person has not decided: suggested
    rests_on: str = ""  # a translation: how many sentences, what share of the text, how alike
    aligned: tuple[tuple[str, str], ...] = ()  # and some of them, of either text
    suggested: tuple[Suggested, ...] = ()  # translations of the story that are no part of it

    def to_plain(self) -> dict[str, Any]:
        """JSON values only; times as ISO 8601 with their offset."""
        return {one.name: _plain(getattr(self, one.name)) for one in fields(self)}

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Facts:
        """The inverse. Unknown keys are ignored and missing ones take their default, so that a
        newer and an older program can read each other's outbox. Raises ValueError or TypeError
        where the payload is not an alert.
        """
        known = _known(cls, data)
        for name in ("claimed_at", "seen_after", "seen_by"):
            known[name] = _instant(known.get(name))
        known["changed"] = tuple(known.get("changed") or ())
        known["aligned"] = tuple((str(a), str(b)) for a, b in known.get("aligned") or ())
        known["suggested"] = tuple(
            Suggested(**_known(Suggested, one)) for one in known.get("suggested") or ()
        )
        known["totals"] = Totals(**_known(Totals, known.get("totals") or {}))
        if (first := known.get("earliest")) is not None:
            first = _known(Earliest, first)
            for name in ("seen_after", "seen_by"):
                first[name] = _instant(first.get(name))
            known["earliest"] = Earliest(**first)
        return cls(**known)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, (Totals, Earliest, Suggested)):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return value


def _known(cls: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    return {one.name: data[one.name] for one in fields(cls) if one.name in data}


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"a time without an offset: {text!r}")
    return at.astimezone(UTC)
