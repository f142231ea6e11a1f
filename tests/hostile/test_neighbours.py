"""One good host among many that are dead, slow or refuse: it is polled as if it were alone."""

from __future__ import annotations

import asyncio

from tests import texts
from tests.fakes import T0, FakeClock
from tests.hostile.wild import DOMAIN, Names, Wild, answer, dripping
from tests.poll.newsroom import Item, Site, feed
from watcher.archive.feeds import list_feeds, polls_of
from watcher.config import Config, Feed, Outlet, Polling
from watcher.daemon import Service


def test_199_dead_hosts_do_not_delay_the_good_one(url: str) -> None:
    async def work() -> None:
        never = asyncio.Event()

        async def silent(_: object) -> None:
            await never.wait()

        async with Wild("127.0.0.66") as wild, Site("127.0.0.2") as good:
            good.pages["/rss"] = feed(Item("Harbour", texts.HARBOUR, guid="h", date=T0))
            pages = {
                "/silent": silent,
                "/drip": dripping(b"", b"HTTP/1.1 200 OK\r\nX: "),
                "/slow": dripping(answer(b"x" * 5000)[:-5000], b"<rss>"),
            }
            wild.pages.update(pages)
            addresses = [
                f"http://h{n}.{DOMAIN}:{wild.port}{list(pages)[n % 3]}" for n in range(199)
            ]
            dead = Outlet("Dead", "dead.example", "Dead", tuple(map(Feed, addresses)))
            fine = Outlet("Good", "good.example", "Good", (Feed(good.base + "/rss"),))
            clock = FakeClock(T0)
            service = Service(
                # The good one last, so that all the others are claimed before it.
                Config(
                    outlets=(dead, fine),
                    polling=Polling(allow_hosts=("127.0.0.0/8",), workers=1, timeout=600),
                ),
                url,
                clock=clock,
                gap=0.0,
                spread_s=0.0,
                resolver=Names(wild.host, {}),
            )
            await service.start()
            try:
                clock.forward(minutes=1)
                claimed = await service.dispatch()
                assert claimed == 200
                [row] = [f for f in list_feeds(service.database) if "/rss" in f.url]
                while not polls_of(service.database, row.id):
                    await asyncio.sleep(0.05)
                [poll] = polls_of(service.database, row.id)
                assert (poll.outcome, poll.entries) == ("ok", 1)
                # Everybody else is still being waited for; its own task ends after its poll.
                while len(service.polls.tasks) > 199:
                    await asyncio.sleep(0.01)
                assert len(service.polls.tasks) == 199
                assert len(set(wild.asked)) == 3
            finally:
                await service.close(grace_s=0.0)
            never.set()

    asyncio.run(work())
