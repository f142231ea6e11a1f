"""What was counted, and how the database is just now, in Prometheus's text format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from watcher.metrics.counted import Counted
from watcher.report import Figures

CONTENT_TYPE = CONTENT_TYPE_LATEST


def exposition(counted: Counted, figures: Figures) -> bytes:
    """Both as one document."""
    now = CollectorRegistry()
    now.register(_Now(figures))
    return generate_latest(counted.registry) + generate_latest(now)


class _Now:
    """The database's figures as gauges (prometheus_client.registry.Collector)."""

    def __init__(self, figures: Figures) -> None:
        self._of = figures

    def collect(self) -> Iterator[Metric]:
        """Prometheus asks for this."""
        f = self._of
        yield _by("watcher_feeds", "Feeds, by health.", "health", f.feeds)
        yield _one("watcher_feeds_overdue", "Feeds due that nobody polls.", f.overdue)
        yield _one(
            "watcher_schedule_lag_seconds", "How long the most overdue feed has waited.", f.late_s
        )
        yield _by("watcher_deliveries", "Deliveries on record, by state.", "state", f.deliveries)
        yield _one(
            "watcher_delivery_oldest_due_seconds",
            "How long the oldest delivery that could go has waited.",
            f.due_s,
        )
        yield _one(
            "watcher_delivery_oldest_seconds",
            "Age of the oldest alert that somebody is still to be told.",
            f.untold_s,
        )
        yield _one("watcher_receivers_failing", "Receivers that failed last.", f.receivers_failing)
        yield _one("watcher_database_bytes", "Size of the database.", f.size)
        if f.wal is not None:
            yield _one("watcher_database_wal_bytes", "Size of SQLite's log beside it.", f.wal)
        if f.free is not None:
            yield _one("watcher_disk_free_bytes", "Space left on the database's disk.", f.free)


def _one(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(name, told, value=value)


def _by(name: str, told: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label])
    for word, value in values.items():
        family.add_metric([word], value)
    return family
