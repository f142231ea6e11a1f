"""What the daemon stands on: clock, disk, names, workers, versions."""

from __future__ import annotations

import asyncio
import ctypes
import os
import platform
import shutil
import socket
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from watcher import __version__
from watcher.core.errors import WorkerError
from watcher.doctor.values import Finding, bad, ok, warn
from watcher.tongues import EXTRA, available
from watcher.workers import Workers

_UNSYNC = 0x40  # STA_UNSYNC of linux/timex.h
_STATUS_AT = 40  # bytes before `status` in struct timex, where a long has eight (adjtimex(2))
NO_ROOM = 256 << 20  # bytes: SQLite's log and a backup's first part no longer fit
LITTLE_ROOM = 1 << 30
_NAMES = 3  # host names looked up
_NAME_S = 5.0
_PEERS = ("feedparser", "SQLAlchemy", "aiohttp", "apprise", "simhash", "trafilatura")


def synchronised() -> bool | None:
    """Whether the kernel's clock is kept right by somebody; None where that cannot be told."""
    if sys.platform != "linux" or ctypes.sizeof(ctypes.c_long) != 8:
        return None
    timex = ctypes.create_string_buffer(512)  # all zero: modes 0 asks and sets nothing
    if ctypes.CDLL(None, use_errno=True).adjtimex(timex) < 0:
        return None
    status = int.from_bytes(timex.raw[_STATUS_AT : _STATUS_AT + 4], sys.byteorder)
    return not status & _UNSYNC


def clock(kept: bool | None) -> Finding:
    """Sightings are intervals of this machine's time: a wrong clock makes wrong orders."""
    if kept:
        return ok("clock", "kept right by a time service")
    if kept is None:
        return warn("clock", "cannot tell whether it is kept right", "see timedatectl")
    return warn("clock", "not synchronised", "apt install systemd-timesyncd, or chrony")


def translations(asking: Sequence[str] = (), *, there: bool | None = None) -> Finding:
    """Whether the extra that finds translations is there; `asking`: the watches that want them."""
    if available() if there is None else there:
        return ok("translations", "looked for in 15 languages")
    if asking:
        told = f"not looked for, though watches ask for them: {', '.join(asking)}"
        return warn("translations", told, f"pip install '{EXTRA}'")
    return ok("translations", f"not looked for; to have them: pip install '{EXTRA}'")


def disk(folder: Path, database: int) -> Finding:
    """Room for the database in `folder`, which holds `database` bytes now."""
    free = shutil.disk_usage(folder).free
    return room(free, database, folder)


def room(free: int, database: int, folder: Path) -> Finding:
    """Whether `free` bytes are enough: for some time, and for a backup beside the original."""
    found = f"{_size(free)} free at {folder}"
    if free < NO_ROOM:
        return bad("disk", found, "make room now: on a full disk nothing can even be deleted")
    if free < max(LITTLE_ROOM, database):
        wanted = f", a backup takes {_size(database)}" if free < database else ""
        return warn("disk", found + wanted, "make room, or keep less: storage.keep_bodies")
    return ok("disk", found)


def names(
    hosts: Sequence[str],
    look_up: Callable[[str], object] = lambda host: socket.getaddrinfo(host, 443),
) -> Finding:
    """Whether host names are found: a few of those that are polled."""

    async def tried(host: str) -> str:
        try:
            await asyncio.wait_for(asyncio.to_thread(look_up, host), _NAME_S)
        except TimeoutError:
            return f"{host}: no answer in {_NAME_S:g} s"
        except OSError as error:  # socket.gaierror is one
            return f"{host}: {error.strerror or error}"
        return ""

    async def all_of() -> list[str]:
        return await asyncio.gather(*map(tried, hosts[:_NAMES]))

    if not hosts:
        return ok("names", "no host name to look up")
    failed = [why for why in asyncio.run(all_of()) if why]
    if not failed:
        return ok("names", f"found: {', '.join(hosts[:_NAMES])}")
    fix = "resolvectl query NAME; check the network and /etc/resolv.conf"
    if len(failed) == len(hosts[:_NAMES]):
        return bad("names", f"none is found, {failed[0]}", fix)
    return warn("names", "; ".join(failed), fix)


def workers() -> Finding:
    """Whether a worker process starts, within its limits, and answers."""
    try:
        with Workers(1) as pool:
            asyncio.run(pool.run(os.getpid, timeout=30.0))
    except (WorkerError, OSError) as error:
        fix = (
            "look for limits on memory and processes: systemctl show watcher -p MemoryMax,TasksMax"
        )
        return bad("workers", f"none starts: {error}", fix)
    return ok("workers", "start and answer")


def versions(installed: Callable[[str], str] = version) -> Finding:
    """Ours and those of what we stand on."""
    found, missing = [], []
    for name in _PEERS:
        try:
            found.append(f"{name} {installed(name)}")
        except PackageNotFoundError:
            missing.append(name)
    told = f"watcher {__version__}, Python {platform.python_version()}, {', '.join(found)}"
    if missing:
        return bad("versions", f"missing: {', '.join(missing)}", "install again: install.sh")
    return ok("versions", told)


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
