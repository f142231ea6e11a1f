"""The systemd unit in force: running, started at boot, and as locked in as it was shipped."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from watcher.doctor.values import Finding, ok, warn

UNIT = "watcher.service"

# Of the shipped unit, what a drop-in or an older unit may have taken away.
_WANTED: Mapping[str, frozenset[str]] = {
    "Type": frozenset({"notify", "notify-reload"}),
    "NoNewPrivileges": frozenset({"yes"}),
    "ProtectSystem": frozenset({"strict"}),
    "ProtectHome": frozenset({"yes"}),
    "PrivateTmp": frozenset({"yes"}),
    "PrivateDevices": frozenset({"yes"}),
    "MemoryDenyWriteExecute": frozenset({"yes"}),
    "UMask": frozenset({"0077"}),
}
_BOUNDED = ("WatchdogUSec", "MemoryMax", "TasksMax")
_UNBOUNDED = ("infinity", "0", "")
_ASKED = (
    "LoadState", "ActiveState", "SubState", "UnitFileState", "NeedDaemonReload", "NRestarts",
    "Result", *_WANTED, *_BOUNDED,
)  # fmt: skip


def shown() -> dict[str, str] | None:
    """What `systemctl show` says of the unit; None where systemd is not this machine's init."""
    if not Path("/run/systemd/system").is_dir():
        return None
    done = subprocess.run(  # noqa: S603  words of our own
        ["systemctl", "show", UNIT, "--no-pager", f"--property={','.join(_ASKED)}"],  # noqa: S607  systemd's own, wherever it lies
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    if done.returncode:
        return None
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def judge(unit: Mapping[str, str] | None) -> Finding:
    """Whether the unit does what it is there for."""
    if unit is None or unit.get("LoadState") == "not-found":
        return ok("unit", "not installed as a service here; see systemd/install.sh")
    if unit.get("NeedDaemonReload") == "yes":
        return warn("unit", "changed on disk since systemd read it", "systemctl daemon-reload")
    active = unit.get("ActiveState", "")
    if active != "active":
        fix = "journalctl -u watcher -n 50; then systemctl restart watcher"
        return warn("unit", f"{active}, last result: {unit.get('Result')}", fix)
    if unit.get("UnitFileState") not in ("enabled", "enabled-runtime"):
        return warn("unit", "will not be started at boot", "systemctl enable watcher")
    weak = [name for name, wanted in _WANTED.items() if unit.get(name) not in wanted]
    weak += [name for name in _BOUNDED if unit.get(name) in _UNBOUNDED]
    if weak:
        fix = "systemctl cat watcher; drop-ins that loosen it; or run install.sh again"
        return warn("unit", f"looser than it was shipped: {', '.join(weak)}", fix)
    restarts = int(unit.get("NRestarts") or 0)
    if restarts:
        return warn(
            "unit", f"active, but started again {restarts} times by itself", "journalctl -u watcher"
        )
    return ok("unit", "active, started at boot, hardened, under a watchdog")
