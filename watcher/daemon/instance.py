"""Which process holds a lease, and whether it has died.

A lease names its holder. One that was killed cannot give its leases back, and they would keep its
feeds waiting until they end; but a process that starts can tell, for holders of its own machine,
which of them are no more. So a daemon that is restarted after kill -9 goes on at once, and several
daemons on one machine, or on several, never take anything from one another that lives.

A holder is `host:pid` and, in brackets, what makes that number mean one process: the boot, the
namespace that counts it (a container's pids are its own), and its start, for numbers are used
again (proc(5), pid_namespaces(7)). Of what cannot be told the answer is: it may be alive.
"""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path

_HOLDER = re.compile(r"(?P<host>.+):(?P<pid>\d+) \[(?P<boot>\S*) (?P<space>\S*) (?P<start>\S*)\]")


@dataclass(frozen=True, slots=True)
class Machine:
    """What this machine says of its processes. `proc`: where it says so."""

    host: str
    boot: str
    space: str
    proc: Path

    @classmethod
    def here(cls, proc: Path = Path("/proc")) -> Machine:
        """The machine that we run on. Where it has no /proc, it says little."""
        return cls(
            host=socket.gethostname(),
            boot=_read(proc / "sys/kernel/random/boot_id").strip(),
            space=_namespace(proc),
            proc=proc,
        )

    def holder(self, pid: int | None = None) -> str:
        """The name under which a process of this machine, default this one, holds leases."""
        pid = os.getpid() if pid is None else pid
        return f"{self.host}:{pid} [{self.boot} {self.space} {self._start(pid)}]"

    def dead(self, holder: str) -> bool:
        """Whether a holder is known to be no more."""
        found = _HOLDER.fullmatch(holder)
        if found is None or found["host"] != self.host:
            return False
        if self.boot and found["boot"] and found["boot"] != self.boot:
            return True
        if found["space"] != self.space:
            return False
        pid = int(found["pid"])
        if not _exists(pid):
            return True
        start = self._start(pid)
        return bool(start and found["start"]) and start != found["start"]

    def _start(self, pid: int) -> str:
        """When a process began, in ticks since the boot; "" where that is hidden."""
        # The command in brackets may hold anything (proc_pid_stat(5)): count from the last one.
        fields = _read(self.proc / str(pid) / "stat").rpartition(")")[2].split()
        return fields[19] if len(fields) > 19 else ""


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _namespace(proc: Path) -> str:
    try:
        return os.readlink(proc / "self/ns/pid")
    except OSError:
        return ""
