"""What counts as a return, when a story rests, and which alerts one recording raises."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.rules import (
    Arrival,
    Event,
    Qualification,
    Reason,
    Rest,
    State,
    StoryState,
    Verdict,
    Why,
    decide,
    dormant_after,
    qualifies,
    state,
)

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK_S = 7 * 86_400.0


@dataclass(frozen=True)
class Asked:
    name: str
    value: int | float | str | None = None


@dataclass(frozen=True)
class Watching:
    alert_on: tuple[Asked, ...]
    name: str = "harbour"


# ---------------------------------------------------------------- a return, or not

# A well polled feed shows a new article: nothing odd about it.
PLAIN = Arrival(seen_after=NOW - timedelta(minutes=15), seen_by=NOW, claimed_at=NOW)
# The same outlet shows its old article again, with a date of today.
AGAIN = replace(PLAIN, outlet_has_it=True, previous_claim=NOW - 30 * DAY)
LAST = NOW - 20 * DAY


@pytest.mark.parametrize(
    ("arrival", "story", "expected"),
    [
        pytest.param(PLAIN, State.DORMANT, Why.NEW_OUTLET, id="new article"),
        pytest.param(replace(PLAIN, claimed_at=None), State.DORMANT, Why.NEW_OUTLET, id="undated"),
        pytest.param(replace(PLAIN, first_poll=True), State.DORMANT, Why.FIRST_POLL, id="first"),
        pytest.param(replace(PLAIN, seen_after=None), State.DORMANT, Why.FIRST_POLL, id="censored"),
        pytest.param(replace(PLAIN, listing=True), State.DORMANT, Why.LISTING, id="tag page"),
        pytest.param(
            replace(PLAIN, claimed_at=LAST - DAY), State.DORMANT, Why.OLD_CLAIM, id="old article"
        ),
        pytest.param(
            # A copy of a running story whose date was misread must not be missed.
            replace(PLAIN, claimed_at=LAST - DAY), State.ACTIVE, Why.NEW_OUTLET, id="old, running"
        ),
        pytest.param(
            replace(PLAIN, claimed_at=LAST - DAY, claimed_note="absurd"), State.DORMANT,
            Why.NEW_OUTLET, id="an absurd date is no evidence",
        ),
        pytest.param(
            replace(PLAIN, seen_after=NOW - 3 * DAY, claimed_at=NOW - DAY), State.DORMANT,
            Why.NEW_OUTLET, id="outage, but published after the last copy",
        ),
        pytest.param(
            replace(PLAIN, seen_after=LAST - DAY, claimed_at=LAST - timedelta(hours=1)),
            State.DORMANT, Why.BACKLOG, id="outage",
        ),
        pytest.param(
            replace(PLAIN, seen_after=NOW - 3 * DAY, claimed_at=None), State.ACTIVE,
            Why.BACKLOG_UNDATED, id="outage undated",
        ),
        pytest.param(
            replace(PLAIN, seen_after=NOW - 3 * DAY, claimed_at=None, poll_interval_s=86_400),
            State.ACTIVE, Why.NEW_OUTLET, id="a feed polled daily has no outage in three days",
        ),
        pytest.param(AGAIN, State.DORMANT, Why.REDATED, id="redated"),
        pytest.param(replace(AGAIN, new_address=True), State.DORMANT, Why.READDRESSED, id="moved"),
        pytest.param(replace(AGAIN, edited=True), State.DORMANT, Why.EDITED_RETURN, id="edited"),
        pytest.param(
            replace(AGAIN, moved_together=40), State.DORMANT, Why.MOVED_TOGETHER, id="site moved"
        ),
        pytest.param(
            replace(AGAIN, claimed_at=LAST - DAY), State.DORMANT, Why.OLD_CLAIM, id="still old"
        ),
        pytest.param(
            replace(AGAIN, claimed_at=NOW + 400 * DAY, claimed_note="future"), State.DORMANT,
            Why.DATE_UNTRUSTED, id="redated to the future",
        ),
        pytest.param(
            # A time zone put right.
            replace(AGAIN, previous_claim=NOW - timedelta(hours=14)), State.DORMANT,
            Why.SEEN_AGAIN, id="time zone",
        ),
        pytest.param(
            replace(AGAIN, claimed_at=AGAIN.previous_claim, new_address=True), State.DORMANT,
            Why.IDENTITY_CHANGED, id="address changed",
        ),
        pytest.param(
            replace(AGAIN, claimed_at=None, new_address=True), State.DORMANT,
            Why.IDENTITY_CHANGED, id="undated, address changed",
        ),
        pytest.param(
            replace(AGAIN, claimed_at=None, new_address=True, gone_for=9 * DAY), State.DORMANT,
            Why.READDRESSED, id="undated, back after nine days at a new address",
        ),
        pytest.param(
            # What a clean-up forgot comes back as it was.
            replace(AGAIN, claimed_at=AGAIN.previous_claim, gone_for=90 * DAY), State.DORMANT,
            Why.SEEN_AGAIN, id="forgotten by a clean-up",
        ),
        pytest.param(
            replace(AGAIN, claimed_at=AGAIN.previous_claim, edited=True), State.DORMANT,
            Why.EDITED, id="edited in place",
        ),
    ],
)  # fmt: skip
def test_what_is_a_return(arrival: Arrival, story: State, expected: Why) -> None:
    answer = qualifies(arrival, LAST, story)
    assert answer.reason is expected
    subtypes = {
        Why.NEW_OUTLET: "new_outlet",
        Why.REDATED: "redated",
        Why.READDRESSED: "readdressed",
        Why.EDITED_RETURN: "edited_return",
    }
    assert answer == (expected in subtypes, subtypes.get(expected), expected)


def test_a_new_date_counts_though_a_copy_came_before_we_looked() -> None:
    again = replace(AGAIN, claimed_at=NOW - timedelta(minutes=10))
    between = NOW - timedelta(minutes=5)
    assert qualifies(again, between, State.ACTIVE).reason is Why.REDATED
    long_ago = replace(AGAIN, claimed_at=NOW - 3 * DAY)
    assert qualifies(long_ago, between, State.ACTIVE).reason is Why.OLD_CLAIM


@given(
    st.builds(
        Arrival,
        seen_after=st.none() | st.timedeltas(timedelta(0), 99 * DAY).map(lambda d: NOW - d),
        seen_by=st.just(NOW),
        claimed_at=st.none() | st.timedeltas(-99 * DAY, 99 * DAY).map(lambda d: NOW + d),
        claimed_note=st.sampled_from([None, "future", "absurd", "naive"]),
        first_poll=st.booleans(),
        outlet_has_it=st.booleans(),
        new_address=st.booleans(),
        previous_claim=st.none() | st.timedeltas(timedelta(0), 99 * DAY).map(lambda d: NOW - d),
        edited=st.booleans(),
        gone_for=st.none() | st.timedeltas(timedelta(0), 99 * DAY),
        moved_together=st.integers(1, 9),
        listing=st.booleans(),
    ),
    st.sampled_from(State),
)
def test_a_return_always_has_a_subtype_and_a_start(arrival: Arrival, story: State) -> None:
    answer = qualifies(arrival, LAST, story)
    assert answer.ok == (answer.subtype is not None)
    if answer.ok:
        assert arrival.seen_after is not None
        assert not arrival.first_poll
        assert not arrival.listing


# ---------------------------------------------------------------- rest


@pytest.mark.parametrize(
    ("gaps", "override", "seconds", "why"),
    [
        ([], None, WEEK_S, Rest.FLOOR),
        ([3_600.0] * 30, None, WEEK_S, Rest.FLOOR),
        ([4 * 86_400.0], None, 20 * 86_400.0, Rest.RHYTHM),
        # Eleven gaps of 0..10 days: the 90th percentile is exactly nine.
        ([n * 86_400.0 for n in range(11)], None, 45 * 86_400.0, Rest.RHYTHM),
        ([4 * 86_400.0], 60.0, 60.0, Rest.OVERRIDE),
    ],
)
def test_how_long_a_story_has_to_rest(
    gaps: list[float], override: float | None, seconds: float, why: Rest
) -> None:
    answer, reason = dormant_after(gaps, override)
    assert answer == pytest.approx(seconds)
    assert reason is why


@given(st.lists(st.floats(0, 1e8), max_size=40), st.randoms())
def test_rest_is_never_under_a_week_and_ignores_order(gaps: list[float], order: object) -> None:
    seconds, _ = dormant_after(gaps)
    assert seconds >= WEEK_S
    assert dormant_after(sorted(gaps, reverse=True))[0] == seconds
    assert seconds <= max(WEEK_S, 5 * max(gaps, default=0.0) * (1 + 1e-9))


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="negative gap"):
        dormant_after([-1.0])
    with pytest.raises(ValueError, match="has to be positive"):
        dormant_after([], 0)


@pytest.mark.parametrize(
    ("rested", "families", "expected"),
    [
        (timedelta(0), 2, State.ACTIVE),
        (timedelta(days=7) - timedelta(microseconds=1), 2, State.ACTIVE),
        (timedelta(days=7), 2, State.DORMANT),
        (timedelta(days=99), 1, State.SINGLE),
        (-DAY, 2, State.ACTIVE),  # a clock that was set back
    ],
)
def test_the_state_of_a_story(rested: timedelta, families: int, expected: State) -> None:
    assert state(NOW, NOW - rested, families, WEEK_S) is expected


# ---------------------------------------------------------------- alerts

RESTING = StoryState(12, 3, 3, 1, State.DORMANT, NOW - 16 * DAY)
AWAKE = StoryState(12, 4, 4, 2, State.ACTIVE, NOW)
SINGLE = StoryState(12, 0, 1, 1, State.SINGLE, NOW - DAY)
FIRST = StoryState(12, 1, 2, 1, State.ACTIVE, NOW)
COPY = Event(
    article=77,
    outlet="Delta Courier",
    domain="courier.example",
    qualification=Qualification(True, "new_outlet", Why.NEW_OUTLET),
    joined="wrapped",
    claimed_at=NOW,
    credit="stripped",
)
ALL = Watching(
    (
        Asked("resurfaced"),
        Asked("first_copy"),
        Asked("new_copy"),
        Asked("reach", 2),
        Asked("reach", 4),
        Asked("velocity", 0.5),
        Asked("credit_stripped"),
        Asked("credit_wrong"),
        Asked("missing_origin"),
        Asked("redated"),
        Asked("outlet", "Other Post, courier.example"),
        Asked("origin_edited"),
    )
)


def _by_step(verdicts: list[Verdict]) -> dict[str, Reason]:
    return {f"{one.condition}:{one.step}": one.reason for one in verdicts}


def test_a_return_of_a_resting_story() -> None:
    verdicts = decide(ALL, RESTING, replace(AWAKE, velocity=0.6), COPY, NOW)
    assert _by_step(verdicts) == {
        "resurfaced:2": Reason.FIRED,
        "first_copy:1": Reason.NOT_MET,
        "new_copy:77": Reason.INHIBITED,
        "reach:2": Reason.NOT_MET,
        "reach:4": Reason.FIRED,
        "velocity:0.5@2": Reason.FIRED,
        "credit_stripped:77": Reason.FIRED,
        "credit_wrong:77": Reason.NOT_MET,
        "missing_origin:" + verdicts[8].step: Reason.NOT_MET,
        "redated:77@20260320T1200": Reason.NOT_MET,
        "outlet:courier.example@2": Reason.FIRED,
        "origin_edited:77": Reason.NOT_HERE,
    }
    assert verdicts[0].key == "harbour:12:resurfaced:2"
    assert "after 16 days" in verdicts[0].detail
    assert all(one.fire == (one.reason is Reason.FIRED) for one in verdicts)


def test_a_first_copy() -> None:
    fired = {one.condition for one in decide(ALL, SINGLE, FIRST, COPY, NOW) if one.fire}
    assert fired == {"first_copy", "new_copy", "reach", "credit_stripped", "outlet"}


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (replace(COPY, alerts=False), Reason.QUIET),
        (replace(COPY, joined=None), Reason.NOT_JOINED),
        (
            replace(COPY, qualification=Qualification(False, None, Why.BACKLOG)),
            Reason.NOT_QUALIFYING,
        ),
    ],
)
def test_what_holds_every_alert_back(event: Event, reason: Reason) -> None:
    verdicts = decide(ALL, RESTING, replace(AWAKE, velocity=0.6), event, NOW)
    assert not any(one.fire for one in verdicts)
    held = [one for one in verdicts if one.met]
    assert held
    assert {one.reason for one in held} == {reason}
    said = event.qualification.reason if reason is Reason.NOT_QUALIFYING else reason
    assert all(one.detail.endswith(f"held: {said}") for one in held)


def test_copies_that_arrive_together_share_one_resurfacing() -> None:
    watch = Watching((Asked("resurfaced"), Asked("new_copy")))
    raised: set[str] = set()
    fired = []
    for article in (77, 78, 79):
        for one in decide(watch, RESTING, AWAKE, replace(COPY, article=article), NOW, raised):
            if one.fire:
                fired.append(one.key)
                raised.add(one.key)
    assert fired == ["harbour:12:resurfaced:2"]


def test_a_replay_raises_nothing_twice() -> None:
    first = decide(ALL, RESTING, AWAKE, COPY, NOW)
    raised = {one.key for one in first if one.fire}
    again = decide(ALL, RESTING, AWAKE, COPY, NOW + DAY, raised)
    assert not any(one.fire for one in again)
    assert {one.key for one in again if one.reason is Reason.RAISED} == raised


def test_a_reposting_outlet_is_no_copy() -> None:
    event = replace(
        COPY, own=True, joined=None, qualification=Qualification(True, "redated", Why.REDATED)
    )
    fired = {one.condition for one in decide(ALL, RESTING, AWAKE, event, NOW) if one.fire}
    assert fired == {"resurfaced", "reach", "redated"}


def test_a_missing_origin_is_raised_once_for_each_source() -> None:
    watch = Watching((Asked("missing_origin"),))

    def key(agent: str, article: int) -> str:
        event = replace(COPY, missing_origin=agent, article=article)
        (one,) = decide(watch, FIRST, FIRST, event, NOW)
        assert one.fire
        return one.key

    assert key("Agence du Nord", 1) == key(" agence du nord", 2) != key("Other Wire", 3)


def test_a_key_fits_its_column() -> None:
    event = replace(COPY, article=1 << 62, domain="a" * 250 + ".example", missing_origin="x" * 900)
    watch = Watching(ALL.alert_on, name="n" * 128)
    after = replace(AWAKE, story=10**12)
    keys = [one.key for one in decide(watch, replace(RESTING, story=10**12), after, event, NOW)]
    assert max(map(len, keys)) <= 200
    assert len(set(keys)) == len(keys)


def test_a_reach_without_a_number_is_a_fault() -> None:
    with pytest.raises(ValueError, match="reach needs a number"):
        decide(Watching((Asked("reach", "five"),)), SINGLE, FIRST, COPY, NOW)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 40))
def test_reach_fires_exactly_on_its_crossing(before: int, more: int, k: int) -> None:
    a, b = replace(FIRST, families=before), replace(FIRST, families=before + more)
    (one,) = decide(Watching((Asked("reach", k),)), a, b, COPY, NOW)
    assert one.fire == (before < k <= before + more)
