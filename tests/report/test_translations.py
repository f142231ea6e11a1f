"""A story's translations as the reader hands them out: oriented, with their sentences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import zstandard
from sqlalchemy import insert, update

from storage import models
from storage.db import open_database
from tests.report import sample
from watcher.report import open_reader

OURS = "The report names three officers. It was leaked on Monday. Nobody answered."
THEIRS = "Rien. Le rapport nomme trois officiers. Il a été divulgué lundi."


def packed(text: str) -> bytes:
    return zstandard.ZstdCompressor().compress(text.encode())


def test_each_with_the_root_or_else_the_likeliest_member(tmp_path: Path) -> None:
    url = sample.make(tmp_path / "w.db")
    with open_reader(url) as reader:
        found = reader.spread(1, now=sample.NOW)
        assert found is not None
        assert found.translations == ()
        root = found.history.root
        member = next(a.article for a in found.history.articles if a.article != root)
        other = next(s for n in (2, 3) if (s := reader.story(n, now=sample.NOW)))
        foreign = other.root
    runs = np.array([[1, 6, 0, 5], [6, 11, 5, 10], [90, 95, 0, 1]], "<i4").tobytes()
    with open_database(url) as database, database.write() as conn:
        for article, text in ((root, OURS), (foreign, THEIRS)):
            conn.execute(models.body.delete().where(models.body.c.version_id == article * 10))
            conn.execute(insert(models.body).values(version_id=article * 10, data=packed(text)))
        more = {"status": "suggested", "runs": runs, "reason": "translation of a part: 2 of 3"}
        conn.execute(models.match.delete())
        sample.add(
            conn,
            models.match,
            sample.match(91, foreign, root, "translation", sure=0.6, **more),
            sample.match(92, member, foreign, "translation", sure=0.9, **more),
        )
    with open_reader(url) as reader:
        found = reader.spread(1, now=sample.NOW, parts=("translations",))
        assert found is not None
        (one,) = found.translations
    assert (one.member, one.article, one.source) == (root, foreign, foreign)
    assert (one.what, one.rests_on) == ("translation of a part", "2 of 3")
    # The member's sentence first, though the other was the source; what no text has is left out.
    assert one.pairs == (
        ("The report names three officers.", "Le rapport nomme trois officiers."),
        ("It was leaked on Monday.", "Il a été divulgué lundi."),
    )
    with open_database(url) as database, database.write() as conn:
        conn.execute(update(models.match).values(status="rejected"))
    with open_reader(url) as reader:
        found = reader.spread(1, now=sample.NOW, parts=("translations",))
        assert found is not None
        assert found.translations == ()
