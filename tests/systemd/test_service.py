"""The service on a real systemd: installed, run, stalled, killed, upgraded and removed.

One long test: the machine boots once, and each step starts from where the last one ended.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from storage.migrations import REVISIONS
from tests.systemd import newsroom
from tests.systemd.machine import CACHE, CannotBoot, Machine, booted

ROOT = Path(__file__).parents[2]
OFFLINE = ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "ProxyError")
SINK = f"json://127.0.0.1:{newsroom.PORT}/desk"
TOKEN = "hG7tR2qLw9"

BROKEN = "0.1.2"
REVISION = '''"""A table that nobody needs."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes it."""
    op.create_table("nobody", sa.Column("id", sa.Integer()))


def downgrade() -> None:
    """Drops it."""
    op.drop_table("nobody")
'''

FEEDS = f"""\
outlets:
  - name: Valley
    domain: valley.example
    feeds:
      - url: http://127.0.0.1:{newsroom.PORT}/valley.xml
        interval: 1s
        full_text: never
receivers:
  - name: desk
    url: credential:desk
watches:
  - name: lantern
    text: "{newsroom.LANTERN}"
    alert_on: [first_copy]
polling: {{allow_hosts: [127.0.0.1], min_interval: 1s}}
storage: {{url: "sqlite:////var/lib/watcher/var/watcher.db"}}
metrics: {{listen: 127.0.0.1:9464}}
"""


def from_the_index(*command: str | Path) -> None:
    """Run what asks a package index; skips loudly where there is none to be reached."""
    done = subprocess.run(command, cwd=CACHE, capture_output=True, text=True)
    said = done.stdout + done.stderr
    if done.returncode and any(word in said for word in OFFLINE):
        pytest.skip("THE SERVICE WAS NOT TESTED ON SYSTEMD: no package index can be reached")
    assert done.returncode == 0, said


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with our wheel as 0.1.0, as 0.1.1, and as 0.1.2, which brings a new table and whose
    daemon does not start."""
    CACHE.mkdir(parents=True, exist_ok=True)
    folder = tmp_path_factory.mktemp("wheels")
    source = tmp_path_factory.mktemp("source")
    for name in ("watcher", "storage", "systemd"):
        shutil.copytree(ROOT / name, source / name)
    for name in ("feeds.yaml", "README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml"):
        shutil.copy(ROOT / name, source)
    for version in ("0.1.0", "0.1.1", BROKEN):
        replaced(
            source / "watcher/__init__.py", r'__version__ = ".*"', f'__version__ = "{version}"'
        )
        if version == BROKEN:
            replaced(
                source / "storage/migrations/__init__.py", r"(REVISIONS = .*)\)", r'\1, "9999")'
            )
            script = REVISION.format(before=REVISIONS[-1])
            (source / "storage/migrations/versions/r9999_broken.py").write_text(script)
            replaced(
                source / "watcher/daemon/run.py", r"\Z", '\nraise SystemExit("broken on purpose")\n'
            )
        from_the_index(
            sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, source
        )
    return folder


def replaced(file: Path, pattern: str, by: str) -> None:
    """A change to our copy of the source."""
    text, found = re.subn(pattern, by, file.read_text(encoding="utf-8"))
    assert found == 1, f"{pattern} stands {found} times in {file.name}"
    file.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def wheelhouse(wheels: Path) -> Path:
    """All that the wheel needs, kept as long as its list of dependencies stays the same."""
    listed = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()[:12]
    folder = CACHE / f"wheels-{listed}"
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            made = CACHE / "wheels.new"
            shutil.rmtree(made, ignore_errors=True)
            [wheel] = wheels.glob("*-0.1.0-*.whl")
            # For the interpreter of that Debian, which need not be ours.
            from_the_index(
                sys.executable, "-m", "pip", "download", "--quiet", "--dest", made,
                "--only-binary=:all:", "--python-version=3.11", "--find-links", wheels, wheel,
            )  # fmt: skip
            made.rename(folder)
    return folder


def test_an_operators_year(wheels: Path, wheelhouse: Path) -> None:
    shared = {
        "/shared/wheels": wheels,
        "/shared/wheelhouse": wheelhouse,
        "/shared/systemd": ROOT / "systemd",
        "/shared/newsroom": Path(newsroom.__file__).parent,
    }
    try:
        with booted(shared) as machine:
            _newsroom(machine)
            _install(machine)
            _poll_and_alert(machine)
            _figures(machine)
            _doctor(machine)
            _nightly(machine)
            _reload(machine)
            _stall(machine)
            _kill(machine)
            _refuse(machine)
            _upgrade(machine)
            _undo(machine)
            _stop(machine)
            _remove(machine)
    except CannotBoot as why:
        pytest.skip(f"THE SERVICE WAS NOT TESTED ON SYSTEMD: {why}")


def install(
    machine: Machine, *arguments: str, given: str | None = None
) -> subprocess.CompletedProcess[str]:
    """install.sh, as an operator runs it."""
    return machine.run("sh", "/shared/systemd/install.sh", *arguments, given=given)


def wheel(machine: Machine, version: str) -> tuple[str, ...]:
    """The arguments that install a version without network."""
    path = machine.ask("sh", "-c", f"ls /shared/wheels/*-{version}-*.whl")
    return ("--wheelhouse", "/shared/wheelhouse", path)


def pid(machine: Machine) -> int:
    """The daemon's."""
    return int(machine.property("MainPID"))


def _newsroom(machine: Machine) -> None:
    machine.ask(
        "systemd-run", "--unit=newsroom", "--quiet", "--property=RuntimeDirectory=newsroom",
        "python3", "/shared/newsroom/newsroom.py", "/run/newsroom",
    )  # fmt: skip


def _install(machine: Machine) -> None:
    done = install(machine, *wheel(machine, "0.1.0"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Running: watcher 0.1.0." in done.stdout
    assert machine.property("ActiveState") == "active"
    assert machine.property("Type") == "notify"
    assert machine.property("StatusText").startswith("watching ")
    assert machine.ask("stat", "-c", "%U:%G %a", "/var/lib/watcher/var/watcher.db") == (
        "watcher:watcher 600"
    )
    assert machine.ask("stat", "-c", "%U:%G %a", "/etc/watcher/feeds.yaml") == "root:watcher 640"

    # Our own configuration, with a receiver whose address is nowhere but in a credential.
    done = install(machine, "--credential", "desk", given=f"{SINK}?token={TOKEN}\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert machine.ask("stat", "-c", "%U %a", "/etc/watcher/credentials/desk") == "root 600"
    machine.write("/etc/watcher/feeds.yaml", FEEDS)
    machine.ask("systemctl", "restart", "watcher")
    environment = machine.ask("cat", f"/proc/{pid(machine)}/environ")
    assert TOKEN not in environment
    assert TOKEN not in machine.journal()


def _poll_and_alert(machine: Machine) -> None:
    machine.until(
        "the feed is polled", "sh", "-c", "watcher feeds show valley.example | grep -q ok"
    )
    machine.ask("touch", "/run/newsroom/publish")
    machine.until("the alert arrives", "grep", "-q", "lantern", "/run/newsroom/alerts")
    told = [json.loads(line) for line in machine.ask("cat", "/run/newsroom/alerts").splitlines()]
    assert len(told) == 1
    assert "lantern" in told[0]["title"] + told[0]["message"]


def _figures(machine: Machine) -> None:
    def page(name: str) -> str:
        program = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode())"
        return machine.ask("python3", "-c", program, f"http://127.0.0.1:9464/{name}")

    assert page("healthz") == "alive"
    assert page("readyz") == "ready"
    figures = page("metrics")
    assert re.search(r'^watcher_polls_total{outcome="ok"} [1-9]', figures, re.MULTILINE)
    assert re.search(r"^watcher_alerts_total 1.0$", figures, re.MULTILINE)
    # What the hardening leaves of /proc is enough for these.
    assert re.search(r"^process_resident_memory_bytes [1-9]", figures, re.MULTILINE)
    assert TOKEN not in figures
    # The feed is due each second.
    said = machine.ask("watcher", "status")
    assert re.search(r"^Schedule    (on time|1 feed due, the oldest for \d s)$", said, re.MULTILINE)


def _doctor(machine: Machine) -> None:
    done = machine.run("watcher", "doctor", "--json")
    found = {line["check"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 0, done.stdout + done.stderr
    assert {name for name, line in found.items() if line["state"] != "ok"} <= {
        "clock",  # nobody keeps the time in a container without network
        "feeds.yaml",  # which warns of polling each second
    }
    assert "hardened" in found["unit"]["what"]
    assert "desk" in found["receivers"]["what"]
    sent = machine.ask("watcher", "doctor", "--send")
    assert "send to desk" in sent
    assert len(machine.ask("cat", "/run/newsroom/alerts").splitlines()) == 2


def _nightly(machine: Machine) -> None:
    """The timer is armed, and fires: the backup is made beside the running daemon."""
    timer, service = "watcher-backup.timer", "watcher-backup.service"
    assert machine.property("ActiveState", timer) == "active"
    assert " 03:" in machine.property("NextElapseUSecRealtime", timer)
    assert machine.run("ls", "/var/lib/watcher/backups").stdout == ""
    soon = f"/run/systemd/system/{timer}.d/soon.conf"
    machine.write(soon, "[Timer]\nOnCalendar=\nOnActiveSec=1s\nRandomizedDelaySec=0\n")
    machine.ask("systemctl", "daemon-reload")
    machine.ask("systemctl", "restart", timer)
    machine.until("a backup is made", "sh", "-c",
                  f"test -n \"$(systemctl show -P ExecMainExitTimestamp {service})\" &&"
                  f" ! systemctl is-active --quiet {service}")  # fmt: skip
    assert machine.property("Result", service) == "success", machine.journal(service)
    assert machine.property("TriggeredBy", service) == timer
    made = machine.ask("sh", "-c", "ls /var/lib/watcher/backups/*.db")
    assert "is as it was made" in machine.ask("watcher", "db", "verify", made)
    machine.ask("rm", soon)
    machine.ask("systemctl", "daemon-reload")
    machine.ask("systemctl", "restart", timer)


def _reload(machine: Machine) -> None:
    machine.write("/etc/watcher/feeds.yaml", FEEDS.replace("Valley", "Valley Daily"))
    before = pid(machine)
    machine.ask("systemctl", "reload", "watcher")
    machine.until("the reload is seen", "sh", "-c",
                  "journalctl -u watcher | grep -q 'watcher.daemon: reloaded'")  # fmt: skip
    assert pid(machine) == before
    assert "Reloaded watcher.service" in machine.journal()
    outlets = machine.ask("watcher", "feeds", "list", "--json")
    assert "Valley Daily" in outlets


def _short_patience(machine: Machine) -> None:
    machine.write(
        "/run/systemd/system/watcher.service.d/test.conf",
        "[Service]\nWatchdogSec=3s\nRestartSec=100ms\n",
    )
    machine.ask("systemctl", "daemon-reload")
    machine.ask("systemctl", "restart", "watcher")


def _restarted(machine: Machine, before: int, count: int) -> None:
    machine.until("the daemon is started again", "sh", "-c",
                  f"test $(systemctl show -P NRestarts watcher) -ge {count} &&"
                  " systemctl is-active --quiet watcher")  # fmt: skip
    assert pid(machine) != before


def _stall(machine: Machine) -> None:
    _short_patience(machine)
    before = pid(machine)
    machine.ask("sh", "-c", f"kill -STOP {before}")
    _restarted(machine, before, 1)
    journal = machine.journal()
    assert "Watchdog timeout" in journal
    assert "Fatal Python error: Aborted" in journal
    assert re.search(r'File ".*/(asyncio|uvloop)/\w+\.py", line \d+ in run', journal)
    assert "run_daemon" in journal


def _kill(machine: Machine) -> None:
    before = pid(machine)
    machine.ask("sh", "-c", f"kill -KILL {before}")
    _restarted(machine, before, 2)
    machine.ask("rm", "/run/systemd/system/watcher.service.d/test.conf")
    machine.ask("systemctl", "daemon-reload")


def _refuse(machine: Machine) -> None:
    before = pid(machine)
    machine.write("/etc/watcher/feeds.yaml", FEEDS.replace("interval: 1s", "interval: often"))
    done = install(machine, *wheel(machine, "0.1.1"))
    assert done.returncode == 1
    assert "interval" in done.stderr
    assert "The service was left as it is." in done.stderr
    assert pid(machine) == before
    assert machine.ask("watcher", "--version") == "watcher 0.1.0"
    machine.write("/etc/watcher/feeds.yaml", FEEDS)


def _upgrade(machine: Machine) -> None:
    before = pid(machine)
    done = install(machine, *wheel(machine, "0.1.1"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert machine.ask("watcher", "--version") == "watcher 0.1.1"
    assert machine.property("ActiveState") == "active"
    assert pid(machine) != before
    assert machine.ask("ls", "/var/lib/watcher/backups")
    assert "valley.example" in machine.ask("watcher", "feeds", "list", "--json")
    assert machine.ask("cat", "/etc/watcher/feeds.yaml") == FEEDS.strip()
    # Two environments: the one in force and the one to go back to.
    assert len(machine.ask("ls", "/usr/local/lib/watcher/releases").split()) == 2
    assert len(machine.ask("cat", "/run/newsroom/alerts").splitlines()) == 2  # none came twice


def _undo(machine: Machine) -> None:
    articles = json.loads(machine.ask("watcher", "status", "--json"))["articles"]
    done = install(machine, *wheel(machine, BROKEN))
    assert done.returncode == 1
    assert "broken on purpose" in done.stderr
    assert "The version before is in force again: 0.1.1" in done.stderr
    assert machine.ask("watcher", "--version") == "watcher 0.1.1"
    assert machine.property("ActiveState") == "active", done.stderr + machine.journal()[-6000:]
    # The new table is gone with the database that had it; all else is there.
    status = json.loads(machine.ask("watcher", "status", "--json"))
    assert status["schema"] == REVISIONS[-1]
    assert status["articles"] >= articles


def _stop(machine: Machine) -> None:
    machine.ask("systemctl", "stop", "watcher")
    assert machine.property("Result") == "success"
    assert machine.property("ExecMainStatus") == "0"
    machine.ask("systemctl", "start", "watcher")


def _remove(machine: Machine) -> None:
    done = install(machine, "--remove")
    assert done.returncode == 0, done.stdout + done.stderr
    assert machine.run("systemctl", "cat", "watcher.service").returncode != 0
    assert machine.run("sh", "-c", "command -v watcher").returncode != 0
    assert machine.run("ls", "/usr/local/lib/watcher").returncode != 0
    machine.ask("ls", "/var/lib/watcher/var/watcher.db", "/etc/watcher/feeds.yaml")
    done = install(machine, "--remove", "--purge")
    assert done.returncode == 0, done.stdout + done.stderr
    assert machine.run("ls", "/var/lib/watcher").returncode != 0
    assert machine.run("ls", "/etc/watcher").returncode != 0
    assert machine.run("getent", "passwd", "watcher").returncode != 0
    assert machine.ask("systemctl", "--failed", "--plain", "--no-legend") == ""
