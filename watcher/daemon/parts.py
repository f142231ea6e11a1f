"""Parts of a Service that its configuration makes, and makes anew when it is reloaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from datetime import datetime
from typing import TYPE_CHECKING

from watcher.archive import Database
from watcher.archive.outbox import Outbox
from watcher.archive.threads import Threads
from watcher.config import Config
from watcher.core import schedule
from watcher.core.credit import Agency, own_phrase
from watcher.deliver import AppriseSender, Deliverer
from watcher.deliver.adoption import adoption_picture
from watcher.fetch import Elsewhere, Fetcher
from watcher.poll import Poller
from watcher.record.recorder import Recorder
from watcher.workers import Workers

if TYPE_CHECKING:
    from aiohttp.abc import AbstractResolver


def fetcher_of(
    config: Config, gap: float, resolver: AbstractResolver | None, elsewhere: Elsewhere | None
) -> Fetcher:
    """A fetcher, to be entered. `gap`: seconds between requests to one host; `elsewhere`: what
    other machines ask of hosts."""
    polling = config.polling
    return Fetcher(
        user_agent=polling.user_agent,
        timeout=polling.timeout,
        allow_hosts=polling.allow_hosts,
        gap=gap,
        resolver=resolver,
        elsewhere=elsewhere,
    )


def poller_of(
    config: Config,
    database: Database,
    fetcher: Fetcher,
    workers: Workers,
    recorder: Recorder,
    writer: Executor,
    *,
    owner: str,
    clock: Callable[[], datetime],
    pages_s: float,
) -> Poller:
    """A poller of the configured feeds."""
    polling = config.polling
    return Poller(
        database,
        fetcher,
        workers,
        recorder,
        writer,
        feeds={f.url: f for o in config.outlets for f in o.feeds},
        limits=schedule.Limits(float(polling.min_interval), float(polling.max_interval)),
        owner=owner,
        clock=clock,
        agencies=(
            *(Agency(a.name, a.aliases) for a in config.credits),
            *map(own_phrase, config.credit_phrases),
        ),
        proxy=polling.proxy,
        pages_s=pages_s,
    )


def sender_of(
    database: Database,
    url: str,
    clock: Callable[[], datetime],
    endpoints: Mapping[str, str] | None,
    spacing_s: float | None,
) -> AppriseSender:
    """A sender of alerts; `endpoints` and `spacing_s` are for local receivers."""
    return AppriseSender(
        endpoints=endpoints,
        spacing_s=spacing_s,
        clock=clock,
        threads=Threads(database),
        pictures=lambda story: adoption_picture(url, story, now=clock()),
    )


def deliverer_of(
    database: Database,
    sender: AppriseSender,
    clock: Callable[[], datetime],
    owner: str,
    stopping: Callable[[], bool],
) -> Deliverer:
    """What empties the outbox, to be entered."""
    return Deliverer(Outbox(database), sender, now=clock, owner=owner, stopping=stopping)
