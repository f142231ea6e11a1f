"""The unit as systemd shows it: what is looser than it was shipped is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from watcher.doctor import unit

SHIPPED = Path(__file__).parents[2] / "systemd" / "watcher.service"
WELL = {
    "LoadState": "loaded",
    "ActiveState": "active",
    "SubState": "running",
    "UnitFileState": "enabled",
    "NeedDaemonReload": "no",
    "NRestarts": "0",
    "Result": "success",
    "Type": "notify",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "MemoryDenyWriteExecute": "yes",
    "UMask": "0077",
    "WatchdogUSec": "3min",
    "MemoryMax": "2147483648",
    "TasksMax": "256",
}


def test_without_the_service_nothing_is_wrong() -> None:
    assert unit.judge(None).state == "ok"
    assert unit.judge({"LoadState": "not-found"}).state == "ok"


def test_all_is_well() -> None:
    assert unit.judge(WELL).state == "ok"


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("NeedDaemonReload", "yes", "changed on disk"),
        ("ActiveState", "failed", "failed, last result: success"),
        ("UnitFileState", "disabled", "will not be started at boot"),
        ("ProtectSystem", "no", "looser than it was shipped: ProtectSystem"),
        ("UMask", "0022", "looser than it was shipped: UMask"),
        ("WatchdogUSec", "0", "looser than it was shipped: WatchdogUSec"),
        ("MemoryMax", "infinity", "looser than it was shipped: MemoryMax"),
        ("NRestarts", "4", "started again 4 times"),
    ],
)
def test_what_is_wrong_is_named_with_its_fix(name: str, value: str, what: str) -> None:
    found = unit.judge(WELL | {name: value})
    assert found.state == "warn"
    assert what in found.what
    assert found.fix


def test_what_is_looked_for_is_what_is_shipped() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    lines = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    assert unit.judge(WELL | {k: v for k, v in lines.items() if k in WELL}).state == "ok"
    assert {"ProtectSystem", "MemoryMax", "TasksMax", "UMask"} <= lines.keys()
