"""Verdicts on credits as they are kept for questions: the same as judged over the whole story."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import select

from storage import models
from tests.record.desk import HOUR, T0, Desk, Item
from tests.texts import HARBOUR
from watcher.report import history

SAID = [
    "",
    "",
    "Source: wire",
    "Source: late",
    "Source: Belmar News Agency",
    "Source: paper3",
    "As paper7 reported, the harbour will stay closed.",
]


def stored(desk: Desk) -> dict[int, str]:
    t = models.taken
    with desk.database.read() as conn:
        return {row[0]: row[1] for row in conn.execute(select(t.c.article_id, t.c.verdict))}


def judged(desk: Desk) -> dict[int, str]:
    found = {}
    with desk.database.read() as conn:
        for (story,) in conn.execute(select(models.story.c.id).where(models.story.c.articles > 1)):
            told = history.story(conn, story, T0)
            assert told is not None
            found.update({a.article: a.verdict for a in told.articles})
    return found


@pytest.mark.parametrize("seed", range(4))
def test_kept_verdicts_are_those_of_the_whole_story(sqlite_desk: Desk, seed: int) -> None:
    desk, rng = sqlite_desk, random.Random(seed)
    says = [rng.choice(SAID) for _ in range(24)]
    desk.poll(Item("wire", "source", HARBOUR, T0, "https://wire.example/1"), now=T0)
    for n, said in enumerate(says):
        now = T0 + (n + 1) * HOUR / 4
        outlet = "late" if n == 20 else f"paper{n}"
        text = f"{HARBOUR}\n{said}"
        desk.poll(Item(outlet, f"copy {n}", text, now, f"https://{outlet}.example/1"), now=now)
        assert stored(desk) == judged(desk), n
    # An edit may take the one credit away that the others were measured by.
    for n in (2, 9):
        now = T0 + 9 * HOUR + n * HOUR / 4
        edited = Item(f"paper{n}", f"copy {n}", HARBOUR, None, f"https://paper{n}.example/1")
        desk.poll(edited, now=now)
        assert stored(desk) == judged(desk), f"edited {n}"
    assert len(set(judged(desk).values())) > 2
