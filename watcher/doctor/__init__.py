"""`watcher doctor`: looks at everything that a watch needs, and says what is wrong and the fix.

Changes nothing. Each check is apart: what one finds does not keep the others from looking.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from watcher.config import Config
from watcher.core.message import Facts
from watcher.deliver import AppriseSender
from watcher.doctor import machine, stored, told, unit
from watcher.doctor.values import Finding

__all__ = ["Finding", "examine"]


def examine(
    path: Path | None,
    database_url: str,
    env: Mapping[str, str],
    now: datetime,
    *,
    send: bool = False,
) -> Iterator[Finding]:
    """All findings, as they come. `path`: feeds.yaml, None where only a database was named.
    `send`: each receiver gets a test message."""
    config: Config | None = None
    if path is not None:
        findings, config = told.configuration(path, env)
        yield from findings
    findings, readable = stored.database(database_url)
    yield from findings
    if readable:
        yield from stored.contents(database_url, now)
        yield from stored.clocks(database_url)
    if config is not None:
        yield from told.receivers(config.receivers)
        if send and config.receivers:
            yield from told.sent(config.receivers, _test(now), AppriseSender())
        yield machine.names(_hosts(config))
    yield machine.clock(machine.synchronised())
    yield from _disk(database_url)
    yield machine.workers()
    watches = config.watches if config else ()
    yield machine.translations([w.name for w in watches if w.translations is not None])
    yield unit.judge(unit.shown())
    yield machine.versions()


def _test(now: datetime) -> Facts:
    return Facts(
        watch="test",
        condition="resurfaced",
        headline="This is a test of Syndication Watch",
        outlet="watcher doctor --send",
        seen_by=now,
        reason="somebody ran `watcher doctor --send`",
    )


def _hosts(config: Config) -> list[str]:
    """The names that are polled, each once; not those that a proxy looks up, nor addresses."""
    found: dict[str, None] = {}
    for outlet in config.outlets:
        for feed in outlet.feeds:
            host = urlsplit(feed.url).hostname or ""
            literal = ":" in host or host.replace(".", "").isdigit()
            if host and not literal and feed.proxy_url(config.polling.proxy) is None:
                found[host] = None
    return list(found)


def _disk(url: str) -> Iterator[Finding]:
    file = Path(url.removeprefix("sqlite:///")).absolute()
    if url.startswith("sqlite:///") and file.parent.is_dir():
        yield machine.disk(file.parent, file.stat().st_size if file.exists() else 0)
