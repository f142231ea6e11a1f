"""A first poll of 200 real feeds, served on loopback, through the whole path into SQLite.

    python benchmarks/real_feeds.py [CORPORA]

Each feed has a loopback address of its own, so that the per-host manners do not serialise them.
Article pages are not fetched (`full_text: never`): the corpus holds feeds only.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import tarfile
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from aiohttp import web

from watcher import config as feeds_yaml
from watcher.daemon import PollOutcome, poll_once, utc_now


def corpora() -> Path:
    """The folder of the development corpora: the argument, WATCHER_CORPORA, or ../shared/data."""
    named = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("WATCHER_CORPORA")
    return Path(named) if named else Path(__file__).parents[2] / "shared" / "data"


def read_feeds(archive: Path) -> list[tuple[str, bytes]]:
    """(name, bytes) of each feed in the archive."""
    with tarfile.open(archive) as tar:
        found = []
        for member in tar:
            if member.isfile() and not member.name.endswith((".json", "LICENSE", ".md")):
                source = tar.extractfile(member)
                if source is not None:
                    found.append((member.name, source.read()))
    return found


async def serve(feeds: list[tuple[str, bytes]]) -> tuple[list[web.BaseSite], list[str]]:
    """One server; feed n is asked for at 127.0.(n // 250 + 1).(n % 250 + 1)."""
    app = web.Application()

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=feeds[int(request.match_info["n"])][1], content_type="text/xml")

    app.router.add_get("/{n}/feed.xml", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "0.0.0.0", 0)  # noqa: S104  the feeds have loopback addresses each
    await site.start()
    server = site._server
    assert server is not None
    port = server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    urls = [
        f"http://127.0.{n // 250 + 1}.{n % 250 + 1}:{port}/{n}/feed.xml" for n in range(len(feeds))
    ]
    return [site], urls


class Peak(threading.Thread):
    """Samples the memory of this process and all that descend from it (Linux)."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._done = threading.Event()
        self._most = 0.0
        self.start()

    def run(self) -> None:
        while not self._done.wait(0.1):
            self._most = max(self._most, self._sum())

    def stop(self) -> float:
        """The peak so far, in MB."""
        self._done.set()
        self.join()
        return self._most

    def _sum(self) -> float:
        parent, pages = {}, {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            pid = int(stat.parent.name)
            parent[pid], pages[pid] = int(fields[1]), int(fields[21])
        family = {os.getpid()}
        grown = True
        while grown:
            more = {p for p, up in parent.items() if up in family} - family
            family |= more
            grown = bool(more)
        return sum(pages.get(p, 0) for p in family) * resource.getpagesize() / 1e6


def main() -> None:
    archive = corpora() / "feeds" / "real200.tar.gz"
    if not archive.exists():
        sys.exit(f"{archive} is not there: give the folder of the corpora as argument")
    feeds = read_feeds(archive)
    with tempfile.TemporaryDirectory() as folder:
        loop = asyncio.new_event_loop()
        _, urls = loop.run_until_complete(serve(feeds))
        threading.Thread(target=loop.run_forever, daemon=True).start()
        path = Path(folder) / "feeds.yaml"
        outlets = "".join(
            f"  - domain: f{n}.example\n    feeds: [{{url: '{url}', full_text: never}}]\n"
            for n, url in enumerate(urls)
        )
        path.write_text(f"outlets:\n{outlets}polling: {{allow_hosts: ['127.0.0.0/8']}}\n")
        config = feeds_yaml.load(path, {})
        outcomes: list[PollOutcome] = []

        def progress(outcome: PollOutcome | None, _total: int) -> None:
            if outcome is not None:
                outcomes.append(outcome)

        peak = Peak()
        started = time.monotonic()
        url = f"sqlite:///{folder}/watcher.db"
        poll_once(config, url, [], utc_now, progress)
        seconds = time.monotonic() - started
        own = resource.getrusage(resource.RUSAGE_SELF)
        whole = peak.stop()
        size = Path(folder, "watcher.db").stat().st_size
    by_url = dict(zip(urls, (name for name, _ in feeds), strict=True))
    print(f"feeds                {len(outcomes)} of {len(feeds)}")
    print(f"outcomes             {dict(Counter(o.outcome for o in outcomes))}")
    print(f"entries              {sum(o.entries for o in outcomes)}")
    print(f"articles recorded    {sum(o.fresh for o in outcomes)}, all fingerprinted")
    print(f"wall time            {seconds:.1f} s, {len(outcomes) / seconds:.0f} feeds/s")
    print(f"cpu                  {own.ru_utime + own.ru_stime:.1f} s in the main process")
    print(f"peak memory          {own.ru_maxrss / 1024:.0f} MB main, {whole:.0f} MB with workers")
    print(f"database             {size / 1e6:.1f} MB")
    for outcome in outcomes:
        if outcome.error:
            print(f"failed               {by_url[outcome.feed]}: {outcome.error}")
    notes = Counter(note.split(":")[0] for o in outcomes for note in o.notes)
    for note, count in notes.most_common(12):
        print(f"note                 {count} x {note}")


if __name__ == "__main__":
    main()
