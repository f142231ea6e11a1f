"""What we tell systemd, heard by a listening socket; and the unit, judged by systemd's own tool."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from watcher.systemd import Notifier

UNITS = Path(__file__).parents[1] / "systemd"
ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(
    ANALYZE is None, reason="systemd-analyze is not installed: the unit was NOT checked"
)


@pytest.fixture(params=["file", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A socket as systemd would open it, and NOTIFY_SOCKET's value for it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        if request.param == "file":
            name = str(tmp_path / "notify")
            listener.bind(name)
        else:
            name = f"@watcher-test-{tmp_path.name}-{id(request)}"
            listener.bind("\0" + name[1:])
        listener.settimeout(5)
        yield listener, name


def test_every_message_arrives_as_systemd_reads_it(manager: tuple[socket.socket, str]) -> None:
    listener, name = manager
    notifier = Notifier(name, monotonic_us=lambda: 1_234_567)
    assert notifier.enabled

    notifier.ready("12 feeds")
    assert listener.recv(4096) == b"READY=1\nSTATUS=12 feeds"
    notifier.status("polling\nREADY=0")  # one line, whatever it holds
    assert listener.recv(4096) == b"STATUS=polling READY=0"
    notifier.watchdog()
    assert listener.recv(4096) == b"WATCHDOG=1"
    notifier.reloading()
    assert listener.recv(4096) == b"RELOADING=1\nMONOTONIC_USEC=1234567"
    notifier.stopping()
    assert listener.recv(4096) == b"STOPPING=1"
    notifier.status("")
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        listener.recv(4096)


def test_without_a_manager_nothing_happens() -> None:
    notifier = Notifier.from_environment({}, pid=7, monotonic_us=lambda: 0)
    assert not notifier.enabled
    assert notifier.watchdog_s is None
    notifier.ready()
    notifier.watchdog()


def test_a_manager_that_went_away_does_not_stop_the_watch(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    notifier = Notifier(str(tmp_path / "nobody"), monotonic_us=lambda: 0)
    notifier.watchdog()
    assert "systemd could not be told WATCHDOG=1" in caplog.text


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({"WATCHDOG_USEC": "180000000"}, 180.0),
        ({"WATCHDOG_USEC": "180000000", "WATCHDOG_PID": "7"}, 180.0),
        ({"WATCHDOG_USEC": "180000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
    ],
)
def test_the_watchdog_as_systemd_set_it(environ: dict[str, str], seconds: float | None) -> None:
    made = Notifier.from_environment(environ, pid=7, monotonic_us=lambda: 0)
    assert made.watchdog_s == seconds


# ---------------------------------------------------------------- the unit


def _copy(tmp_path: Path) -> Path:
    """The unit with a program that exists here: verify would else complain of nothing but that."""
    text = (UNITS / "watcher.service").read_text(encoding="utf-8")
    assert text.count("/usr/local/lib/watcher/current/bin/watcher") == 1
    unit = tmp_path / "watcher.service"
    unit.write_text(
        text.replace("/usr/local/lib/watcher/current/bin/watcher", "/bin/true"), encoding="utf-8"
    )
    return unit


@needs_systemd
def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    unit = _copy(tmp_path)
    drop_in = tmp_path / "watcher.service.d"
    drop_in.mkdir()
    shutil.copy(UNITS / "credentials.conf.example", drop_in / "credentials.conf")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "watcher" in line]
    assert (done.returncode, ours) == (0, [])


@needs_systemd
def test_the_unit_is_hardened(tmp_path: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(_copy(tmp_path))],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"exposure level for watcher\.service: ([0-9.]+)", done.stdout)
    assert found is not None, done.stdout + done.stderr
    assert float(found[1]) <= 1.1


def test_the_nightly_backup_is_sound_and_hardened_as_the_daemon_is(tmp_path: Path) -> None:
    text = (UNITS / "watcher-backup.service").read_text(encoding="utf-8")
    assert text.index("watcher db verify") < text.index("watcher db backup"), "checked first"
    daemon = (UNITS / "watcher.service").read_text(encoding="utf-8")
    hardening = re.compile(
        r"^(?:Capability|Ambient|NoNew|Lock|MemoryDeny|Private|Proc|Protect|Remove|Restrict(?!Addr)"
        r"|SystemCall|Device|LimitCORE|UMask|User|Group).*$",
        re.MULTILINE,
    )
    assert hardening.findall(text) == hardening.findall(daemon)


@needs_systemd
def test_systemd_finds_no_fault_in_the_nightly_backup(tmp_path: Path) -> None:
    for name in ("watcher-backup.service", "watcher-backup.timer"):
        text = (UNITS / name).read_text(encoding="utf-8")
        text = text.replace("/usr/local/lib/watcher/current/bin/watcher", "/bin/true")
        (tmp_path / name).write_text(text, encoding="utf-8")
    timer = tmp_path / "watcher-backup.timer"
    done = subprocess.run(
        ["systemd-analyze", "verify", str(timer)], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "watcher" in line]
    assert (done.returncode, ours) == (0, [])
    unit = tmp_path / "watcher-backup.service"
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"exposure level for watcher-backup\.service: ([0-9.]+)", done.stdout)
    assert found is not None, done.stdout + done.stderr
    assert float(found[1]) <= 1.2


def test_the_unit_speaks_the_protocol_that_the_daemon_does() -> None:
    text = (UNITS / "watcher.service").read_text(encoding="utf-8")
    lines = set(text.splitlines())
    assert {
        "Type=notify",
        "WatchdogSec=3min",
        "ExecReload=/bin/sh -c 'kill -HUP $MAINPID'",
    } <= lines
    assert {"User=watcher", "UMask=0077", "LimitCORE=0"} <= lines
    # Newer than systemd 252, which would ignore or refuse them.
    assert "notify-reload" not in text.replace("no notify-reload", "")
    assert "RestartSteps" not in text


def test_no_secret_is_set_by_the_example() -> None:
    text = (UNITS / "credentials.conf.example").read_text(encoding="utf-8")
    active = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert active[0] == "[Service]"
    assert all(line.startswith("LoadCredential=") for line in active[1:])
    assert len(active) > 1


def test_the_installer_is_a_sound_shell_script() -> None:
    script = UNITS / "install.sh"
    assert script.read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    assert os.access(script, os.X_OK)
    checked = subprocess.run(
        [Path(sys.executable).with_name("shellcheck"), script], capture_output=True, text=True
    )
    assert (checked.returncode, checked.stdout) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--purge",), "--purge goes with --remove."),
        (("--wheelhouse", "nowhere"), "--wheelhouse needs a folder."),
        (("--upgrade",), "unknown option --upgrade."),
    ],
)
def test_the_installer_refuses_what_it_does_not_know(arguments: tuple[str, ...], said: str) -> None:
    done = subprocess.run(
        ["sh", UNITS / "install.sh", *arguments], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr


def test_the_installer_tells_how_it_is_called() -> None:
    done = subprocess.run(
        ["sh", UNITS / "install.sh", "--help"], capture_output=True, text=True, check=True
    )
    shown = done.stdout
    for word in ("--wheelhouse", "--postgresql", "--credential", "--remove", "--purge"):
        assert word in shown


def test_every_folder_of_the_service_is_its_own() -> None:
    lines = (UNITS / "watcher.tmpfiles.conf").read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if not line.startswith("#")]
    modes = {path: (mode, user) for _, path, mode, user, *_ in rows}
    assert modes["/etc/watcher/credentials"] == ("0700", "root")
    assert modes["/var/lib/watcher"] == ("0700", "watcher")
    assert modes["/etc/watcher/feeds.yaml"] == ("0640", "root")
