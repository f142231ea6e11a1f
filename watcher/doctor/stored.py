"""The database, and what it says of the daemon, the feeds and the deliveries."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from watcher.archive import crew, open_archive
from watcher.archive.condition import Condition, condition, refusal
from watcher.core.errors import StorageBusy, StorageError
from watcher.doctor.values import Finding, bad, ok, warn
from watcher.report import FeedLine, Status, open_reader

RESTART = "systemctl restart watcher; then journalctl -u watcher"
SILENT = timedelta(minutes=5)  # the daemon gives a sign of life each minute
LATE = timedelta(minutes=15)
FUTURE = timedelta(minutes=1)
SKEW_S = 2.0  # of two machines' clocks: sightings of the same minute may stand in a wrong order
LEASE_S = 900.0  # for which a daemon holds a feed, by its own clock
_NAMED = 3  # of many, how many are named


def database(url: str) -> tuple[list[Finding], bool]:
    """What is to be said of the database; and whether it can be asked for more."""
    try:
        found = condition(url)
    except StorageBusy as error:
        return [bad("database", str(error), "wait for the other program, or stop it")], False
    except StorageError as error:
        return [bad("database", str(error), "see the line before; `watcher db upgrade`")], False
    findings = [_whole(found), *(() if found.file is None else _file(url, found.file))]
    if any(f.state == "bad" for f in findings):
        return findings, True
    owner = _somebody_elses(found.file)
    if owner:
        # What we wrote there would be ours, and the daemon could not write it any more.
        fix = f"run it as that user: sudo -u {owner} watcher doctor"
        findings.append(warn("writing", f"not tried: the database is the user {owner}'s", fix))
    else:
        why = refusal(url)
        findings.append(
            bad("writing", why, "see there; a full disk or a lock are the usual reasons")
            if why
            else ok("writing", "the database takes changes")
        )
    return findings, True


def _whole(found: Condition) -> Finding:
    if found.faults is None:
        if found.file is None:
            return ok("database", f"{found.engine} answers, and the tables are this program's")
        return ok("database", f"{found.engine}; too large to be read through just now")
    if found.faults:
        return bad(
            "database",
            f"damaged: {'; '.join(found.faults[:_NAMED])}",
            "stop the service, keep the file, put the last good backup in its place",
        )
    return ok("database", f"{found.engine}; the tables are this program's, quick check clean")


def _file(url: str, file: Path) -> Iterator[Finding]:
    if not url.startswith("sqlite:////"):
        yield warn(
            "database",
            f"{url} means another file in another folder, here {file}",
            f"in feeds.yaml: storage: {{url: 'sqlite:///{file}'}}",
        )
    mode = file.stat().st_mode
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield warn("permissions", f"others of this machine can open {file}", f"chmod 600 {file}")


def _somebody_elses(file: Path | None) -> str:
    if file is None or file.stat().st_uid == os.geteuid():
        return ""
    owner = file.stat().st_uid
    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError:
        return str(owner)


def contents(url: str, now: datetime) -> list[Finding]:
    """The daemon's sign of life, the feeds and the deliveries, as the database has them."""
    with open_reader(url) as reader:
        status = reader.status(now=now)
        lines = [line for line in reader.feeds() if line.state != "removed"]
    alive = status.heartbeat is not None and abs(now - status.heartbeat) <= SILENT
    return [
        daemon(status, now),
        feeds(lines, now, running=alive),
        *deliveries(status, now),
    ]


def clocks(url: str) -> list[Finding]:
    """Whether the server of a shared database has the same time as we have."""
    with open_archive(url, readonly=True) as database:
        return list(server_clock(crew.ahead_s(database)))


def server_clock(ahead: float | None) -> Iterator[Finding]:
    """Whether the database's server has the time that this machine has: daemons of several machines
    order their sightings, and keep out of each other's polls, by their own clocks."""
    if ahead is None:
        return
    by = f"{abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} this machine's"
    fix = "a time service on both: apt install chrony; then chronyc tracking"
    if abs(ahead) >= LEASE_S / 2:
        yield bad("clocks", f"the database server's is {by}: polls may be done twice", fix)
    elif abs(ahead) >= SKEW_S:
        yield warn("clocks", f"the database server's is {by}: orders may be told wrong", fix)
    else:
        yield ok("clocks", "the database server's agrees with this machine's")


def daemon(status: Status, now: datetime) -> Finding:
    """Whether the daemon lives; and whether the clock has gone back since it last did."""
    if status.heartbeat is None:
        return warn("daemon", "has never run on this database", "systemctl start watcher")
    since = now - status.heartbeat
    if since < -FUTURE:
        return bad(
            "daemon",
            f"its last sign of life is {_minutes(-since)} in the future: the clock was set back",
            "set the clock right (timedatectl), then: systemctl restart watcher",
        )
    if since > SILENT:
        return bad("daemon", f"no sign of life for {_minutes(since)}", RESTART)
    return ok("daemon", "running")


def feeds(lines: list[FeedLine], now: datetime, *, running: bool) -> Finding:
    """Failing, never polled, overdue; `running`: only then is being overdue a fault."""
    if not lines:
        return warn("feeds", "none is known", "name outlets in feeds.yaml; the daemon reads it")
    counts = f"{len(lines)} feeds"
    overdue = [f for f in lines if f.state in ("new", "ok", "failing") and now - f.next > LATE]
    if running and overdue:
        return bad("feeds", f"{counts}; {len(overdue)} overdue, {_named(overdue)}", RESTART)
    failing = [f for f in lines if f.unhealthy or f.state in ("failing", "gone")]
    look = "watcher feeds list; then watcher feeds show FEED for each"
    if len(failing) == len(lines):
        return bad("feeds", f"{counts}, and none works: {_named(failing)}", look)
    if failing:
        return warn("feeds", f"{counts}; {len(failing)} not well: {_named(failing)}", look)
    never = sum(f.polled is None for f in lines)
    return ok("feeds", counts + (f", {never} not polled yet" if never else ", all well"))


def deliveries(status: Status, now: datetime) -> Iterator[Finding]:
    """Given up, or waiting for longer than they should."""
    look = "watcher alerts list; watcher alerts test; then watcher alerts resend"
    if status.dead:
        last = status.dead[0]
        yield warn(
            "deliveries",
            f"given up: {len(status.dead)}, the last one to {last.receiver}: {last.reason}",
            look,
        )
    elif status.oldest_due is not None and now - status.oldest_due > LATE:
        waited = _minutes(now - status.oldest_due)
        yield bad("deliveries", f"one has waited for {waited}", look)
    else:
        yield ok("deliveries", "none has been given up, none is late")


def _named(lines: list[FeedLine]) -> str:
    rest = len(lines) - _NAMED
    return ", ".join(f.url for f in lines[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _minutes(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
