"""Which sightings of a forgotten article still say something.

Kept are the first one, those that continue or open an episode, the latest, and the one with the
latest date that its outlet claimed for it: an old entry that comes back is judged by these alone,
so that what was forgotten raises no alert. The others only repeat that it was there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol


class Sighting(Protocol):
    """A sighting as far as it matters here."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def by(self) -> datetime: ...
    @property
    def claimed_at(self) -> datetime | None: ...
    @property
    def counts(self) -> str | None: ...


def silent(sightings: Iterable[Sighting], ahead: timedelta) -> list[int]:
    """The ids of an article's sightings that may be forgotten. Claims of more than `ahead` in the
    future of their sighting are none."""
    mine = sorted(sightings, key=lambda s: (s.by, s.id))
    claims = [s for s in mine if s.claimed_at is not None and s.claimed_at <= s.by + ahead]
    kept = {s.id for s in mine if s.counts is not None or s.kind == "first"}
    kept.update(s.id for s in (mine[:1] + mine[-1:]))
    if claims:
        latest = max(s.claimed_at for s in claims if s.claimed_at is not None)
        kept.add(next(s.id for s in claims if s.claimed_at == latest))
    return [s.id for s in mine if s.id not in kept]
