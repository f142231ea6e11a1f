"""What happens to the program: polls, time, outages, crashes, clock steps, a second process."""

from __future__ import annotations

import threading
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from storage import models
from tests.record.playing import COUNTS, WAITS, Playing
from tests.record.pressroom import AT_FIRST, FEEDS, Daemon, Died, dying, rows


class Program(Playing):
    """Rules."""

    @rule(which=st.integers(0, 1))
    def poll_all(self, which: int) -> None:
        for feed in sorted(self.reader.feeds):
            self.poll(feed, which)
        self.clock.forward(minutes=15)

    @rule(hours=st.sampled_from(WAITS))
    def wait(self, hours: float) -> None:
        self.quiet(timedelta(hours=hours))

    @rule(hours=st.sampled_from([3.0, 8.0, 24.0 * 8, 24.0 * 20]), down=st.sampled_from(AT_FIRST))
    def outage(self, hours: float, down: str) -> None:
        self.quiet(timedelta(hours=hours), frozenset({down}))

    @precondition(lambda self: len(self.reader.feeds) < len(FEEDS))
    @rule(pick=st.integers(0, 5))
    def add_feed(self, pick: int) -> None:
        missing = sorted(set(FEEDS) - set(self.reader.feeds))
        self._add_feeds({missing[pick % len(missing)]})

    @rule(which=st.integers(0, 1))
    def restart(self, which: int) -> None:
        self.daemons[which] = Daemon(next(self._opened), self.press, self.clock)

    @rule(hours=st.sampled_from([-72.0, -10.0, -0.5, 0.5, 10.0]))
    def step_clock(self, hours: float) -> None:
        self.clock.forward(hours=hours)

    @rule(feed=st.sampled_from(sorted(FEEDS)), after=st.integers(1, 40), which=st.integers(0, 1))
    def crash(self, feed: str, after: int, which: int) -> None:
        """The program dies in the middle, or at the commit, and starts again."""
        if feed not in self.reader.feeds:
            return
        before = self._everything()
        try:
            with dying(self.daemons[which].database, after):
                self.daemons[which].poll(feed)
        except Died:
            COUNTS.crashes += 1
            assert self._everything() == before
            self.restart(which)
            self.daemons[which].poll(feed)
        self._read(feed)

    @rule(pair=st.sampled_from([("w", "g"), ("g", "c"), ("c", "w"), ("h", "e"), ("g", "g2")]))
    def poll_two_at_once(self, pair: tuple[str, str]) -> None:
        """Two processes, each with a feed; the reader takes them as they were recorded."""
        if not self.at_once or not set(pair) <= set(self.reader.feeds):
            return
        errors: list[BaseException] = []

        def run(which: int) -> None:
            try:
                self.daemons[which].poll(pair[which])
            except BaseException as error:  # noqa: BLE001  raised below, in the test's thread
                errors.append(error)

        threads = [threading.Thread(target=run, args=(i,)) for i in (0, 1)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert errors == []
        for feed in self._as_recorded(pair):
            self._read(feed)

    def _as_recorded(self, pair: tuple[str, str]) -> list[str]:
        polls = rows(self.database, models.poll.c.id, models.poll.c.feed_id)
        urls = dict(rows(self.database, models.feed.c.id, models.feed.c.url))
        order = [urls[f].rsplit("/", 1)[1].removesuffix(".xml") for _, f in sorted(polls)[-2:]]
        assert sorted(order) == sorted(pair)
        return order
