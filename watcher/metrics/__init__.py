"""Figures for Prometheus, and whether the daemon is well, over HTTP on loopback.

`Counted` keeps what is counted as it happens, `exposition` adds how the database is at the moment
and writes both in Prometheus's text format, `Endpoint` serves it. Labels hold words of our own
closed vocabularies alone: no outlet, address or name, which would leak, and grow without bound.
"""

from watcher.metrics.counted import Counted
from watcher.metrics.endpoint import Endpoint, Health
from watcher.metrics.exposition import CONTENT_TYPE, exposition

__all__ = ["CONTENT_TYPE", "Counted", "Endpoint", "Health", "exposition"]
