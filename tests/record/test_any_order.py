"""The same articles give the same stories and matches, in any order and any batches."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests import texts
from tests.record.archive import ARTICLES
from tests.record.desk import Desk, Item

HARBOUR_STORY = {
    "harbour",
    "verbatim",
    "french",
    "edited",
    "reordered",
    "excerpt",
    "undated",
    "repost",
    "lantern 1",
}


def state(desk: Desk) -> dict[str, Any]:
    """All that may not depend on how the articles came."""
    return {
        "stories": desk.stories(),
        # Which of two equal undated texts is named first is nobody's business.
        "matches": {
            pair if pair != ("russian copy", "russian") else pair[::-1]: figures
            for pair, figures in desk.matches().items()
        },
        "boilerplate": desk.boilerplate(),
    }


def told(desk: Desk) -> dict[str, Any]:
    """What is told of each story, by its root."""
    names = desk.names()
    return {
        names[s.root_id]: (
            s.articles,
            s.outlets,
            s.families,
            s.episodes,
            s.state,
            s.first_seen_by,
            s.last_copy_at,
            s.dormant_at,
        )
        for s in desk.story_rows().values()
    }


def batches(items: list[Item], rng: random.Random) -> list[list[Item]]:
    """The items in another order, cut into batches of any size."""
    items = rng.sample(items, len(items))
    most = rng.choice([1, 2, 5, len(items)])
    cut: list[list[Item]] = []
    while items:
        n = rng.randint(1, most)
        cut.append(items[:n])
        items = items[n:]
    return cut


@pytest.fixture
def expected(sqlite_desk: Desk) -> Desk:
    """All in one batch, in the order in which they are listed."""
    sqlite_desk.load(ARTICLES)
    return sqlite_desk


def test_the_archive_as_it_should_be(expected: Desk) -> None:
    expected.sound()
    together = expected.together()
    assert any(story >= HARBOUR_STORY for story in together)
    assert {"library", "lantern 2"} in together
    assert {"short", "lantern 5"} in together
    assert {"chinese", "chinese copy"} in together
    assert {"russian", "russian copy"} in together
    kinds = expected.kinds()
    assert kinds[("harbour", "verbatim")] == "verbatim"
    assert kinds[("harbour", "french")] == "wrapped"
    assert kinds[("harbour", "edited")] == "edited"
    assert kinds[("harbour", "reordered")] == "verbatim"
    assert kinds[("harbour", "excerpt")] == "excerpt"
    assert kinds[("harbour", "roundup")] == "container"
    assert kinds[("library", "roundup")] == "container"
    assert kinds[("harbour", "passage")] == "passage"
    assert kinds[("verbatim", "repost")] == "repost"
    # The Lantern's notice is known, and what stands above it is the text.
    assert expected.boilerplate() == {("lantern", texts.NOTICE[:300])}
    assert kinds[("harbour", "lantern 1")] == "verbatim"
    assert not any({"lantern 3", "lantern 4", "lantern 6"} & set(pair) for pair in kinds)
    # A round-up, a quotation, a text that quotes both: no glue.
    stories = expected.stories()
    assert {"orchard", "orchard copy", "orchard edited"} <= set(stories["orchard"])
    assert stories["roundup"] == {"roundup": "root"}
    assert stories["passage"] == {"passage": "root"}
    assert all(name in stories for name in ("alone 1", "alone 2", "alone 3"))


@pytest.mark.parametrize("seed", range(10))
def test_any_order_and_any_batches(sqlite_desk: Desk, tmp_path: Any, seed: int) -> None:
    _shuffled(sqlite_desk, seed)


@pytest.mark.parametrize("seed", [100, 101])
def test_any_order_on_either_engine(desk: Desk, seed: int) -> None:
    _shuffled(desk, seed)


_EXPECTED: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def _remember(request: pytest.FixtureRequest) -> None:
    """Works the expected state out once: a database of its own, the fixture's copy apart."""
    if not _EXPECTED:
        import shutil
        import tempfile
        from pathlib import Path

        from watcher.archive import open_archive

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "watcher.db"
            shutil.copy(request.getfixturevalue("_sqlite_template"), path)
            with open_archive(f"sqlite:///{path}") as database:
                desk = Desk(database)
                desk.load(ARTICLES)
                _EXPECTED.update(state=state(desk), told=told(desk))


def _shuffled(desk: Desk, seed: int) -> None:
    for batch in batches(ARTICLES, random.Random(seed)):
        desk.load(batch)
    desk.sound()
    found = state(desk)
    for part, wanted in _EXPECTED["state"].items():
        assert found[part] == wanted, part


@pytest.mark.parametrize("seed", range(20, 26))
def test_what_is_told_of_stories_in_any_order(sqlite_desk: Desk, seed: int) -> None:
    for batch in batches(ARTICLES, random.Random(seed)):
        sqlite_desk.load(batch)
    assert told(sqlite_desk) == _EXPECTED["told"]
