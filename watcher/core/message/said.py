"""What one message to one receiver says: an alert, a group of them, or what was held back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from watcher.core.message.facts import Facts

# What a message leads with where several things happened at once, the gravest first.
_GRAVEST = (
    "resurfaced",
    "origin_withdrawn",
    "origin_edited",
    "copy_removed",
    "credit_wrong",
    "credit_stripped",
    "missing_origin",
    "burst",
    "velocity",
    "reach",
    "outlet",
    "family",
    "first_copy",
    "redated",
    "new_copy",
)


@dataclass(frozen=True, slots=True)
class Message:
    """Alerts that go out as one, oldest first; at least one.

    `more`: how many others it stands for without listing them. `held`: why they come late and
    together (quiet hours, the hourly cap); empty: they just came together. `repeat`: it may have
    arrived already.
    """

    alerts: tuple[Facts, ...]
    more: int = 0
    held: str = ""
    repeat: bool = False

    def __post_init__(self) -> None:
        if not self.alerts or self.more < 0:
            raise ValueError("a message says at least one alert, and counts upwards")

    @property
    def one_subject(self) -> bool:
        """Whether all of it is of one watch and one story: a story's message, no digest."""
        first = self.alerts[0]
        subjects = {(facts.watch, facts.story) for facts in self.alerts}
        return len(self.alerts) == 1 or (len(subjects) == 1 and first.story is not None)

    @property
    def lead(self) -> Facts:
        """The gravest alert, of several the latest: what the others are told beside."""
        return gravest(self.alerts)

    @property
    def story(self) -> int | None:
        """The story that it is about; None: about a feed, a phrase, or several things."""
        return self.alerts[0].story if self.one_subject else None


def gravest(alerts: Sequence[Facts]) -> Facts:
    """The alert to lead with: the gravest, of several such the latest."""

    def rank(at: int) -> tuple[int, int]:
        known = {name: n for n, name in enumerate(_GRAVEST)}
        return known.get(alerts[at].condition, len(_GRAVEST)), -at

    return alerts[min(range(len(alerts)), key=rank)]


def said(what: Facts | Message) -> Message:
    """An alert alone is a message too."""
    return Message((what,)) if isinstance(what, Facts) else what
