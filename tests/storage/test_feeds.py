"""Feeds: taken over from the configuration, claimed once, finished with what the poll brought."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from storage.db import Database
from storage.models import feed
from storage.reads.feeds import (
    feed_counts,
    get_feed,
    last_polls,
    list_feeds,
    next_due,
    paused_hosts,
    select_feeds,
)
from storage.rows import FeedCounts, FeedRow, FeedSpec, OutletSpec, PollResult, Validators
from storage.writes.claims import claim_due, release
from storage.writes.feeds import poll_now, set_host_pause
from storage.writes.finish import finish_poll, finish_polls
from storage.writes.retention import prune_polls
from storage.writes.sync import sync

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)  # when every new feed is due

Again = Callable[..., Database]


def _s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def _outlet(name: str, *paths: str, interval: int | None = None) -> OutletSpec:
    domain = f"{name.lower()}.example"
    feeds = tuple(FeedSpec(f"https://{domain}/{path}", domain, interval) for path in paths)
    return OutletSpec(domain, name, f"{name} Group", feeds)


def _configure(database: Database, *outlets: OutletSpec) -> None:
    with database.write() as conn:
        sync(conn, outlets, NOON)


def _claim(
    database: Database, now: datetime = LATER, limit: int = 100, **more: object
) -> list[str]:
    owner = str(more.pop("owner", "w1"))
    with database.write() as conn:
        rows = claim_due(conn, now, limit, owner, 60, **more)  # type: ignore[arg-type]
    return [row.url for row in rows]


def _one(database: Database) -> FeedRow:
    with database.read() as conn:
        return list_feeds(conn)[0]


def _finish(database: Database, result: PollResult, owner: str | None = None) -> FeedRow:
    with database.write() as conn:
        finish_poll(conn, list_feeds(conn)[0].id, result, owner=owner)
    return _one(database)


GOOD = PollResult(
    at=LATER,
    outcome="ok",
    next_at=LATER + _s(900),
    next_reason="rhythm",
    took_ms=120,
    status=200,
    bytes=5000,
    entries=20,
    fresh=3,
)
FAILED = replace(GOOD, outcome="failed", status=500, error="server error 500", entries=0, fresh=0)


# ------------------------------------------------------------ configuration


def test_outlets_and_feeds_are_added_kept_removed_and_return(database: Database) -> None:
    a, b = _outlet("Times", "rss", "world"), _outlet("Herald", "rss", interval=600)
    with database.write() as conn:
        first = sync(conn, [a, b], NOON)
        assert sync(conn, [a, b], NOON + _s(1)).kept == first.added
        before = list_feeds(conn)
        gone = sync(conn, [a], NOON + _s(2))
        removed = {row.url: row.state for row in list_feeds(conn)}
        back = sync(conn, [a, b], NOON + _s(3))
        after = list_feeds(conn)
    rss, world, herald = (
        "https://times.example/rss",
        "https://times.example/world",
        "https://herald.example/rss",
    )
    assert first.added == (rss, world, herald)
    assert gone.removed == (herald,)
    assert removed == {rss: "polled", world: "polled", herald: "removed"}
    assert back.returned == (herald,)
    assert back.kept == (rss, world)
    assert [row.id for row in after] == [row.id for row in before]
    assert {row.state for row in after} == {"polled"}
    assert [row.interval_s for row in after] == [600, 900, 900]
    assert after[0].family == "Herald Group"


def test_a_changed_outlet_is_changed_and_a_feed_may_go_to_another(database: Database) -> None:
    _configure(database, _outlet("Times", "rss"))
    moved = OutletSpec(
        "herald.example", "Herald", "Herald", (FeedSpec("https://times.example/rss", "h", 60),)
    )
    renamed = OutletSpec("times.example", "The Times", "Group", ())
    with database.write() as conn:
        result = sync(conn, [renamed, moved], NOON)
        row = list_feeds(conn)[0]
    assert result.kept == result.changed == ("https://times.example/rss",)
    assert (row.outlet, row.host, row.interval_s) == ("Herald", "h", 60)


def test_what_a_feed_has_learned_survives_a_sync(database: Database) -> None:
    spec = _outlet("Times", "rss")
    _configure(database, spec)
    known = _finish(database, replace(GOOD, interval_s=1234, validators=Validators('"x"', None)))
    _configure(database, spec)
    assert _one(database) == known


def test_first_polls_are_spread_and_always_at_the_same_place(database: Database) -> None:
    specs = [_outlet(f"o{n}", "rss") for n in range(200)]
    with database.write() as conn:
        sync(conn, specs, NOON, spread_s=100)
        starts = [(row.next_at - NOON).total_seconds() for row in list_feeds(conn)]
        again = {row.url: row.next_at for row in list_feeds(conn)}
        conn.execute(feed.delete())
        sync(conn, list(reversed(specs)), NOON, spread_s=100)
        assert {row.url: row.next_at for row in list_feeds(conn)} == again
    assert 0 <= min(starts) < 5
    assert 95 < max(starts) <= 100
    # No tenth of the time gets more than twice its share.
    assert max(sum(d <= s < d + 10 for s in starts) for d in range(0, 100, 10)) < 40


def test_a_feed_or_domain_listed_twice_is_refused(sqlite_database: Database) -> None:
    twice = _outlet("Times", "rss", "rss")
    with sqlite_database.write() as conn:
        with pytest.raises(ValueError, match="feed listed twice: https://times"):
            sync(conn, [twice], NOON)
        with pytest.raises(ValueError, match="domain listed twice: times"):
            sync(conn, [_outlet("Times", "a"), _outlet("Times", "b")], NOON)


def test_configurations_taken_over_at_once_do_not_collide(
    database: Database, open_again: Again
) -> None:
    specs = [_outlet(f"o{n}", "rss") for n in range(30)]
    others = [open_again() for _ in range(3)]

    def configure(one: Database) -> int:
        with one.write() as conn:
            return len(sync(conn, specs, NOON).added)

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(configure, others)) == [0, 0, 30]


# ------------------------------------------------------------ claims


def test_only_what_is_due_is_claimed_the_oldest_first(database: Database) -> None:
    _configure(database, *(_outlet(name, "rss") for name in ("A", "B", "C", "D")))
    with database.write() as conn:
        for name, due in (("a", 30), ("b", 10), ("c", 20), ("d", 99)):
            url = f"https://{name}.example/rss"
            conn.execute(update(feed).where(feed.c.url == url).values(next_at=NOON + _s(due)))
    assert _claim(database, NOON + _s(5)) == []
    assert _claim(database, NOON + _s(40), limit=2) == [
        "https://b.example/rss",
        "https://c.example/rss",
    ]
    assert _claim(database, NOON + _s(40)) == ["https://a.example/rss"]
    assert _claim(database, NOON + _s(40)) == []
    assert _claim(database, NOON + _s(40), limit=0) == []


def test_a_claim_gives_what_the_poll_needs_and_is_seen_by_all(database: Database) -> None:
    _configure(database, _outlet("Times", "rss"))
    with database.write() as conn:
        (claimed,) = claim_due(conn, LATER, 1, "w1", 60)
    assert claimed == _one(database)
    assert (claimed.lease_by, claimed.lease_until) == ("w1", LATER + _s(60))
    assert (claimed.outlet, claimed.domain) == ("Times", "times.example")
    assert claimed.address == "https://times.example/rss"


def test_one_feed_a_host_and_none_while_the_host_is_busy(database: Database) -> None:
    _configure(database, _outlet("Times", "1", "2", "3"), _outlet("Herald", "rss"))
    first = _claim(database)
    assert len(first) == 2
    assert len([url for url in first if "times" in url]) == 1
    assert _claim(database) == []  # the lease keeps the host, for another program too
    with database.write() as conn:
        for row in list_feeds(conn):
            if row.lease_by:
                finish_poll(conn, row.id, replace(GOOD, next_at=LATER + _s(5000)))
    assert _claim(database, hosts_busy=["times.example"]) == []
    second = _claim(database)
    assert len(second) == 1
    assert second[0] not in first


def test_a_paused_host_is_left_alone_until_its_pause_ends(database: Database) -> None:
    _configure(database, _outlet("Times", "rss"))
    with database.write() as conn:
        set_host_pause(conn, "times.example", LATER + _s(100), "429, Retry-After: 100")
        set_host_pause(conn, "times.example", LATER + _s(50), "503, Retry-After: 50")
        assert next_due(conn, LATER) == LATER + _s(100)
        assert [row.reason for row in paused_hosts(conn, LATER)] == ["429, Retry-After: 100"]
    assert _claim(database, LATER + _s(99)) == []
    assert len(_claim(database, LATER + _s(100))) == 1
    with database.read() as conn:
        assert paused_hosts(conn, LATER + _s(100)) == []


def test_an_ended_lease_is_taken_over_and_an_unended_one_is_not(database: Database) -> None:
    _configure(database, _outlet("Times", "rss"))
    assert len(_claim(database, owner="w1")) == 1
    assert _claim(database, LATER + _s(59), owner="w2") == []
    with database.read() as conn:
        assert next_due(conn, LATER + _s(59)) == LATER + _s(60)
    assert len(_claim(database, LATER + _s(60), owner="w2")) == 1
    assert _one(database).lease_by == "w2"
    # The first one comes back late: its poll counts, the other's lease stays.
    row = _finish(database, GOOD, owner="w1")
    assert (row.lease_by, row.last_polled_at) == ("w2", LATER)
    assert _finish(database, GOOD, owner="w2").lease_by is None


def test_a_claim_is_released_by_its_owner_alone(database: Database) -> None:
    _configure(database, _outlet("Times", "rss"))
    _claim(database, owner="w1")
    with database.write() as conn:
        assert not release(conn, list_feeds(conn)[0].id, "w2")
        assert release(conn, list_feeds(conn)[0].id, "w1")
    assert len(_claim(database)) == 1


@pytest.mark.parametrize("state", ["gone", "removed"])
def test_what_is_gone_or_removed_is_not_claimed(database: Database, state: str) -> None:
    _configure(database, _outlet("Times", "rss"))
    with database.write() as conn:
        conn.execute(update(feed).values(state=state))
        assert next_due(conn, LATER) is None
    assert _claim(database) == []


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_what_another_is_just_claiming_is_passed_over_without_waiting(
    database: Database, open_again: Again
) -> None:
    _configure(database, _outlet("Times", "rss"), _outlet("Herald", "rss"))
    with open_again().write() as conn:
        (theirs,) = claim_due(conn, LATER, 1, "w2", 60)
        (ours,) = _claim(database, limit=1)  # they have not committed
        assert theirs.url != ours
        assert _claim(database) == []


def test_claims_at_the_same_time_never_share_a_feed_or_a_host(
    database: Database, open_again: Again
) -> None:
    # 60 feeds at 20 hosts: three rounds, in each of which every host may be had once.
    _configure(database, *(_outlet(f"o{n}", "a", "b", "c") for n in range(20)))
    workers = [open_again() for _ in range(4)]

    def work(number: int) -> list[str]:
        taken: list[str] = []
        while True:
            with workers[number].write() as conn:
                rows = claim_due(conn, LATER, 3, f"w{number}", 60)
            if not rows:
                return taken
            taken += [row.url for row in rows]

    for _ in range(3):
        with ThreadPoolExecutor(4) as pool:
            taken = [url for part in pool.map(work, range(4)) for url in part]
        # PostgreSQL passes over what others hold locked: the last claim may come too early.
        taken += work(0)
        assert len(taken) == 20
        assert len({url.split("/")[2] for url in taken}) == 20
        with database.write() as conn:
            leased = [row for row in list_feeds(conn) if row.lease_by]
            assert sorted(row.url for row in leased) == sorted(taken)
            for row in leased:
                finish_poll(conn, row.id, replace(GOOD, next_at=LATER + _s(9000)))
    with database.read() as conn:
        assert {len(last_polls(conn, row.id)) for row in list_feeds(conn)} == {1}


# ------------------------------------------------------------ results


def test_a_good_poll_is_recorded_and_sets_the_next_one(database: Database) -> None:
    _configure(database, _outlet("Times", "rss"))
    _claim(database)
    held = Validators('W/"abc"', "Sun, 01 Mar 2026 11:00:00 GMT", 2**64 - 1)
    row = _finish(
        database, replace(GOOD, validators=held, interval_s=1800, title="Times: all news")
    )
    assert (row.etag, row.last_modified, row.body_hash) == (
        held.etag,
        held.last_modified,
        2**64 - 1,
    )
    assert row.validated_at == row.first_ok_at == row.last_ok_at == row.last_fresh_at == LATER
    assert (row.next_at, row.next_reason, row.interval_s) == (LATER + _s(900), "rhythm", 1800)
    assert (row.title, row.failures, row.last_status, row.lease_by) == (
        "Times: all news",
        0,
        200,
        None,
    )
    with database.read() as conn:
        (poll,) = last_polls(conn, row.id)
    assert (poll.at, poll.took_ms, poll.outcome, poll.bytes, poll.entries, poll.fresh) == (
        LATER,
        120,
        "ok",
        5000,
        20,
        3,
    )


def test_failures_count_up_and_change_nothing_else(database: Database) -> None:
    _configure(database, _outlet("Times", "rss"))
    good = _finish(database, replace(GOOD, validators=Validators("e", "m", 7), title="T"))
    for number in (1, 2):
        row = _finish(database, replace(FAILED, at=LATER + _s(number)))
        assert (row.failures, row.last_error) == (number, "server error 500")
    assert row == replace(
        good,
        failures=2,
        last_error="server error 500",
        last_status=500,
        last_polled_at=LATER + _s(2),
    )
    row = _finish(database, replace(GOOD, at=LATER + _s(9), outcome="unchanged", status=304))
    assert (row.failures, row.last_error, row.last_ok_at) == (0, None, LATER + _s(9))


def test_validators_age_from_the_last_full_answer(database: Database) -> None:
    _configure(database, _outlet("Times", "rss"))
    _finish(database, replace(GOOD, validators=Validators("one", "m", 7)))
    later = replace(GOOD, at=LATER + _s(9), outcome="unchanged", status=304, fresh=0)
    row = _finish(database, replace(later, validators=Validators("two", None)))
    assert (row.etag, row.last_modified, row.body_hash) == ("two", None, 7)
    assert row.validated_at == LATER
    row = _finish(database, replace(later, status=200, validators=Validators("two", None, 8)))
    assert (row.body_hash, row.validated_at) == (8, LATER + _s(9))


def test_the_first_good_poll_is_the_first_that_showed_entries(database: Database) -> None:
    _configure(database, _outlet("Times", "rss"))
    assert _finish(database, replace(GOOD, entries=0, fresh=0)).first_ok_at is None
    assert _finish(database, replace(GOOD, at=LATER + _s(1))).first_ok_at == LATER + _s(1)
    assert _finish(database, replace(GOOD, at=LATER + _s(2))).first_ok_at == LATER + _s(1)


def test_a_permanent_redirect_is_proven_by_the_same_end_again_and_again(
    database: Database,
) -> None:
    _configure(database, _outlet("Times", "rss"))
    there, elsewhere = "https://times.example/new", "https://times.example/other"

    def seen(second: int, result: PollResult = GOOD, **more: object) -> tuple[object, ...]:
        row = _finish(database, replace(result, at=LATER + _s(second), **more))  # type: ignore[arg-type]
        since = None if row.moving_since is None else (row.moving_since - LATER).total_seconds()
        return row.moving_to, since, row.moving_seen

    assert seen(1, permanent_to=there) == (there, 1, 1)
    assert seen(2, permanent_to=there) == (there, 1, 2)
    assert seen(3, FAILED) == (there, 1, 2)  # proves nothing either way
    assert seen(4, permanent_to=elsewhere) == (elsewhere, 4, 1)
    assert seen(5) == (None, None, 0)  # it answered itself
    assert seen(6, permanent_to=there) == (there, 6, 1)
    assert seen(7, permanent_to=there, moved_to=there) == (None, None, 0)
    assert _one(database).address == there


def test_gone_is_for_a_person_to_undo_and_removed_is_not_undone(database: Database) -> None:
    _configure(database, _outlet("Times", "rss"))
    assert _finish(database, replace(FAILED, state="gone", status=410)).state == "gone"
    with database.write() as conn:
        ids = [list_feeds(conn)[0].id]
        assert poll_now(conn, ids, LATER + _s(60), "asked for") == 1
    assert (_one(database).state, _one(database).next_at) == ("polled", LATER + _s(60))
    _configure(database)
    with database.write() as conn:
        assert poll_now(conn, ids, LATER, "asked for") == 0
    # A poll that was under way when the feed was taken out.
    assert _finish(database, replace(FAILED, state="gone")).state == "removed"


def test_many_polls_are_finished_at_once(database: Database) -> None:
    _configure(database, *(_outlet(f"o{n}", "rss") for n in range(50)))
    with database.write() as conn:
        rows = list_feeds(conn)
        results = [
            (row.id, replace(GOOD, fresh=n, title=f"t{n}" if n % 2 else None))
            for n, row in enumerate(rows)
        ]
        finish_polls(conn, results)
        finish_polls(conn, [])
        for feed_id, result in results:
            (poll,) = last_polls(conn, feed_id)
            found = get_feed(conn, feed_id)
            assert found is not None
            assert (poll.fresh, found.title) == (result.fresh, result.title)


def test_old_polls_are_forgotten_in_small_batches(database: Database) -> None:
    _configure(database, _outlet("Times", "rss"))
    with database.write() as conn:
        feed_id = list_feeds(conn)[0].id
        finish_polls(conn, [(feed_id, replace(GOOD, at=LATER + _s(n))) for n in range(10)])
        done = [prune_polls(conn, LATER + _s(7), limit=3) for _ in range(4)]
        assert done == [3, 3, 1, 0]
        assert [(poll.at - LATER).seconds for poll in last_polls(conn, feed_id, 2)] == [9, 8]
        assert len(last_polls(conn, feed_id)) == 3


# ------------------------------------------------------------ questions


def test_feeds_are_found_by_what_people_call_them(database: Database) -> None:
    _configure(database, _outlet("Times", "rss", "world"), _outlet("Éire", "rss"))
    with database.read() as conn:
        every = {row.url: row for row in list_feeds(conn)}

        def found(*names: str) -> tuple[set[str], list[str]]:
            rows, unknown = select_feeds(conn, names)
            assert len(rows) == len({row.id for row in rows})
            return {row.url for row in rows}, unknown

        times = {"https://times.example/rss", "https://times.example/world"}
        assert found("TIMES") == found("times.example") == found("times group") == (times, [])
        assert found("https://times.example/rss", "Times", "nobody") == (times, ["nobody"])
        assert found("éIRE") == ({"https://éire.example/rss"}, [])
        assert found(str(every["https://éire.example/rss"].id))[0] == {"https://éire.example/rss"}
        assert get_feed(conn, 999_999) is None


def test_the_counts_are_of_one_moment(database: Database) -> None:
    with database.read() as conn:
        assert feed_counts(conn, LATER).polled == 0
    _configure(database, *(_outlet(f"o{n}", "rss") for n in range(6)))
    with database.write() as conn:
        ids = [row.id for row in list_feeds(conn)]
        finish_poll(conn, ids[5], FAILED)
        finish_poll(conn, ids[4], GOOD)
        conn.execute(update(feed).where(feed.c.id == ids[3]).values(state="gone"))
        assert len(claim_due(conn, LATER, 1, "w", 60)) == 1
        counts = feed_counts(conn, LATER)
    assert counts == FeedCounts(polled=5, gone=1, removed=0, due=2, leased=1, failing=1, never_ok=4)
