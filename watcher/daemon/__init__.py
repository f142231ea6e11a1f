"""The daemon: does what is due until it is told to stop.

`Service` has the parts and the jobs, `run_daemon` adds the schedule, signals and systemd, and
`poll_once` and `plan` are one round of it.
"""

from watcher.daemon.once import Plan, plan, poll_once
from watcher.daemon.run import run_daemon
from watcher.daemon.service import Service, utc_now
from watcher.poll import PollOutcome

__all__ = ["Plan", "PollOutcome", "Service", "plan", "poll_once", "run_daemon", "utc_now"]
