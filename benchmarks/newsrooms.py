"""Simulated newsrooms: stories that spread in known ways, seen through polls that miss things."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)

_SENTENCES = """
The harbour board met behind closed doors on Monday and left without a word to the press
A ferry that should have been in dry dock since autumn carried four hundred passengers that week
Inspectors had counted thirty one cracked rivets along the keel before the season began
Nobody at the ministry would say who signed the permit that let the vessel sail
The captain told colleagues that the pumps had failed twice before anyone took notice
Fishermen from the eastern quay were the first to reach the burning deck
A mother of two described how the lights went out before the alarm could be heard
Rescuers pulled the last survivor from the water shortly after dawn
The owner of the line has given money to three of the parties in parliament
An earlier report on the company was filed and never opened again
Insurance papers show that the ship was worth less than its own fuel
The coast guard asked for a second helicopter in the spring and got a bicycle shed
Divers will go down once the current allows it and not before
The mayor cancelled the summer fair and asked people to light candles instead
Teachers in the port town kept the schools open so that children could be among friends
A court has to decide by Friday whether the records may be read in public
The union of seamen says that crews have slept four hours a night for months
Two engineers resigned last winter and wrote down why in a letter of nine pages
The letter lay in a drawer of the shipping office until a cleaner found it
A spokesman for the line called the accusations a work of fiction
Experts from the university doubt that the bulkheads were ever tested under load
The price of a ticket had fallen by half since the second company gave up the route
Relatives have waited outside the hospital with photographs in their hands
The weather service had warned of nothing worse than a fresh breeze
Lawyers for the families want the wreck to be raised at the cost of the state
The island has no airport and now no boat that people dare to board
Grain and medicine come by barge until another ferry can be hired
A retired pilot remembers a similar fire from the year of the great frost
The parliament will hear the minister on Thursday in an open session
Opposition members left the chamber when the first speaker mentioned patience
The company promised to pay for funerals and asked for silence in return
A bakery near the pier hands out bread to those who sleep in the waiting hall
Maps of the accident show that the ship drifted for two miles without power
The radio log has a gap of eleven minutes that nobody can account for
Students have begun to count the lifeboats on every ship that calls here
A neighbour state offered its salvage crane and was thanked politely
The cause of the fire is thought to be a heater in the crew quarters
Old photographs show the same corridor with its doors already chained
The prosecutor wants to hear the first officer as a witness and not as a suspect
Tourists have cancelled most of their rooms for the coming weeks
"""
_PROSE = [line.split() for line in _SENTENCES.strip().splitlines()]
_FILLERS = ["reportedly", "officials", "said", "according", "to", "people", "there", "Tuesday"]


@dataclass(frozen=True)
class Setting:
    """How a newsroom behaves. Shares are 0..1, times in minutes."""

    name: str
    outlets: int = 14
    text: str = "words"  # words | prose
    polls: tuple[int, ...] = (15,)
    missed: float = 0.05  # polls that fail
    unseen: float = 0.1  # articles that no poll ever shows
    hub: float = 0.5  # copies taken from the origin, the others from any copy before
    recent: float = 0.3  # of those others: taken from one of the latest three
    delay: float = 60.0  # median until an outlet copies
    verbatim: float = 0.25
    heavy: float = 0.25
    excerpt: float = 0.1
    merge: float = 0.2  # where another copy has something that this one's source has not
    updates: int = 2  # of the origin, with corrections
    credit: float = 0.5  # copies that name whom they took it from
    wrong: float = 0.05
    dates: float = 0.7  # articles with a true date; of the rest half have none, half a wrong one
    archive: bool = False  # imported: dates alone, no polls


@dataclass
class Copy:
    """An article as it was. `parent` None: the origin. `texts`: (time, paragraphs) of versions."""

    outlet: int
    parent: int | None
    parent_version: int
    merged: int | None
    texts: list[tuple[datetime, list[list[str]]]]
    claimed: datetime | None = None
    named: int | None = None  # the outlet that it credits
    intervals: list[tuple[datetime | None, datetime]] = field(default_factory=list)
    seen: bool = True

    @property
    def at(self) -> datetime:
        """When it was published."""
        return self.texts[0][0]


def story(setting: Setting, seed: int) -> list[Copy]:
    """One story, its copies in the order of publication."""
    rng = Random(f"{setting.name}/{seed}")
    words = _Words(setting.text, rng)
    copies = [Copy(0, None, 0, None, [(START, words.article())])]
    now = START
    for k in range(rng.randint(0, setting.updates)):
        now += timedelta(minutes=rng.lognormvariate(math.log(90), 0.6))
        copies[0].texts.append((now, words.corrected(copies[0].texts[-1][1], k)))
    moments = sorted(
        START + timedelta(minutes=rng.lognormvariate(math.log(setting.delay), 1.0))
        for _ in range(setting.outlets)
    )
    for n, at in enumerate(moments, 1):
        copies.append(_copy(setting, rng, words, copies, n, at))
    for one in copies:
        _look(setting, rng, one)
    return copies


def _copy(
    setting: Setting, rng: Random, words: _Words, copies: list[Copy], n: int, at: datetime
) -> Copy:
    earlier = [i for i, c in enumerate(copies) if c.at < at - timedelta(minutes=2)] or [0]
    if rng.random() < setting.hub:
        parent = 0
    else:
        pool = earlier[-3:] if rng.random() < setting.recent else earlier
        parent = rng.choice(pool)
    there = [v for v, (t, _) in enumerate(copies[parent].texts) if t <= at]
    version = there[-1] if rng.random() < 0.85 else rng.choice(there)
    text = [list(p) for p in copies[parent].texts[version][1]]
    merged = None
    what = rng.random()
    if what < setting.verbatim:
        pass
    elif what < setting.verbatim + setting.heavy:
        text = words.edit(text, rng.randint(6, 14), cut=True)
    elif what < setting.verbatim + setting.heavy + setting.excerpt:
        text = text[: max(3, round(len(text) * rng.uniform(0.4, 0.7)))]
        text = words.edit(text, rng.randint(0, 2))
    else:
        text = words.edit(text, rng.randint(1, 4))
    others = [i for i in earlier if i != parent and copies[i].outlet != copies[parent].outlet]
    if others and rng.random() < setting.merge:
        merged = rng.choice(others)
        every = [text, *(t for _, t in copies[parent].texts)]
        have = {g for t in every for p in t for g in _threes(p)}
        extra = [p for p in copies[merged].texts[0][1] if len(p) >= 20]
        extra = [p for p in extra if len(have & _threes(p)) < len(p) / 5][:2]
        merged = merged if extra else None
        text[len(text) // 2 : len(text) // 2] = [list(p) for p in extra]
    one = Copy(n, parent, version, merged, [(at, text)])
    if rng.random() < setting.credit:
        one.named = copies[parent].outlet
    elif copies[parent].named is not None and rng.random() < 0.5:
        one.named = copies[parent].named  # carried along
    elif rng.random() < setting.wrong:
        one.named = rng.randrange(setting.outlets + 1)
    if rng.random() < 0.1:
        later = at + timedelta(minutes=rng.uniform(20, 300))
        one.texts.append((later, words.edit(text, rng.randint(1, 2))))
    return one


def _threes(words: list[str]) -> set[tuple[str, ...]]:
    return set(zip(words, words[1:], words[2:], strict=False))


def _look(setting: Setting, rng: Random, one: Copy) -> None:
    """When its versions were seen, and the date that it claims."""
    every = rng.choice(setting.polls)
    phase = rng.uniform(0, every)
    if one.parent is not None or rng.random() < 0.5:
        one.seen = rng.random() >= setting.unseen
    before: datetime | None = None
    for at, _ in one.texts:
        gone = (at - START).total_seconds() / 60 - phase
        k = math.floor(gone / every)
        low = k
        while rng.random() < setting.missed:
            low -= 1
        k += 1
        while rng.random() < setting.missed:
            k += 1
        after = START + timedelta(minutes=phase + low * every)
        by = START + timedelta(minutes=phase + k * every)
        if before is not None:
            after, by = max(after, before), max(by, before + timedelta(minutes=1))
        elif rng.random() < 0.03:
            after = None  # type: ignore[assignment]  # the feed's first poll
        one.intervals.append((after, by))
        before = by
    draw = rng.random()
    if draw < setting.dates:
        one.claimed = one.at.replace(second=0, microsecond=0)
    elif draw < (1 + setting.dates) / 2:
        one.claimed = one.at + timedelta(minutes=rng.gauss(0, 120))


class _Words:
    """Text of one story, and what editors do to it."""

    def __init__(self, kind: str, rng: Random) -> None:
        self._rng = rng
        self._kind = kind
        self._pool = [f"w{rng.randrange(10**6):06d}" for _ in range(3000)]
        self._prose = rng.sample(_PROSE, len(_PROSE))

    def _sentence(self) -> list[str]:
        rng = self._rng
        if self._kind == "prose":
            one = self._prose.pop() if self._prose else rng.choice(_PROSE)
            # Sentences come again in other stories, and two of a kind may meet in one.
            return list(one)
        return [
            self._pool[min(int(rng.paretovariate(0.7)), 3000) - 1]
            for _ in range(rng.randint(8, 26))
        ]

    def _paragraph(self) -> list[str]:
        return [w for _ in range(self._rng.randint(2, 3)) for w in self._sentence()]

    def article(self) -> list[list[str]]:
        """A text of several paragraphs."""
        return [self._paragraph() for _ in range(self._rng.randint(5, 9))]

    def corrected(self, text: list[list[str]], k: int) -> list[list[str]]:
        """The next version of a wire report: a correction, sometimes with a new paragraph."""
        text = self.edit(text, 1 + k)
        if self._rng.random() < 0.6:
            text = [*text[:1], self._paragraph(), *text[1:]]
        return text

    def edit(self, text: list[list[str]], times: int, *, cut: bool = False) -> list[list[str]]:
        """A text after so many edits; `cut`: paragraphs may go and come, too."""
        rng = self._rng
        text = [list(p) for p in text]
        for _ in range(times):
            p = text[rng.randrange(len(text))]
            at = rng.randrange(len(p))
            match rng.choice(("word", "number", "drop", "insert", "paragraph" if cut else "word")):
                case "word":
                    p[at] = rng.choice(self._pool)
                case "number":
                    p[at] = str(rng.randrange(2, 500))
                case "drop":
                    del p[at : at + rng.randint(1, 8)]
                case "insert":
                    few = rng.randint(1, 6)
                    p[at:at] = [rng.choice(_FILLERS + self._pool[:40]) for _ in range(few)]
                case _:
                    if rng.random() < 0.5 and len(text) > 3:
                        text.remove(p)
                    else:
                        text.insert(rng.randrange(len(text) + 1), self._paragraph())
            text = [p for p in text if p]
        return text


_BASE = Setting("base")
LEARNED = (
    _BASE,
    replace(_BASE, name="prose", text="prose"),
    replace(_BASE, name="fast", polls=(5,), delay=20.0),
    replace(_BASE, name="mixed", polls=(5, 15, 60), unseen=0.3),
    replace(_BASE, name="chains", hub=0.15, recent=0.6, credit=0.3, unseen=0.2),
    replace(_BASE, name="archive", archive=True),
    replace(_BASE, name="liars", credit=0.2, wrong=0.4, hub=0.4, unseen=0.2),
    replace(_BASE, name="plain", credit=0.0, wrong=0.0, dates=0.4, unseen=0.3, text="prose"),
    replace(_BASE, name="small", outlets=5, polls=(15, 60), unseen=0.2),
)
HELD_OUT = (
    replace(_BASE, name="coarse", polls=(120, 240), missed=0.2),
    replace(_BASE, name="blind", unseen=0.45, polls=(30,), text="prose"),
    replace(_BASE, name="edited", verbatim=0.1, heavy=0.6, updates=4, polls=(10, 30)),
    replace(_BASE, name="silent", credit=0.0, wrong=0.3, dates=0.3, hub=0.3),
    replace(_BASE, name="agency", hub=0.85, verbatim=0.5, outlets=25, polls=(15, 30)),
    replace(_BASE, name="dated", archive=True, dates=0.5, text="prose", hub=0.3),
)
