"""What is counted as it happens, since the daemon started."""

from __future__ import annotations

import time
from collections.abc import Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
)

from watcher import __version__

_LATE = (0.5, 1, 2, 5, 15, 60, 300, 900, 3600)
_TOOK = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class _Process(ProcessCollector):
    """Without /proc/stat, which the hardened unit hides (ProcSubset=pid), the library would give
    nothing of a process at all, only because it looks there for the time of the boot."""

    def _boot_time(self) -> float:
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)


class Counted:
    """The counters of one daemon, in a registry of their own. Used from the event loop."""

    def __init__(self) -> None:
        self.registry = of = CollectorRegistry()
        _Process(registry=of)  # memory, file handles, CPU time
        Info("watcher_build", "The version.", registry=of).info({"version": __version__})
        self.started = Gauge("watcher_start_time_seconds", "When the daemon started.", registry=of)
        self.last_tick = Gauge(
            "watcher_last_tick_timestamp_seconds",
            "When feeds that are due were last looked for.",
            registry=of,
        )
        self.under_way = Gauge("watcher_polls_under_way", "Polls under way.", registry=of)
        self._polls = Counter("watcher_polls", "Polls, by outcome.", ["outcome"], registry=of)
        self._late = Histogram(
            "watcher_poll_lateness_seconds",
            "From when a poll was due until it began.",
            buckets=_LATE,
            registry=of,
        )
        self._took = Histogram(
            "watcher_poll_duration_seconds",
            "From a poll's beginning until it was recorded.",
            buckets=_TOOK,
            registry=of,
        )
        self._entries = Counter("watcher_entries", "Entries that feeds showed.", registry=of)
        self._articles = Counter("watcher_articles", "Articles not known before.", registry=of)
        self._matches = Counter("watcher_matches", "Matches found, by kind.", ["kind"], registry=of)
        self._alerts = Counter("watcher_alerts", "Alerts that fired.", registry=of)
        self._told = Counter(
            "watcher_delivery_results",
            "What became of deliveries that had their turn, by result.",
            ["result"],
            registry=of,
        )
        self.kills = Counter(
            "watcher_worker_kills",
            "Parsing that ended with its worker, by reason.",
            ["reason"],
            registry=of,
        )
        # Series that are there from the start: an alerting rule sees the first one happen.
        for outcome in ("ok", "unchanged", "failed", "refused"):
            self._polls.labels(outcome)
        for result in ("sent", "retried", "dead", "held", "put_off", "lost"):
            self._told.labels(result)
        for reason in ("timeout", "died", "memory"):
            self.kills.labels(reason)
        self._killed: dict[str, int] = {}

    def polled(
        self,
        outcome: str,
        entries: int,
        fresh: int,
        matches: Mapping[str, int],
        alerts: int,
        *,
        late_s: float,
        took_s: float,
    ) -> None:
        """A poll has ended. Seconds; negative ones, of a clock that was set, count as none."""
        self._polls.labels(outcome).inc()
        self._late.observe(max(0.0, late_s))
        self._took.observe(max(0.0, took_s))
        self._entries.inc(entries)
        self._articles.inc(fresh)
        self._alerts.inc(alerts)
        for kind, count in matches.items():
            self._matches.labels(kind).inc(count)

    def delivered(self, results: Mapping[str, int]) -> None:
        """A lane of deliveries has ended: what became of how many."""
        for result, count in results.items():
            self._told.labels(result).inc(count)

    def killed(self, kills: Mapping[str, int]) -> None:
        """Worker kills so far, by reason."""
        for reason, count in kills.items():
            self.kills.labels(reason).inc(count - self._killed.get(reason, 0))
            self._killed[reason] = count
