"""What a careful reader would say of feeds that are polled: which sightings are returns of a text.

Written from DESIGN section 6 and the README alone, on what outlets really did, of which the
program sees only the documents. Nothing of the program's own rules is used here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

DAY = timedelta(days=1)
WEEK = 7 * DAY


@dataclass(frozen=True)
class Shown:
    """An entry as a document shows it. `piece`: which of the outlet's articles it really is."""

    piece: int
    base: int | None  # the text that it carries, if a watched one
    guid: str
    url: str
    text: str
    date: datetime | None
    absurd: bool = False
    listing: bool = False

    def claim(self, now: datetime) -> datetime | None:
        """Its date, as far as it can be trusted."""
        if self.absurd or self.date is None or self.date > now + DAY:
            return None
        return self.date


@dataclass
class Known:
    """An article of an outlet, as it was last seen."""

    outlet: str
    shown: Shown
    dated: datetime | None  # the latest date it was told of with
    left_at: datetime | None = None


@dataclass
class FeedSeen:
    """A feed, as polls found it."""

    outlet: str
    ok_at: datetime | None = None
    shows: frozenset[int] = frozenset()


@dataclass(frozen=True, order=True)
class Moment:
    """A member, or a sighting that counts, by our clock; `n`: in the order of articles."""

    at: datetime
    n: int
    subtype: str = ""


@dataclass
class Story:
    """The copies of a text."""

    members: list[Moment] = field(default_factory=list)
    marks: list[Moment] = field(default_factory=list)
    rest: timedelta | None = None  # a watch's own
    alone: bool = True  # not merged with another

    def episodes(self) -> list[list[Moment]]:
        """Bursts: what came within D of what was there before. The first begins with the first
        member, whether or not it counts."""
        first = min(self.members)
        bursts: list[list[Moment]] = [[first]]
        gaps: list[float] = []
        for mark in sorted(self.marks):
            if (mark.at, mark.n) == (first.at, first.n):
                continue
            at = max(mark.at, first.at)
            gap = at - bursts[-1][-1].at
            if gap >= self._rest(gaps):
                bursts.append([])
            else:
                gaps.append(gap.total_seconds())
            bursts[-1].append(Moment(at, mark.n, mark.subtype))
        return bursts

    def _rest(self, gaps: Sequence[float]) -> timedelta:
        if self.rest is not None:
            return self.rest
        p90 = float(np.percentile(gaps, 90)) if gaps else 0.0
        return max(WEEK, 5 * timedelta(seconds=p90))

    def last_at(self) -> datetime:
        """When the last sighting that counts came."""
        return self.episodes()[-1][-1].at

    def resting(self, now: datetime) -> bool:
        """Whether nothing that counts came for D."""
        bursts = self.episodes()
        gaps = [(b.at - a.at).total_seconds() for burst in bursts for a, b in pairwise(burst)]
        return now - bursts[-1][-1].at >= self._rest(gaps)


class Reader:
    """Reads along with the program, and keeps the stories of the watched texts."""

    def __init__(self) -> None:
        self.known: dict[int, Known] = {}
        self.feeds: dict[str, FeedSeen] = {}
        self.home: dict[int, Story] = {}  # by text
        self.numbers: dict[int, int] = {}  # of pieces, as they became articles

    def stories(self) -> list[Story]:
        """Each story once."""
        return list({id(s): s for s in self.home.values()}.values())

    def number(self, piece: int) -> int:
        """Articles are numbered as they come."""
        return self.numbers.setdefault(piece, len(self.numbers) + 1)

    def unchanged(self, feed: str, now: datetime) -> None:
        """The feed was there, and as before."""
        self.feeds[feed].ok_at = now

    def document(self, name: str, now: datetime, shown: Sequence[Shown]) -> list[Story]:
        """A poll that found this document. The stories that it woke."""
        feed = self.feeds[name]
        changed = [
            one
            for one in shown
            if one.piece not in self.known or self.known[one.piece].shown != one
        ]
        old = [one for one in changed if one.piece in self.known]
        site_moved = self._site_moved(old, shown, now)
        before = {id(s): (s.last_at(), s.resting(now)) for s in self.stories()}
        came: list[tuple[Story, Moment]] = []
        for one in changed:
            subtype = self._judge(feed, one, now, before, site_moved=site_moved)
            story = self._take_in(feed, one, now)
            if story is not None and subtype is not None:
                came.append((story, Moment(now, self.number(one.piece), subtype)))
        for story, moment in came:
            story.marks.append(moment)
        feed.ok_at = now
        self._note_left(feed, {one.piece for one in shown}, now)
        woken = {id(s): s for s, _ in came if id(s) in before and before[id(s)][1]}
        return list(woken.values())

    def archived(self, piece: int, base: int, at: datetime) -> None:
        """An article from an archive, placed by its own date."""
        story = self.home[base]
        n = self.number(piece)
        story.members.append(Moment(at, n))
        story.marks.append(Moment(at, n, "new_outlet"))

    def merged(self, a: int, b: int) -> None:
        """A person says that two texts are one story."""
        one, other = self.home[a], self.home[b]
        one.members += other.members
        one.marks += other.marks
        one.alone = False
        rests = [s.rest for s in (one, other) if s.rest is not None]
        one.rest = min(rests, default=None)
        self.home.update({base: one for base, s in self.home.items() if s is other})

    # ------------------------------------------------------------ what counts

    def _judge(
        self,
        feed: FeedSeen,
        one: Shown,
        now: datetime,
        before: dict[int, tuple[datetime, bool]],
        *,
        site_moved: bool,
    ) -> str | None:
        """As what an entry, new or changed, is a return of its text; None: it is not."""
        if one.base is None or feed.ok_at is None or one.listing:
            return None
        claim = one.claim(now)
        story = self.home.get(one.base)
        last, resting = before.get(id(story), (None, False))
        old = claim is not None and last is not None and claim <= last
        after = min(feed.ok_at, now)
        if now - after > timedelta(hours=6) and (claim is None or old):
            return None  # the backlog of an outage
        mine = [
            k
            for k in self.known.values()
            if k.outlet == feed.outlet
            and k.shown.base is not None
            and self.home.get(k.shown.base) is story
        ]
        if one.piece not in self.known and not mine:
            late = claim is not None and claim < after - DAY
            return None if old and resting and late else "new_outlet"
        known = self.known.get(one.piece)
        dated = self._dated(known, mine)
        edited = known is None or known.shown.text != one.text
        elsewhere = known is None or known.shown.url != one.url
        if claim is not None and dated is not None:
            again = claim - dated >= DAY
        else:
            anew = known is None or (known.shown.url != one.url and known.shown.guid != one.guid)
            again = anew and self._gone([known] if known else mine, now)
        late = claim is not None and claim < after - DAY
        if not again or site_moved or (old and late):
            return None
        if edited:
            return "edited_return"
        return "readdressed" if elsewhere else "redated"

    @staticmethod
    def _dated(known: Known | None, mine: Iterable[Known]) -> datetime | None:
        if known is not None:
            return known.dated
        return max((k.dated for k in mine if k.dated is not None), default=None)

    @staticmethod
    def _gone(mine: Sequence[Known], now: datetime) -> bool:
        left = [k.left_at for k in mine]
        return all(at is not None for at in left) and now - max(a for a in left if a) >= WEEK

    def _site_moved(self, old: Sequence[Shown], shown: Sequence[Shown], now: datetime) -> bool:
        """Five texts issued again at once, or most of the document dated anew."""
        moves = []
        for one in old:
            claim, dated = one.claim(now), self.known[one.piece].dated
            if claim is not None and dated is not None:
                moves.append(claim - dated)
        later = sum(by > timedelta(minutes=1) for by in moves)
        known = sum(one.piece in self.known for one in shown)
        return sum(by >= DAY for by in moves) >= 5 or (later > 1 and 2 * later > known)

    # ------------------------------------------------------------ what is kept

    def _take_in(self, feed: FeedSeen, one: Shown, now: datetime) -> Story | None:
        claim = one.claim(now)
        known = self.known.get(one.piece)
        story = None
        if one.base is not None:
            story = self.home.setdefault(one.base, Story())
        if known is None:
            self.known[one.piece] = Known(feed.outlet, one, claim)
            number = self.number(one.piece)
            if story is not None:
                story.members.append(Moment(now, number))
            return story
        told = (
            known.shown.text != one.text
            or known.shown.url != one.url
            or (claim is not None and known.dated is not None and claim - known.dated >= DAY)
        )
        if claim is not None and (told or known.dated is None):
            known.dated = max(known.dated or claim, claim)
        was, known.shown = known.shown, one
        if story is not None and _another(was, one):
            story.members.append(Moment(now, self.number(one.piece)))
        return story

    def _note_left(self, feed: FeedSeen, shows: set[int], now: datetime) -> None:
        feed.shows = frozenset(shows)
        here = {p for f in self.feeds.values() if f.outlet == feed.outlet for p in f.shows}
        for piece, known in self.known.items():
            if known.outlet == feed.outlet:
                gone = known.left_at or now
                known.left_at = None if piece in here else gone


def _another(was: Shown, now: Shown) -> bool:
    """Whether nothing says that it is the old article any more. It changes a story's times only
    where the clock was set back: then it is the earliest that there is."""
    return was.guid != now.guid and was.url != now.url and was.text != now.text
