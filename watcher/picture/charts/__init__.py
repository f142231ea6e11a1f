"""The drawings of a story: when each outlet had it, how far it went, who took it from whom."""

from __future__ import annotations

from watcher.picture.charts.axis import NARROW, WIDE
from watcher.picture.charts.howfar import episodes, growth
from watcher.picture.charts.legend import legend
from watcher.picture.charts.when import LANES, timeline
from watcher.picture.charts.whom import ROWS, lineage

__all__ = [
    "LANES",
    "NARROW",
    "ROWS",
    "WIDE",
    "episodes",
    "growth",
    "legend",
    "lineage",
    "timeline",
]
