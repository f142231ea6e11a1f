"""Claimed dates are read right or refused; nothing is silently wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core import dateforms, datenames, dates

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
WEIRD = Path(__file__).parents[3] / "shared" / "data" / "feeds" / "weird_dates.txt"


def read(raw: str, lang: str | None = None) -> tuple[str | None, str | None]:
    got = dates.read(raw, NOW, lang)
    assert got is not None
    return (got.at.strftime("%Y-%m-%dT%H:%M:%S") if got.at else None), got.note


# The shapes of real feeds, 46 of them, with dates of our own.
SHAPES = [
    ("Wed, 15 May 2019 1:55 PM EST", "2019-05-15T18:55:00", "zone"),
    ("7 Feb 2017 12:00 GMT", "2017-02-07T12:00:00", None),
    ("Tuesday, March 12, 2019 - 3:09pm", "2019-03-12T15:09:00", "naive"),
    ("Tuesday, March 5, 2019 - 3:07am", "2019-03-05T03:07:00", "naive"),
    ("Wed, 15 May 2019 00:00:00 Europe/Brussels", "2019-05-14T22:00:00", None),
    ("Wed, 15 May 2019, 16:04", "2019-05-15T16:04:00", "naive"),
    ("Mi, 15 Mai 2019 00:00:00 +0200", "2019-05-14T22:00:00", None),
    ("Di, 12 Mär 2019 00:00:00 +0100", "2019-03-11T23:00:00", None),
    ("lun, 9 avr 2019 00:00:00 +0200", "2019-04-08T22:00:00", "weekday"),  # a Tuesday, in fact
    ("1552392000", "2019-03-12T12:00:00", None),
    ("Wed 15 May 2019, 23:16:00 EDT", "2019-05-16T03:16:00", None),
    ("Wed, 15 May 2019 23:16:00 EDT", "2019-05-16T03:16:00", None),
    ("Wed, May 15 2019 23:16:00 EDT", "2019-05-16T03:16:00", None),
    ("May 15 2019 07:02:38 PM", "2019-05-15T19:02:38", "naive"),
    ("Wed, 15 May 2019 19:53 +0000", "2019-05-15T19:53:00", None),
    ("Wed, 05/15/2019 - 19:19", "2019-05-15T19:19:00", "naive"),
    ("2019-05-15T12:12", "2019-05-15T12:12:00", "naive"),
    ("2019-05-15T16:20:00-05:00Z", "2019-05-15T21:20:00", None),
    ("Mar. 12, 2019, 10:57 a.m.", "2019-03-12T10:57:00", "naive"),
    ("Wednesday 15 May 2019", "2019-05-15T00:00:00", "naive"),
    ("Wed, May 15, 2019, 11:12 PM EST", "2019-05-16T04:12:00", "zone"),
    ("Mercredi, 15. Mai 2019 - 15:54", "2019-05-15T15:54:00", "naive"),
    ("Wed May 15 2019 17:00:00 GMT+0000 (Greenwich Mean Time)", "2019-05-15T17:00:00", None),
    ("Sat, 06 04 2019 08:51:49 +0100", "2019-04-06T07:51:49", None),
    ("Wed, 15th May 2019 13:16:28 GMT", "2019-05-15T13:16:28", None),
    ("May. 2019", None, "unparsed"),
    ("ven., 05 juil. 2019 15:09:58 +0000", "2019-07-05T15:09:58", None),
    ("Wed, 15/05/2019", "2019-05-15T00:00:00", "naive"),
    ("Wed, 15 May 2019 07:36:03 GMT-07:00", "2019-05-15T14:36:03", None),
    ("jeu., 04 avril 2019 00:00:00 +0200", "2019-04-03T22:00:00", None),
    ("May 4, 2019, 12:37 p.m.", "2019-05-04T12:37:00", "naive"),
    ("2019-05-15 04:07:42 +00:00", "2019-05-15T04:07:42", None),
    ("15 May, 2019", "2019-05-15T00:00:00", "naive"),
    ("mar., 03 déc. 2019 16:11:02 +0000", "2019-12-03T16:11:02", None),
    ("Thurs, 16 May 2019 00:00:39 +0000", "2019-05-16T00:00:39", None),
    ("Thur, 16 May 2019 00:00:39 +0000", "2019-05-16T00:00:39", None),
    ("15 May 2019 GMT", "2019-05-15T00:00:00", None),
    ("Thu, May 16, 2019 at 01:11 PM EDT", "2019-05-16T17:11:00", None),
    ("May 16, 2019 08:01 GMT", "2019-05-16T08:01:00", None),
    ("Feb 16, 2019 19:00 GMT", "2019-02-16T19:00:00", None),
    ("05/15/2019 4:20 pm PST", "2019-05-16T00:20:00", "zone"),
    ("Wed, 22nd May 2019 09:32:20 GMT", "2019-05-22T09:32:20", None),
    ("Wed, May 22 2019 08:28:28 PM", "2019-05-22T20:28:28", "naive"),
    ("Monday, May 21, 2019 - 16:29\\n", "2019-05-21T16:29:00", "weekday"),  # a Tuesday, in fact
    ("05/22/19 21:55:58", "2019-05-22T21:55:58", "naive"),
    ("22.05.19", "2019-05-22T00:00:00", "naive"),
]

MORE = [
    ("2019-05-15T10:00:00Z", "2019-05-15T10:00:00", None),
    ("2019-05-15T10:00:00.123456789+02:00", "2019-05-15T08:00:00", None),
    ("20190515T100000Z", "2019-05-15T10:00:00", None),
    ("20190515", "2019-05-15T00:00:00", "naive"),
    ("1552392000123", "2019-03-12T12:00:00", None),
    ("Wed, 15 May 19 10:00 +0000Z", "2019-05-15T10:00:00", None),
    ("15-May-2019 10:00 CEST", "2019-05-15T08:00:00", None),
    ("15 May 2019 10:00 IST", "2019-05-15T04:30:00", "zone"),
    ("15 May 2019 10:00 XQZ", "2019-05-15T10:00:00", "naive"),
    ("15 May 2019 10:00 Europe/Atlantis", "2019-05-15T10:00:00", "naive"),
    ("15 May 2019 24:00:00 GMT", "2019-05-16T00:00:00", None),
    ("15 May 2019 23:59:60 GMT", "2019-05-15T23:59:59", None),
    ("15 May 2019 12:05 AM GMT", "2019-05-15T00:05:00", None),
    ("15 mai 2019 à 20h15", "2019-05-15T20:15:00", "naive"),
    ("15.05.2019, 20.15 Uhr", "2019-05-15T20:15:00", "naive"),
    ("15.05.2019 20:15", "2019-05-15T20:15:00", "naive"),
    ("15 de mayo de 2019", "2019-05-15T00:00:00", "naive"),
    ("среда, 15 мая 2019 г. 10:00", "2019-05-15T10:00:00", "naive"),
    ("15 Μαΐου 2019", "2019-05-15T00:00:00", "naive"),
    ("15 Ağustos 2019 Perşembe", "2019-08-15T00:00:00", "naive"),
    ("mar. 5 mar. 2019", "2019-03-05T00:00:00", "naive"),  # a Tuesday in March
    ("Mon, 01/04/2019", "2019-04-01T00:00:00", "naive"),  # 4 January was a Friday
    ("Fri, 01/04/2019", "2019-01-04T00:00:00", "naive"),
    ("05/05/2019", "2019-05-05T00:00:00", "naive"),
    # Other languages and scripts.
    ("3 september 2019, 8.05", "2019-09-03T08:05:00", "naive"),
    ("2019 m. gegužės 15 d. 10:00", "2019-05-15T10:00:00", "naive"),
    ("2019. gada 15. maijs", "2019-05-15T00:00:00", "naive"),
    ("15. kolovoza 2019.", "2019-08-15T00:00:00", "naive"),
    ("четвртак, 15. август 2019.", "2019-08-15T00:00:00", "naive"),
    ("الأربعاء 15 مايو 2019 10:00", "2019-05-15T10:00:00", "naive"),
    ("١٥ مايو ٢٠١٩", "2019-05-15T00:00:00", "naive"),
    ("15 במאי 2019", "2019-05-15T00:00:00", "naive"),
    ("Rabu, 15 Mei 2019 10:00 WIB", "2019-05-15T03:00:00", None),
    ("2019年5月15日 星期三 下午3:05", "2019-05-15T15:05:00", "naive"),
    ("2019年5月15日(水) 15時05分 JST", "2019-05-15T06:05:00", None),
    ("2019년 5월 15일 수요일 오후 3시 5분", "2019-05-15T15:05:00", "naive"),
    ("2019年05月15日 08:05:09 +0800", "2019-05-15T00:05:09", None),
    ("2019年13月15日", None, "absurd"),
    # Zone names with several meanings, and some that were not in force on that day.
    ("Wed May 15 10:00:00 CST 2019", "2019-05-15T16:00:00", "zone"),
    ("15 Jan 2019 10:00 CST", "2019-01-15T16:00:00", "zone"),
    ("15 Jan 2019 10:00 EDT", "2019-01-15T14:00:00", "zone"),
    ("15 Jul 2019 10:00 CET", "2019-07-15T09:00:00", "zone"),
    ("15 Jul 2019 10:00 CEST", "2019-07-15T08:00:00", None),
    ("15 Jan 2019 10:00 EST", "2019-01-15T15:00:00", None),
    # The weekday is that of another date: which of the two is wrong is not known.
    ("Mon, 15 May 2019 10:00:00 GMT", "2019-05-15T10:00:00", "weekday"),
    # Refused: the word behind the clock may move it by twelve hours.
    ("15 Mei 2019 3:00 sore", None, "unparsed"),
    ("15 Μαΐου 2019 3:00 μ.μ.", None, "unparsed"),
    ("2019. május 15. du. 3:00", None, "unparsed"),
    # Refused: October in Croatian, November in Polish.
    ("15 listopada 2019", None, "unparsed"),
    # Refused: a second reading is as good.
    ("03/04/2020", None, "unparsed"),
    ("03-04-2020 10:00", None, "unparsed"),
    ("19/05/20", None, "unparsed"),
    ("04.05.2020 3:00 PM", None, "unparsed"),
    ("15 May 2019 00:15 PM", None, "unparsed"),
    ("15 May 2019, 12:00 - 13:00", None, "unparsed"),
    ("15 May 2019 10:00 +2500", None, "unparsed"),
    ("15 May 2019 10:00 GMT EST", None, "unparsed"),
    # Refused: not a complete date, or not one.
    ("2019-05", None, "unparsed"),
    ("2019-W20-3", None, "unparsed"),
    ("2019-135", None, "unparsed"),
    ("May 2019", None, "unparsed"),
    ("yesterday", None, "unparsed"),
    ("posted on 15 May 2019", None, "unparsed"),
    ("946684800", None, "unparsed"),
    ("9" * 100_000, None, "unparsed"),
    # Absurd.
    ("-0001-11-30T00:00:00+00:00", None, "absurd"),
    ("0000-00-00 00:00:00", None, "absurd"),
    ("Mon, 01 Jan 0001 00:00:00 +0000", None, "absurd"),
    ("1111-11-11T11:11:11Z", None, "absurd"),
    ("Thu, 01 Jan 1970 00:00:00 GMT", None, "absurd"),
    ("9999-12-31T23:59:59Z", None, "absurd"),
    ("30 Feb 2019", None, "absurd"),
    ("15 May 2019 25:00", None, "absurd"),
    # Future.
    ("2024-06-03T00:00:00Z", "2024-06-03T00:00:00", "future"),
    ("2024-06-02T11:00:00Z", "2024-06-02T11:00:00", None),
]


@pytest.mark.parametrize(("raw", "at", "note"), SHAPES + MORE)
def test_shapes(raw: str, at: str | None, note: str | None) -> None:
    assert read(raw) == (at, note)


@pytest.mark.parametrize(
    ("lang", "month"), [("hr", 10), ("hr-HR", 10), ("pl", 11), ("PL_pl", None), ("en", None)]
)
def test_the_language_settles_a_month_that_two_share(lang: str, month: int | None) -> None:
    want = (f"2019-{month}-15T00:00:00", "naive") if month else (None, "unparsed")
    assert read("15 listopada 2019", lang) == want
    # What the language does not have is read as everywhere.
    assert read("15 May 2019 10:00 GMT", lang) == ("2019-05-15T10:00:00", None)


def test_a_weekday_settles_it_too() -> None:
    # 15 November 2019 was a Friday.
    assert read("piątek, 15 listopada 2019") == ("2019-11-15T00:00:00", "naive")


def test_nothing_to_read() -> None:
    assert dates.read(None, NOW) is None
    assert dates.read(" \n", NOW) is None


def test_raw_is_kept_and_bounded() -> None:
    got = dates.read("x" * 5000, NOW)
    assert got is not None
    assert got.raw == "x" * dates.MAX_LENGTH


@pytest.mark.corpus
def test_weird_dates_of_real_feeds() -> None:
    if not WEIRD.exists():
        pytest.skip(f"the development corpus is not here: {WEIRD}")
    lines = WEIRD.read_text(encoding="utf-8").splitlines()
    read_ok = [got.at for raw in lines if (got := dates.read(raw, NOW)) and got.at]
    assert len(read_ok) >= 45
    assert all(2013 <= at.year <= 2024 for at in read_ok)


def test_names_are_folded_as_input_is() -> None:
    for name in [*datenames.MONTHS, *datenames.WEEKDAYS, *datenames.ZONES, *datenames.NOISE]:
        assert dateforms.fold(name) == name


def test_no_zone_is_also_a_month_or_a_day() -> None:
    assert not datenames.ZONES.keys() & (datenames.MONTHS.keys() | datenames.WEEKDAYS.keys())


def test_full_names_mean_one_thing_in_all_languages() -> None:
    for table in (datenames.MONTHS, datenames.WEEKDAYS):
        shared = {name for name, v in table.items() if len(name) > 5 and len(v) > 1}
        assert shared <= {"listopad", "listopada"}  # Croatian against Polish and Czech
    assert {n for n in datenames.MONTHS.keys() & datenames.WEEKDAYS.keys() if len(n) > 4} == set()


MOMENTS = st.datetimes(
    min_value=datetime(1990, 1, 2),  # noqa: DTZ001 - hypothesis wants naive bounds
    max_value=datetime(2024, 5, 30),  # noqa: DTZ001
).map(lambda d: d.replace(microsecond=0))
OFFSETS = st.integers(-12 * 4, 14 * 4).map(lambda q: timezone(timedelta(minutes=15 * q)))


@given(MOMENTS, OFFSETS)
def test_standard_formats_round_trip(moment: datetime, zone: timezone) -> None:
    at = moment.replace(tzinfo=zone)
    for raw in (format_datetime(at), at.isoformat(), at.isoformat(" "), f"{at:%a %b %d %Y %T %z}"):
        got = dates.read(raw, NOW)
        assert got is not None
        assert got.at == at, raw


WORDS = (
    "Mon mar Sat 2020 12 03 31 99 0 24:00 10:61 +0200 -0 PM EST T Z - / . , ( ) ² ፩ st "
    "Europe/ Europe/Paris 20h15 1111 9999 de"
)


@given(
    st.lists(
        st.one_of(st.sampled_from(WORDS.split()), st.text(max_size=3)),
        max_size=9,
    ).map(" ".join)
)
def test_anything_is_read_or_refused_within_bounds(raw: str) -> None:
    got = dates.read(raw, NOW)
    if got is None:
        assert not raw.strip()
    elif got.at is None:
        assert got.note in ("absurd", "unparsed")
    else:
        assert got.at.tzinfo is UTC
        assert dates.FIRST_YEAR - 1 <= got.at.year <= NOW.year + dates.YEARS_AHEAD + 1
        assert got.note in (None, "naive", "zone", "weekday", "future")
