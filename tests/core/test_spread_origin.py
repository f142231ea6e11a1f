"""Where a story came from: five answers, and the short one, on hand-made stories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from watcher.core.credit import Credit
from watcher.core.spread import Seen
from watcher.core.spread.origin import Answer, Verdict, Witness, origin

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOBODY = Answer("inferred", (), (), "nothing to infer from")


def at(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


def witness(
    n: int,
    outlet: str,
    after: float | None,
    by: float,
    *names: str,
    claimed: float | None = None,
    place: str = "tail",
    clock: str = "seen",
) -> Witness:
    credits_ = tuple(Credit(name, f"Source: {name}", place, "source") for name in names)
    seen = Seen(
        None if after is None else at(after),
        at(by),
        None if claimed is None else at(claimed),
        clock,
    )
    return Witness(n, outlet, f"{outlet.lower()}.example", seen, credits_)


def answer(verdict: Verdict, kind: str) -> Answer:
    return next(a for a in verdict.answers if a.kind == kind)


def test_the_credited_origin_where_the_sightings_agree() -> None:
    found = origin([witness(1, "Wire", 0, 1), witness(2, "Post", 2, 3, "Wire")], NOBODY)
    assert (found.answer, found.rests_on) == ("Wire, as credited", "credited")
    assert answer(found, "seen").names == ("Wire",)
    assert found.contradictions == ()


def test_a_source_never_seen_here_is_the_origin_up_the_chain() -> None:
    # FNA -> Alalam -> Mondialisation: the case that started it.
    found = origin(
        [
            witness(1, "Alalam", 0, 1, "FNA Today"),
            witness(2, "Mondialisation", 2, 3, "Alalam"),
        ],
        Answer("inferred", ("Alalam",), (1,), "", confidence=0.9),
    )
    assert found.answer == "FNA Today, as credited, never seen here"
    assert answer(found, "credited").articles == ()
    assert "2 of 2" in answer(found, "credited").evidence


def test_a_credit_that_the_sightings_contradict_gives_way_to_the_inferred_one() -> None:
    found = origin(
        [witness(1, "Post", 0, 1), witness(2, "Echo", 2, 3, "Wire"), witness(3, "Wire", 8, 9)],
        Answer("inferred", ("Post",), (1,), "", confidence=0.8),
    )
    assert found.rests_on == "inferred"
    assert found.answer.startswith("Post, as inferred")
    assert "Wire is credited, but was seen here after Post, Echo" in found.contradictions
    assert "the shared edits point to Post, the credits Wire" in found.contradictions


def test_one_odd_credit_does_not_make_an_origin() -> None:
    found = origin(
        [
            witness(1, "Post", 0, 1),
            witness(2, "Echo", 2, 3),
            witness(3, "Star", 4, 5, "Nowhere News"),
        ],
        NOBODY,
    )
    assert found.rests_on == "seen"
    assert any("Nowhere News is credited, but" in one for one in found.contradictions)


def test_copies_that_disagree_are_told_and_choose_nobody() -> None:
    found = origin(
        [
            witness(1, "Post", 0, 1),
            witness(2, "Echo", 0, 3, "Able"),
            witness(3, "Star", 0, 5, "Baker"),
        ],
        NOBODY,
    )
    assert set(answer(found, "credited").names) == {"Able", "Baker"}
    assert found.rests_on == "seen"
    assert "the copies credit different origins: Able, Baker" in found.contradictions


def test_no_order_where_intervals_overlap() -> None:
    found = origin([witness(1, "Post", 0, 2), witness(2, "Echo", 1, 3)], NOBODY)
    assert answer(found, "seen").names == ("Post", "Echo")
    assert found.answer == "earliest seen here: Post or Echo"
    assert answer(found, "seen").at == (at(0), at(2))


def test_an_unknown_start_may_be_the_first() -> None:
    found = origin([witness(1, "Post", 0, 1), witness(2, "Echo", None, 50)], NOBODY)
    assert set(answer(found, "seen").names) == {"Post", "Echo"}
    assert answer(found, "seen").at == (None, at(1))


def test_the_outlets_dates_are_an_answer_of_their_own() -> None:
    found = origin(
        [witness(1, "Post", 0, 1, claimed=0.5), witness(2, "Echo", 2, 3, claimed=-20)], NOBODY
    )
    assert answer(found, "claimed").names == ("Echo",)
    assert answer(found, "seen").names == ("Post",)
    assert found.contradictions == ("Echo gives the earliest date, but was seen here after Post",)


def test_an_import_has_only_dates() -> None:
    found = origin(
        [
            witness(1, "Post", None, 999, claimed=5, clock="claimed"),
            witness(2, "Echo", None, 999, claimed=2, clock="claimed"),
        ],
        NOBODY,
    )
    assert answer(found, "seen").names == ()
    assert (found.answer, found.rests_on) == ("earliest by its own date: Echo", "claimed")


def test_metadata_is_told_apart_from_words() -> None:
    found = origin(
        [witness(1, "Wire", 0, 1), witness(2, "Post", 2, 3, "wire.example", place="meta")], NOBODY
    )
    assert answer(found, "canonical").names == ("wire.example",)
    assert answer(found, "canonical").articles == (1,)
