"""Input that is not what it should be: said clearly, and in nobody else's way."""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text, update

from storage import models
from tests.poll.newsroom import NEVER, Item, Play, Reply, Room, feed, play, rss
from tests.texts import made_up
from watcher.archive.codec import unpack_text
from watcher.config import Condition, Polling, Receiver, Secret, Watch
from watcher.core.errors import StorageBusy, StorageError
from watcher.report import open_reader

TEXT = made_up(1, 14)
GOOD = feed(Item("Report", TEXT, guid="1", link="http://coast.example/1"))
HTML = b"<!doctype html><html><head><title>Valley</title></head><body><p>Hello</p></body></html>"
WHOLE = rss([Item(f"Report {n}", made_up(n, 14), guid=f"{n}") for n in range(4)])


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(HTML, headers={"Content-Type": "text/html"}), "html: an HTML page, not a feed"),
        (Reply(b""), "empty: the body is empty"),
        (Reply(b" \r\n\n"), "empty: the body is empty"),
        (Reply(b"Service temporarily unavailable"), "notfeed: not a feed: it begins"),
        (Reply(WHOLE[:60]), "truncated: "),
        (Reply(b"\x1f\x8b garbage", headers={"Content-Encoding": "gzip"}), "encoding: "),
        (Reply(status="404 Not Found"), "notfound: "),
        (Reply(status="500 Oops"), "server: "),
        (Reply(status="302 Found", headers={"Location": "/bad"}), "redirects: "),
    ],
    ids=lambda value: value.split(":")[0] if isinstance(value, str) else "",
)
def test_what_is_no_feed_fails_alone_and_says_why(
    room: Play, reply: Reply, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(room: Room) -> None:
        bad, good = await room.outlet("Valley", "/bad"), await room.outlet("Coast", "/good")
        bad.pages["/bad"], good.pages["/good"] = reply, GOOD
        outcomes = await room.poll()
        assert outcomes["/good"].outcome == "ok"
        outcome = outcomes["/bad"]
        assert outcome.outcome == "failed"
        assert outcome.error is not None
        assert outcome.error.startswith(error)
        poll, known = room.last_poll("/bad"), room.feeds()["/bad"]
        assert (poll.outcome, poll.error, poll.next_reason) == (
            "failed",
            outcome.error,
            outcome.reason,
        )
        assert (known.failures, known.last_error) == (1, outcome.error)
        assert known.next_at > room.clock()
        with open_reader(room.url) as reader:
            (failing,) = reader.status(now=room.clock()).failing
        assert (failing.url, failing.error) == (bad.base + "/bad", outcome.error)
        said = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
        assert len(said) == 1
        assert bad.base + "/bad" in said[0]
        assert error.split(":")[0] in said[0]
        # It is well again.
        bad.pages["/bad"] = Reply(WHOLE)
        assert (await room.poll())["/bad"].fresh == 4
        assert room.feeds()["/bad"].failures == 0

    room(scenario)


def test_a_document_cut_off_in_the_middle_gives_what_it_has(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        site.pages["/rss"] = Reply(WHOLE[: len(WHOLE) * 2 // 3])
        outcome = (await room.poll())["/rss"]
        assert outcome.outcome == "ok"
        assert 1 <= outcome.fresh < 4
        assert outcome.notes, "that it was cut off is said"
        site.pages["/rss"] = Reply(WHOLE)
        await room.poll()
        titles = [a.title for a in room.articles()]
        assert sorted(titles) == [f"Report {n}" for n in range(4)]

    room(scenario)


def test_a_server_that_never_answers_fails_when_its_time_is_over(room: Play) -> None:
    async def scenario(room: Room) -> None:
        bad, good = await room.outlet("Valley", "/bad"), await room.outlet("Coast", "/good")
        bad.pages["/bad"], good.pages["/good"] = NEVER, GOOD
        room.polling = Polling(allow_hosts=("127.0.0.0/8",), workers=1, timeout=1)
        outcomes = await room.poll()
        assert outcomes["/good"].outcome == "ok"
        assert outcomes["/bad"].error == f"timeout: {bad.base}/bad took longer than 1 s"

    room(scenario)


@pytest.mark.parametrize(
    ("declared", "actual"),
    [("utf-8", "cp1252"), ("us-ascii", "utf-8"), ("iso-8859-1", "utf-8"), ("nonsense", "utf-8")],
)
def test_a_feed_that_lies_about_its_charset_is_read_as_it_is(
    room: Play, declared: str, actual: str
) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        words = "Où l’été s’achève, le châtelain « cœur léger » rêve à Noël. " * 12
        body = rss([Item("Été", words, guid="1")]).decode().replace("UTF-8", declared)
        site.pages["/rss"] = Reply(
            body.encode(actual), headers={"Content-Type": f"application/xml; charset={declared}"}
        )
        outcome = (await room.poll())["/rss"]
        assert outcome.fresh == 1, outcome
        (article,) = room.articles()
        assert article.title == "Été"
        (body_row,) = room.rows(models.body)
        assert "« cœur léger »" in unpack_text(body_row.data)

    room(scenario)


@pytest.mark.parametrize("front", ["http://valley.example/", "http://valley.example/live#{}"])
def test_items_that_share_one_link_are_still_themselves(room: Play, front: str) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        items = [
            Item(f"Report {n}", made_up(30 + n, 14), guid=f"g{n}", link=front.format(n))
            for n in range(4)
        ]
        site.pages["/rss"] = feed(*items[:3])
        assert (await room.poll())["/rss"].fresh == 3
        site.pages["/rss"] = feed(*items)
        assert (await room.poll())["/rss"].fresh == 1
        site.pages["/rss"] = feed(*items[::-1])
        assert (await room.poll())["/rss"].fresh == 0
        assert len(room.articles()) == 4

    room(scenario)


# ---------------------------------------------------------------- receivers


@pytest.mark.parametrize(
    ("answer", "state", "outcome"),
    [
        (Reply(status="400 Bad Request"), "dead", "refused"),
        (Reply(status="500 Oops"), "retry", "refused"),
        (NEVER, "retry", "timeout"),
    ],
    ids=["rejects", "fails", "hangs"],
)
def test_a_bad_receiver_is_nobody_elses_trouble(
    room: Play, answer: Reply | str, state: str, outcome: str
) -> None:
    async def scenario(room: Room) -> None:
        valley, coast = await room.outlet("Valley"), await room.outlet("Coast", "/good")
        desk = await room.site()
        desk.pages["/bad"], desk.pages["/well"] = answer, Reply()
        room.receivers = [
            Receiver(name, Secret(f"json://{desk.host}:{desk.port}/{name}?rto=0.3"))
            for name in ("bad", "well")
        ]
        room.watches = [Watch("w", "text", TEXT, (Condition("new_copy"),), notify=("bad", "well"))]
        valley.pages["/rss"] = feed(Item("Other", made_up(9, 14), guid="0"))
        coast.pages["/good"] = feed(Item("Other", made_up(8, 14), guid="0"))
        await room.poll()
        coast.pages["/good"] = GOOD
        await room.poll()
        done = await room.service.deliver()
        assert (done.claimed, done.sent) == (2, 1)
        by_name = {d.receiver: d for d in room.rows(models.delivery)}
        assert by_name["well"].state == "sent"
        assert by_name["bad"].state == state
        (attempt,) = [a for a in room.rows(models.attempt) if a.delivery_id == by_name["bad"].id]
        assert attempt.outcome == outcome
        assert desk.times("/well") == 1
        # Polling goes on, and the alert with it.
        assert (await room.poll())["/good"].outcome == "unchanged"
        assert len(room.fired()) == 1
        if state == "dead":
            with open_reader(room.url) as reader:
                (dead,) = reader.status(now=room.clock()).dead
            assert (dead.receiver, dead.watch) == ("bad", "w")
            return
        desk.pages["/bad"] = Reply()
        room.clock.forward(hours=2)
        # The attempt that hung may not have ended yet; then there is no second one beside it.
        while (await room.service.deliver()).sent == 0:
            room.clock.forward(hours=2)
        assert {d.state for d in room.rows(models.delivery)} == {"sent"}
        assert desk.times("/well") == 1

    room(scenario)


# ---------------------------------------------------------------- the database


@contextmanager
def held(url: str) -> Iterator[None]:
    """Another program that holds the database's write lock."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_a_locked_database_loses_nothing(room: Play, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Coast")
        site.pages["/rss"] = feed(Item("Other", made_up(8, 14), guid="0"), ETag='"0"')
        await room.open(busy_ms=20)
        await room.service.tick()
        before = room.feeds()["/rss"]
        room.clock.at = before.next_at
        site.pages["/rss"] = Reply(GOOD.body, headers={"ETag": '"1"'})
        assert await room.service.dispatch() == 1  # claimed; and now somebody takes the lock
        with held(room.url):
            with pytest.raises(StorageBusy, match="is locked"):
                await room.service.tick()
            assert "could not be recorded" in caplog.text
            assert room.feeds()["/rss"].etag == '"0"', "or the next answer would be a 304"
            assert len(room.articles()) == 1
        assert await room.service.tick() == []
        poll, known = room.last_poll(), room.feeds()["/rss"]
        assert poll.outcome == "failed"
        assert poll.error is not None
        assert poll.error.startswith("storage: sqlite:///")
        assert "locked" in poll.error
        assert (known.lease_by, known.last_ok_at) == (None, before.last_ok_at)
        room.clock.at = known.next_at
        (outcome,) = await room.service.tick()
        assert (outcome.outcome, outcome.fresh) == ("ok", 1)
        newest = room.rows(models.sighting)[-1]
        assert (newest.after, newest.by) == (before.last_ok_at, room.clock())

    room(scenario)


def test_a_database_from_a_newer_version_is_left_alone(database_url: str) -> None:
    async def scenario(room: Room) -> None:
        await room.open()
        with room.service.database.write() as conn:
            conn.execute(text("UPDATE alembic_version SET version_num = 'r9999'"))
        await room.close()
        with pytest.raises(StorageError, match=r"newer version.*Update Syndication Watch"):
            await room.open()
        with pytest.raises(StorageError, match="newer version"):
            open_reader(room.url)

    play(database_url, scenario)


def test_a_database_that_may_only_be_read_says_so(
    request: pytest.FixtureRequest,
) -> None:
    psycopg = pytest.importorskip("psycopg")
    postgres = request.getfixturevalue("postgres")
    name = postgres.create("migrated")
    try:
        postgres.run("CREATE ROLE reader LOGIN")
        with psycopg.connect(postgres.url(name), autocommit=True) as owner:
            owner.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")

        async def scenario(room: Room) -> None:
            await room.outlet("Valley")
            with pytest.raises(StorageError, match="denies this user a right"):
                await room.open()

        play(postgres.url(name).replace("//postgres@", "//reader@"), scenario)
    finally:
        postgres.drop(name)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nobody may write there: by its mode, or for root, whom no mode stops, by a mount."""
    if os.geteuid() != 0:
        for each in (*folder.iterdir(), folder):
            each.chmod(0o555)
        try:
            yield
        finally:
            folder.chmod(0o755)
        return
    for options in (["--bind", folder, folder], ["-o", "remount,ro,bind", folder]):
        done = subprocess.run(["mount", *options], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"root may write to read-only files, and cannot mount: {done.stderr}")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_file_that_may_only_be_read_says_so(sqlite_url: str, tmp_path: Path) -> None:
    async def scenario(room: Room) -> None:
        await room.outlet("Valley")
        with pytest.raises(StorageError, match=r"read-only|readonly|write"):
            await room.open()

    with read_only(tmp_path):
        play(sqlite_url, scenario)


def test_a_defect_in_recording_backs_off_and_the_others_go_on(
    room: Play, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(room: Room) -> None:
        bad, good = await room.outlet("Valley", "/bad"), await room.outlet("Coast", "/good")
        bad.pages["/bad"] = feed(Item("Other", TEXT, guid="0"))
        good.pages["/good"] = feed(Item("Third", made_up(7, 14), guid="0"))
        await room.poll()
        # A stored text that nobody can unpack, as a flipped bit leaves it.
        with room.service.database.write() as conn:
            conn.execute(update(models.body).values(data=b"not zstd"))
        await room.close()
        bad.pages["/bad"] = feed(Item("Copy", TEXT + "\nAnd more.", guid="9"))
        good.pages["/good"] = feed(Item("Fresh", made_up(6, 14), guid="6"))
        outcomes = await room.poll()
        assert (outcomes["/good"].outcome, outcomes["/good"].fresh) == ("ok", 1)
        outcome = outcomes["/bad"]
        assert outcome.outcome == "failed"
        assert outcome.error is not None
        assert outcome.error.startswith("defect: ZstdError: ")
        assert (room.last_poll("/bad").error, room.feeds()["/bad"].failures) == (outcome.error, 1)
        assert room.feeds()["/bad"].next_at > room.clock()
        assert "broke off" in caplog.text

    room(scenario)
