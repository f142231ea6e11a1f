"""A Debian with a real systemd as PID 1, in a container without network, for one test.

Needs root, and from Debian the packages debootstrap and systemd-container. The root file system
is made once (two or three minutes) and kept in the folder for temporary files; what a test does
to it is written over it in memory and is gone afterwards.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PACKAGES = "systemd,systemd-sysv,dbus,python3,python3-venv"
RELEASE = "bookworm"
CACHE = Path(os.environ.get("WATCHER_TEST_CACHE") or Path(tempfile.gettempdir()) / "watcher-test")


class CannotBoot(Exception):
    """This machine cannot run another one; the text says why."""


def root_file_system() -> Path:
    """A minimal Debian with systemd and Python, made by debootstrap where it is not here yet.

    Raises CannotBoot.
    """
    for program in ("debootstrap", "systemd-nspawn", "nsenter"):
        if shutil.which(program) is None:
            raise CannotBoot(f"{program} is missing: apt install debootstrap systemd-container")
    if os.geteuid() != 0:
        raise CannotBoot("only root can start a container")
    CACHE.mkdir(parents=True, exist_ok=True)
    root = CACHE / RELEASE
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.exists():
            made = CACHE / f"{RELEASE}.new"
            shutil.rmtree(made, ignore_errors=True)
            done = subprocess.run(
                [
                    "debootstrap",
                    "--variant=minbase",
                    f"--include={PACKAGES}",
                    RELEASE,
                    made,
                ],
                capture_output=True,
                text=True,
            )
            if done.returncode:
                shutil.rmtree(made, ignore_errors=True)
                raise CannotBoot(f"debootstrap failed: {done.stdout[-500:]}{done.stderr[-500:]}")
            made.rename(root)
    return root


class Machine:
    """A booted one. `leader` is its PID 1, as this machine counts."""

    def __init__(self, leader: int) -> None:
        self._leader = leader

    def run(
        self, *command: str, given: str | None = None, timeout_s: float = 300.0
    ) -> subprocess.CompletedProcess[str]:
        """A command in it, as root; whatever its exit code."""
        inside = ("nsenter", "--target", str(self._leader), "--all", "--")
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return subprocess.run(
            [*inside, "/usr/bin/env", "-i", "--chdir=/", f"PATH={path}", "LANG=C.UTF-8", *command],
            input=given if given is not None else "",
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )

    def ask(self, *command: str, given: str | None = None) -> str:
        """What a command says on stdout. Fails with all it said where it fails."""
        done = self.run(*command, given=given)
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        """A file in it, with the mode and owner that it has, or root's."""
        self.ask("sh", "-c", 'mkdir -p "$(dirname "$1")" && cat >"$1"', "-", path, given=text)

    def until(self, what: str, *command: str, timeout_s: float = 60.0) -> str:
        """Asks until the command succeeds; what it said then. `what`: for the failure."""
        end = time.monotonic() + timeout_s
        while True:
            done = self.run(*command)
            if done.returncode == 0:
                return done.stdout.strip()
            assert time.monotonic() < end, f"{what}: {done.stdout}{done.stderr}\n{self.journal()}"
            time.sleep(0.2)

    def journal(self, unit: str = "watcher.service") -> str:
        """All that a unit, and systemd about it, has said, with its syslog priorities."""
        return self.run("journalctl", "--unit", unit, "--no-pager", "--output", "short").stdout

    def property(self, name: str, unit: str = "watcher.service") -> str:
        """What systemd knows of a unit."""
        return self.ask("systemctl", "show", "--property", name, "--value", unit)


@contextmanager
def booted(shared: Mapping[str, Path]) -> Iterator[Machine]:
    """A machine with folders of ours under the paths named. Raises CannotBoot."""
    root = root_file_system()
    binds = [f"--bind-ro={ours}:{theirs}" for theirs, ours in shared.items()]
    with tempfile.TemporaryFile("w+") as console:
        container = subprocess.Popen(
            ["systemd-nspawn", "--keep-unit", "--register=no", "--private-network", "--boot",
             "--volatile=overlay", f"--directory={root}", "--console=pipe", *binds],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            leader = _leader(container)
            machine = Machine(leader) if leader else None
            state = "never came up"
            end = time.monotonic() + 60
            while machine and container.poll() is None and time.monotonic() < end:
                state = machine.run("systemctl", "is-system-running").stdout.strip()
                if state in ("running", "degraded"):
                    break
                time.sleep(0.2)
            if machine is None or state not in ("running", "degraded"):
                console.seek(0)
                raise CannotBoot(f"{state}: {console.read()[-1000:]}")
            yield machine
        finally:
            container.terminate()  # nspawn tells its PID 1 to power off
            try:
                container.wait(20)
            except subprocess.TimeoutExpired:
                container.kill()
                container.wait()


def _leader(container: subprocess.Popen[bytes]) -> int | None:
    """The container's PID 1: the child of nspawn that runs systemd."""
    children = Path(f"/proc/{container.pid}/task/{container.pid}/children")
    end = time.monotonic() + 20
    while container.poll() is None and time.monotonic() < end:
        for child in children.read_text().split():
            try:
                name = Path(f"/proc/{child}/comm").read_text().strip()
            except OSError:
                continue
            if name == "systemd":
                return int(child)
        time.sleep(0.05)
    return None
