"""Pages looked at again: when, and when one counts as removed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from watcher.core.recheck import APART, SECOND_LOOK, Answer, Standing, first_look, judge

SEEN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def look(before: Standing, answer: Answer, at: datetime, **site: object):  # type: ignore[no-untyped-def]
    return judge(before, answer, article=7, seen_at=SEEN, now=at, **site)  # type: ignore[arg-type]


def test_two_looks_apart_settle_it() -> None:
    first = look(Standing(), Answer.MISSING, SEEN + DAY)
    assert not first.removed
    assert first.next_at - (SEEN + DAY) == SECOND_LOOK
    soon = look(first.standing, Answer.MISSING, SEEN + DAY + HOUR)
    assert not soon.removed, "an hour apart is one outage"
    late = look(first.standing, Answer.MISSING, SEEN + DAY + SECOND_LOOK)
    assert late.removed
    assert late.standing.missing_since == SEEN + DAY
    assert "2 times since 2026-03-03 09:00 UTC" in late.reason
    again = look(late.standing, Answer.MISSING, SEEN + 9 * DAY)
    assert not again.removed, "it is told once"
    back = look(again.standing, Answer.THERE, SEEN + 10 * DAY)
    assert back.standing == Standing()
    assert back.reason == "its page is there: it is back"


def test_a_site_out_of_order_proves_nothing() -> None:
    once = look(Standing(), Answer.MISSING, SEEN + DAY).standing
    at = SEEN + 2 * DAY
    assert look(once, Answer.MISSING, at, site_works=False).standing == once
    assert look(once, Answer.MISSING, at, others_missing=2).standing == once
    assert look(once, Answer.MISSING, at, others_missing=2, others_there=1).removed


def test_what_says_nothing_changes_nothing() -> None:
    once = look(Standing(), Answer.MISSING, SEEN + DAY).standing
    for answer in (Answer.UNKNOWN, Answer.REFUSED):
        assert look(once, answer, SEEN + 2 * DAY).standing == once
    refused = look(Standing(), Answer.REFUSED, SEEN + DAY)
    assert refused.next_at == SEEN + 31 * DAY


@given(st.integers(1, 10**9), st.floats(0, 3650))
def test_it_is_looked_at_ever_less_often(article: int, days: float) -> None:
    now = SEEN + timedelta(days=days)
    wait = first_look(article, SEEN, now) - now
    assert timedelta(hours=6) <= wait <= timedelta(days=33)
    assert wait >= first_look(article, SEEN, now - timedelta(days=days / 2)) - (
        now - timedelta(days=days / 2)
    )


@given(st.lists(st.tuples(st.sampled_from(Answer), st.integers(1, 100), st.booleans())))
def test_a_removal_always_stands_on_two_looks_apart(steps: list[tuple[Answer, int, bool]]) -> None:
    standing, at = Standing(), SEEN
    missing: list[datetime] = []
    for answer, hours, works in steps:
        at += hours * HOUR
        judged = look(standing, answer, at, site_works=works)
        assert judged.next_at > at
        if answer is Answer.THERE:
            missing = []
        elif answer is Answer.MISSING and works:
            missing.append(at)
        if judged.removed:
            assert missing[-1] - missing[0] >= APART
            assert len(missing) >= 2
        standing = judged.standing
