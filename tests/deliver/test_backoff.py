"""What becomes of a delivery after an attempt."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import T0
from watcher.deliver import MAX_ATTEMPTS, SendResult, after_attempt
from watcher.deliver.backoff import CAP_S, FIRST_S, JITTER, RETRY_AFTER_CAP_S

REFUSED = SendResult("refused", "HTTP 503")


def test_a_sent_message_is_done() -> None:
    done = after_attempt(SendResult("sent"), 3, "7", T0)
    assert (done.state, done.next_at) == ("sent", T0)


def test_the_delay_doubles_up_to_its_cap_and_then_ends() -> None:
    delays = []
    for attempts in range(1, MAX_ATTEMPTS):
        step = after_attempt(REFUSED, attempts, "7", T0)
        assert step.state == "retry"
        delays.append((step.next_at - T0).total_seconds())
    for n, delay in enumerate(delays):
        wanted = min(CAP_S, FIRST_S * 2**n)
        assert wanted <= delay <= wanted * (1 + JITTER)
    # Over a day in all: a receiver may be down from one evening to the next.
    assert 27 * 3_600 < sum(delays) < 35 * 3_600
    last = after_attempt(REFUSED, MAX_ATTEMPTS, "7", T0)
    assert last.state == "dead"
    assert "14 attempts" in last.reason
    assert "HTTP 503" in last.reason


def test_what_cannot_get_better_is_given_up_at_once() -> None:
    assert after_attempt(SendResult("refused", "HTTP 400", retry=False), 1, "7", T0).state == "dead"


@pytest.mark.parametrize(
    ("asked", "low"), [(3_600.0, 3_600.0), (1.0, FIRST_S), (1e9, RETRY_AFTER_CAP_S)]
)
def test_retry_after_is_honoured_within_a_day(asked: float, low: float) -> None:
    step = after_attempt(SendResult("refused", retry_after=asked), 1, "7", T0)
    assert low <= (step.next_at - T0).total_seconds() <= low * (1 + JITTER)


@given(st.integers(1, MAX_ATTEMPTS - 1), st.none() | st.floats(0, 1e12), st.text(max_size=9))
def test_no_retry_is_early_or_lost(attempts: int, asked: float | None, key: str) -> None:
    step = after_attempt(SendResult("timeout", retry_after=asked), attempts, key, T0)
    wait = step.next_at - T0
    assert wait >= timedelta(seconds=max(FIRST_S, min(asked or 0, RETRY_AFTER_CAP_S)))
    assert wait <= timedelta(seconds=RETRY_AFTER_CAP_S * (1 + JITTER))


def test_messages_to_one_receiver_do_not_come_back_in_step() -> None:
    times = {after_attempt(REFUSED, 5, str(n), T0).next_at for n in range(200)}
    assert len(times) > 190


def test_an_attempt_that_was_not_made_is_refused() -> None:
    with pytest.raises(ValueError, match="not made"):
        after_attempt(REFUSED, 0, "7", T0)
