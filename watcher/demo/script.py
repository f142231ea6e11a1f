"""The play as data: what happens when, when the daemon looks, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

OPENING: Final = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
REPORT: Final = ("tarpa", "kordal-spillway")
WATCH: Final = "kordal-spillway"
DORMANT_AFTER: Final = "7d"
REACH: Final = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One moment of the play, in this order: texts appear, the watch is added, feeds are polled.

    `line` tells the audience what happens; it is empty where the daemon merely looks.
    """

    at: datetime
    publish: tuple[tuple[str, str], ...] = ()  # (outlet, slug)
    watch: bool = False  # feeds.yaml gains the watch and the daemon is started again
    poll: bool = False
    line: str = ""


@dataclass(frozen=True, slots=True)
class Truth:
    """What the watcher must make of one text about the event.

    `kind` is that of its match with the agency report, None where there must be no match;
    `joins`: whether it belongs to the story; `credit`: full | partial | stripped, and empty
    where the question does not arise.
    """

    outlet: str
    slug: str
    kind: str | None
    joins: bool
    credit: str = ""


EXPECTED: Final = (
    Truth("tarpa", "kordal-spillway", None, joins=True),
    Truth("kestrel", "kordal-dam-leak", "verbatim", joins=True, credit="full"),
    Truth("horizons", "barrage-de-kordal", "wrapped", joins=True, credit="partial"),
    Truth("ledger", "kordal-warning-ignored", "edited", joins=True, credit="stripped"),
    Truth("lantern", "kordal-what-the-survey-says", "excerpt", joins=True, credit="full"),
    Truth("gazette", "evening-edition-monday", "container", joins=False, credit="stripped"),
    Truth("sentinel", "secret-dam-survey", "verbatim", joins=True, credit="stripped"),
    Truth("harbour", "dam-warning-reaction", None, joins=False),
    Truth("today", "kordal-five-questions", None, joins=False),
)

# (condition, outlet whose copy raised it), in the order in which they must fire: each once.
EXPECTED_ALERTS: Final = (
    ("first_copy", "kestrel"),
    ("reach", "horizons"),
    ("resurfaced", "sentinel"),
)


def _at(day: int, clock: str) -> datetime:
    hours, minutes = map(int, clock.split(":"))
    return OPENING.replace(hour=0) + timedelta(days=day, hours=hours, minutes=minutes)


# What stands in the feeds before anybody looks. Three texts an outlet: enough to learn what
# an outlet repeats around each of them (DESIGN section 4, k = 3).
BACKLOG: Final = (
    ("tarpa", ("museum-clock", "wool-prices", "ferry-timetable")),
    ("kestrel", ("choir-contest", "bakery-apprentices", "tram-line-seven")),
    ("horizons", ("moulins-cooperatifs", "tourbieres-archives", "nappe-de-velm")),
    ("ledger", ("chess-cafe", "canal-auction", "letters-lamp-posts")),
    ("lantern", ("living-repair-cafe", "data-swifts", "explained-tides")),
    ("gazette", ("evening-edition-thursday", "weekend-walk", "evening-edition-friday")),
    ("sentinel", ("podcast-translators", "pension-fund-forest", "coastguard-cutters")),
    ("harbour", ("rope-walk", "dredger-arrival", "crane-nest")),
    ("today", ("money-library-fines", "science-lake-hum", "hospital-music")),
)


def backlog() -> tuple[tuple[str, str, datetime], ...]:
    """(outlet, slug, claimed time) of each text that is older than the play."""
    return tuple(
        (outlet, slug, OPENING - timedelta(days=3 - day, hours=1 + place, minutes=7 * place))
        for place, (outlet, slugs) in enumerate(BACKLOG)
        for day, slug in enumerate(slugs)
    )


_EVENTS: Final = (
    Step(_at(0, "06:00"), line="Nine outlets open. Their feeds are read for the first time."),
    Step(
        _at(0, "08:05"),
        publish=(REPORT,),
        line="Tarsovan Press Agency reports: a leaked survey foretold the Kordal flood.",
    ),
    Step(
        _at(0, "08:20"),
        watch=True,
        line="The desk adds a watch on that report to feeds.yaml; the daemon restarts with it.",
    ),
    Step(
        _at(0, "08:50"),
        publish=(("kestrel", "kordal-dam-leak"),),
        line="Kestrel Online carries it, dateline and source line included.",
    ),
    Step(
        _at(0, "09:10"),
        publish=(("harbour", "dam-warning-reaction"),),
        line="Harbour Post reports the same event in its own words.",
    ),
    Step(
        _at(0, "10:20"),
        publish=(("horizons", "barrage-de-kordal"),),
        line="Horizons Partagés wraps the English text in French and credits Kestrel only.",
    ),
    Step(
        _at(0, "11:40"),
        publish=(("ledger", "kordal-warning-ignored"),),
        line="The Belmaren Ledger edits it: new lead, other figures, no credit.",
    ),
    Step(
        _at(0, "13:05"),
        publish=(("today", "kordal-five-questions"),),
        line="Tarsova Today asks its own questions, in its own words.",
    ),
    Step(
        _at(0, "14:20"),
        publish=(("lantern", "kordal-what-the-survey-says"),),
        line="Daily Lantern quotes three passages and names the agency.",
    ),
    Step(
        _at(0, "16:20"),
        publish=(("gazette", "evening-edition-monday"),),
        line="The Ferry Gazette rolls it up with five other items.",
    ),
    Step(
        _at(1, "06:00"),
        line="The story rests. For nineteen days the outlets write about other things.",
    ),
    Step(_at(2, "09:00"), publish=(("ledger", "bridge-tolls"), ("kestrel", "stadium-roof"))),
    Step(_at(5, "07:30"), publish=(("gazette", "weekend-recipe"), ("harbour", "fog-signal"))),
    Step(
        _at(8, "10:00"), publish=(("lantern", "newsletter-sleep"), ("sentinel", "lobby-register"))
    ),
    Step(_at(12, "11:00"), publish=(("horizons", "semences-paysannes"), ("tarpa", "budget-vote"))),
    Step(_at(15, "15:00"), publish=(("today", "shop-umbrellas"),)),
    Step(
        _at(19, "09:20"),
        publish=(("sentinel", "secret-dam-survey"),),
        line='Sentinel Review publishes it again, word for word, as its own "exclusive".',
    ),
)


def _looks() -> list[datetime]:
    """When the daemon looks: every 15 or 30 minutes around the events, twice a day at rest."""
    looks = _every(_at(0, "06:00"), _at(0, "08:00"), timedelta(minutes=30))
    # 15 minutes apart and a little more: the daemon spreads its polls by up to a tenth.
    looks += _every(_at(0, "08:18"), _at(0, "12:00"), timedelta(minutes=17))
    looks += _every(_at(0, "12:30"), _at(0, "18:00"), timedelta(minutes=30))
    looks += _every(_at(1, "06:00"), _at(18, "18:00"), timedelta(hours=12))
    looks += _every(_at(19, "08:00"), _at(19, "09:00"), timedelta(minutes=30))
    looks += _every(_at(19, "09:15"), _at(19, "10:30"), timedelta(minutes=15))
    return looks


def _every(first: datetime, last: datetime, gap: timedelta) -> list[datetime]:
    return [first + n * gap for n in range((last - first) // gap + 1)]


def steps() -> tuple[Step, ...]:
    """The whole play in order of time; what is published at the moment of a look is seen by it."""
    looks = [Step(at, poll=True) for at in _looks()]
    return tuple(sorted([*_EVENTS, *looks], key=lambda step: (step.at, step.poll)))
