"""Search: the same hits on both engines, in any script, filtered, paged, and never a bad query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text

from storage import models
from storage.db import Database
from tests.record.desk import DAY, HOUR, POLL, T0, Desk, Item
from tests.texts import CHINESE, HARBOUR, LIBRARY, NOTICE, ORCHARD, SCRIPTS, SPACELESS
from watcher.archive import questions
from watcher.archive.upgrading import upgrade_database
from watcher.core.errors import UsageError
from watcher.core.search import parse, tokens
from watcher.core.text import spans
from watcher.record.prepare import prepare
from watcher.report import open_reader, search
from watcher.report.asking import StoriesAsked, TextsAsked
from watcher.report.reader import Reader

NOW = T0 + 365 * DAY

ITEMS = [
    Item("agency", "harbour", HARBOUR, T0, title="Harbour crane falls: naïve café owner hurt"),
    Item("times", "harbour copy", HARBOUR, T0 + HOUR, title="Crane falls in harbour"),
    Item("post", "harbour again", HARBOUR, T0 + 2 * HOUR, title="Crane down"),
    Item("times", "orchard", ORCHARD, T0 + DAY, title="The orchard's harvest"),
    Item("agency", "library", LIBRARY, T0 + 2 * DAY, title="A library opens, 3.5 million books"),
    *(Item("world", name, body, T0 + 3 * DAY, title=name) for name, body in SCRIPTS.items()),
]


@pytest.fixture
def desk(database: Database) -> Desk:
    desk = Desk(database)
    desk.load(ITEMS, now=NOW)
    return desk


@pytest.fixture
def reader(desk: Desk, database_url: str) -> Iterator[Reader]:
    with open_reader(database_url) as reader:
        yield reader


def names(reader: Reader, words: str, **ask: Any) -> list[str]:
    page = {name: ask.pop(name) for name in ("after", "limit") if name in ask}
    found = reader.search(words, TextsAsked(**ask), now=NOW, **page)
    return [hit.external_id or hit.title for hit in found.hits]


def expected(words: str) -> set[str]:
    """What pure code finds in the same texts."""
    query = parse(words)
    return {
        item.name
        for item in ITEMS
        if query.fits(tokens(item.title or item.name), tokens(item.text))
    }


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("crane", {"harbour", "harbour copy", "harbour again"}),
        ("CRANE Falls", {"harbour", "harbour copy"}),
        ('"crane falls"', {"harbour", "harbour copy"}),
        ('"falls crane"', set()),
        ('"crane falls in"', {"harbour copy"}),
        ("cafe naive", {"harbour"}),
        ("cаfé", {"harbour"}),  # with a Cyrillic a
        ("orchard", {"orchard"}),
        ("orchard’s", {"orchard"}),
        ('"the orchard s harvest"', {"orchard"}),
        ("orch*", {"orchard"}),
        ("3.5", {"library"}),
        ("orchard OR library", {"orchard", "library"}),
        ("crane -café", {"harbour copy", "harbour again"}),
        ("crane -falls -down", set()),
        ("crane -nothing", {"harbour", "harbour copy", "harbour again"}),
        # A phrase does not go from the headline over to the text.
        (f'"crane down {HARBOUR.split()[0]}"', set()),
    ],
)
def test_what_words_find(reader: Reader, words: str, found: set[str]) -> None:
    assert expected(words) == found
    assert set(names(reader, words)) == found


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_can_be_searched(reader: Reader, script: str) -> None:
    body = SCRIPTS[script]
    where = spans(body.splitlines()[0])
    if script in SPACELESS:
        pieces = [body[where[a][0] : where[b][1]] for a, b in ((0, 0), (2, 3), (1, 6))]
    else:
        pieces = [body.split()[1], *body.split()[3:5]]
    for words in (*pieces, f'"{body[where[0][0] : where[5][1]]}"'):
        assert script in expected(words), words
        assert set(names(reader, words, limit=100)) == expected(words)


def test_one_character_is_found_wherever_it_stands(reader: Reader) -> None:
    line = CHINESE.splitlines()[0]
    for character in {c for c in line if c.isalpha()}:
        assert "chinese" in names(reader, character)
    assert names(reader, line[1] + line[0]) == []


WORDS = st.sampled_from(
    ["crane", "harbour", "the", "a", "falls", "orchard", "café", "CHINESE", "3.5", "zz", "down"]
)
GRAMMAR = st.one_of(
    WORDS,
    WORDS.map("-{}".format),
    WORDS.map("{}*".format),
    st.lists(WORDS, min_size=2, max_size=3).map(lambda w: f'"{" ".join(w)}"'),
    st.sampled_from(
        ["OR", "AND", "|", "-", "*", '"', "NEAR(", "title:", "^", "{", "}", "&!", "\\"]
    ),
)


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(parts=st.lists(GRAMMAR, min_size=1, max_size=6))
def test_both_engines_find_what_pure_code_finds(reader: Reader, parts: list[str]) -> None:
    words = " ".join(parts)
    try:
        wanted = expected(words)
    except UsageError:
        with pytest.raises(UsageError):
            names(reader, words)
    else:
        assert set(names(reader, words, limit=100)) == wanted


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(words=st.text(max_size=40) | st.text("\"'*()-^:{}|&!\\\x00 aö你", max_size=40))
def test_no_query_is_malformed(reader: Reader, words: str) -> None:
    try:
        wanted = expected(words)
    except UsageError:
        return
    assert set(names(reader, words, limit=100)) == wanted


@pytest.mark.parametrize("words", ["", "   ", "-crane", '""', "*", "OR", "¡!", "\x00", "x" * 3000])
def test_nothing_to_look_for_is_said(reader: Reader, words: str) -> None:
    with pytest.raises(UsageError):
        reader.search(words, now=NOW)


def test_too_many_words_are_refused(reader: Reader) -> None:
    with pytest.raises(UsageError, match="at most 64"):
        reader.search(" ".join(f"w{n}" for n in range(65)), now=NOW)


def test_a_headline_ranks_above_a_text(desk: Desk, database_url: str) -> None:
    body = " ".join(f"word{n}" for n in range(80))
    for name, title, text_ in (
        ("in passing", "Something else", f"{body} zebra"),
        ("about it", "Zebra", body),
    ):
        desk.load([Item("post", name, text_, T0, title=title)], now=NOW)
    with open_reader(database_url) as reader:
        assert names(reader, "zebra") == ["about it", "in passing"]


def test_of_equal_hits_the_latest_comes_first(reader: Reader) -> None:
    word = HARBOUR.split()[0]
    found = reader.search(word, TextsAsked(story=None), now=NOW).hits
    same = [hit for hit in found if hit.title in ("Crane falls in harbour", "Crane down")]
    assert len({hit.score for hit in found if hit.snippet == same[0].snippet}) <= 3
    assert [h.at for h in sorted(found, key=lambda h: (h.score, h.at), reverse=True)] == [
        h.at for h in found
    ]


@pytest.mark.parametrize(
    ("ask", "found"),
    [
        ({"outlet": "times"}, {"harbour copy"}),
        ({"outlet": "POST.example"}, {"harbour again"}),
        ({"family": "agency"}, {"harbour"}),
        ({"since": T0 + HOUR}, {"harbour copy", "harbour again"}),
        ({"until": T0 + HOUR}, {"harbour", "harbour copy"}),
        ({"kind": "verbatim"}, {"harbour copy", "harbour again"}),
        ({"kind": "edited"}, set()),
        ({"reach": 3}, {"harbour", "harbour copy", "harbour again"}),
        ({"reach": 4}, set()),
        ({"state": "dormant"}, {"harbour", "harbour copy", "harbour again"}),
        ({"state": "single"}, set()),
        ({"credit": "none", "kind": "verbatim"}, {"harbour copy", "harbour again"}),
        ({"lang": "xx"}, set()),
        ({"story": 1}, {"harbour", "harbour copy", "harbour again"}),
        ({"story": 999}, set()),
    ],
)
def test_filters(reader: Reader, ask: dict[str, Any], found: set[str]) -> None:
    if ask.get("story") == 1:
        ask = {"story": reader.search("crane", now=NOW).hits[0].story}
    assert set(names(reader, "crane", **ask)) == found


def test_a_name_that_is_no_outlet_is_said(reader: Reader) -> None:
    with pytest.raises(UsageError, match="--outlet nobody"):
        names(reader, "crane", outlet="nobody")
    with pytest.raises(UsageError, match="--family nobody"):
        reader.stories(StoriesAsked(family="nobody"), now=NOW)


def test_pages_follow_each_other_without_gap_or_repeat(reader: Reader) -> None:
    whole = names(reader, "the OR a", limit=100)
    paged: list[str] = []
    after = None
    while True:
        answer = reader.search("the OR a", now=NOW, after=after, limit=2)
        paged.extend(hit.external_id or "" for hit in answer.hits)
        if not answer.further:
            break
        after = answer.hits[-1].article
    assert paged == whole
    assert len(set(paged)) == len(paged) > 3
    with pytest.raises(UsageError, match="does not find that article"):
        reader.search("crane", now=NOW, after=10**9)


def test_the_snippet_shows_where_the_words_stand(reader: Reader) -> None:
    word = HARBOUR.split()[12].strip(".,")
    [hit] = reader.search(f"{word} naive", now=NOW).hits
    assert hit.hits
    assert {hit.snippet[a:b].lower() for a, b in hit.hits} == {word.lower()}
    [title] = reader.search('"crane down"', now=NOW).hits
    assert title.hits == ()
    assert HARBOUR.startswith(title.snippet[:20])


def test_only_the_newest_are_ranked_and_that_is_said(desk: Desk) -> None:
    with desk.database.read() as conn:
        asked: dict[str, Any] = {"now": NOW, "after": None, "limit": 9}
        full = search.find(conn, "crane", TextsAsked(), **asked)
        assert (full.total, full.partial) == (3, False)
        some = search.find(conn, "crane", TextsAsked(), **asked, ranked=2)
        assert (some.total, some.partial) == (2, True)
        assert {h.external_id for h in some.hits} == {"harbour copy", "harbour again"}
        few = search.find(conn, "crane", TextsAsked(outlet="agency"), **asked, examined=2)
        assert (few.total, few.partial) == (0, True)


# ---------------------------------------------------------------- the index stays right


def test_an_edited_text_is_found_by_its_new_words(desk: Desk, database_url: str) -> None:
    url = "https://times.example/one"
    first = Item("times", "", NOTICE + "\nThe minister resigned.", title="Notice", url=url)
    second = replace(first, text=NOTICE + "\nThe minister stays.")
    desk.poll(first, now=NOW)
    desk.poll(second, now=NOW + POLL)
    with open_reader(database_url) as reader:
        assert names(reader, "minister stays") == ["Notice"]
        assert names(reader, "minister resigned") == []
        [old] = reader.search("resigned", TextsAsked(replaced=True), now=NOW).hits
        assert (old.version, old.current) == (1, False)
        [one] = reader.search("minister", TextsAsked(replaced=True), now=NOW).hits
        assert one.article == old.article


def test_a_version_that_is_dropped_is_found_no_more(desk: Desk, database_url: str) -> None:
    with desk.database.read() as conn:
        versions = {r.id: r.version_id for r in desk.articles().values() if r.title == "Crane down"}
        assert versions
        before = conn.execute(text("SELECT count(*) FROM search")).scalar_one()
    with desk.database.write() as conn:
        questions.drop_texts(conn, versions.values())
        conn.execute(delete(models.body).where(models.body.c.version_id.in_(versions.values())))
    with desk.database.read() as conn:
        assert conn.execute(text("SELECT count(*) FROM search")).scalar_one() == before - 1
        if conn.dialect.name == "sqlite":
            vocabulary = "SELECT count(*) FROM search WHERE search MATCH 'down'"
            assert conn.exec_driver_sql(vocabulary).scalar_one() == 0
    with open_reader(database_url) as reader:
        assert names(reader, '"crane down"') == []
        assert set(names(reader, "crane")) == {"harbour", "harbour copy"}


def test_a_recording_that_is_rolled_back_leaves_no_words(desk: Desk, database_url: str) -> None:
    class Stop(Exception):
        pass

    def fail() -> None:
        with desk.recorder.writing(desk.database) as conn:
            desk.recorder.record(conn, [prepare(draft)], now=NOW)
            raise Stop

    draft = desk.draft(Item("post", "ghost", NOTICE + " phantom", T0))
    with pytest.raises(Stop):
        fail()
    with open_reader(database_url) as reader:
        assert names(reader, "phantom") == []


def test_an_upgrade_fills_what_older_databases_do_not_have(desk: Desk, database_url: str) -> None:
    def kept() -> list[Any]:
        with desk.database.read() as conn:
            return [
                [tuple(row) for row in conn.execute(table.select().order_by(*table.primary_key))]
                for table in (models.taken, models.facet, models.tally)
            ]

    before = kept()
    assert all(before)
    desk.database.migrate("0002")
    assert "0003" in upgrade_database(database_url, T0).applied
    assert kept() == before
    with open_reader(database_url) as reader:
        assert set(names(reader, "crane")) == {"harbour", "harbour copy", "harbour again"}
        assert set(names(reader, "the OR a", limit=100)) == expected("the OR a")


# ---------------------------------------------------------------- stories by their articles


@pytest.mark.parametrize(
    ("ask", "found"),
    [
        ({"outlet": "times"}, True),
        ({"family": "post"}, True),
        ({"outlet": "world"}, False),
        ({"kind": "verbatim"}, True),
        ({"kind": "verbatim", "outlet": "times", "credit": "none"}, True),
        ({"kind": "excerpt"}, False),
        ({"kind": "excerpt", "outlet": "times"}, False),
        ({"title": "crane"}, True),
        ({"title": '"crane falls" OR zebra'}, True),
        ({"title": "crane", "kind": "verbatim"}, True),
        ({"title": "crane", "kind": "edited"}, False),
        ({"title": "orchard"}, False),
        ({"title": "orchard", "reach": 1}, True),
        ({"until": T0}, False),
        ({"until": T0 + 2 * HOUR}, True),
        ({"outlet": "times", "since": T0 + 2 * HOUR}, True),
        ({"outlet": "times", "until": T0}, False),
        ({"tracked": True}, False),
        ({"reach": 4, "kind": "verbatim"}, False),
    ],
)
def test_stories_are_found_by_what_their_articles_are(
    reader: Reader, ask: dict[str, Any], found: bool
) -> None:
    assert bool(reader.stories(StoriesAsked(**ask), now=NOW)) is found


def test_headlines_are_found_in_whichever_way(desk: Desk) -> None:
    asked = StoriesAsked(title="crane OR orchard OR library", reach=1)
    page: dict[str, Any] = {"now": NOW, "after": None}
    with desk.database.read() as conn:
        at_once = search.list_stories(conn, asked, (), **page, limit=9)
        read = search.list_stories(conn, asked, (), **page, limit=9, rare=0, walk=1)
        looked_up = search.list_stories(conn, asked, (), **page, limit=9, walk=1)
        few = search.list_stories(conn, asked, (), **page, limit=2, rare=0, walk=1)
    ids = [row.id for row in at_once]
    assert ids == [row.id for row in read] == [row.id for row in looked_up]
    assert len(ids) == 3
    assert [row.id for row in few] == ids[:2]


def test_pages_of_a_filter_follow_each_other(desk: Desk, database_url: str) -> None:
    desk.load(
        [
            Item(outlet, f"{n} {outlet}", f"{body}\nnumber {n}", T0 + n * DAY + later)
            for n, body in enumerate((ORCHARD, LIBRARY, NOTICE), 1)
            for outlet, later in (("times", timedelta()), ("post", HOUR))
        ],
        now=NOW,
    )
    with open_reader(database_url) as reader:
        asked = StoriesAsked(outlet="post", reach=1)
        whole = [s.story for s in reader.stories(asked, now=NOW)]
        paged: list[int] = []
        while page := reader.stories(asked, now=NOW, after=paged[-1] if paged else None, limit=1):
            paged.append(page[0].story)
    assert paged == whole
    assert len(whole) >= 3
