"""What the daemon stands on, judged from figures; and the real ones of this machine."""

from __future__ import annotations

import socket
import threading
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from watcher.doctor import machine


@pytest.mark.parametrize(("kept", "state"), [(True, "ok"), (False, "warn"), (None, "warn")])
def test_the_clock(kept: bool | None, state: str) -> None:
    assert machine.clock(kept).state == state


def test_the_kernel_says_whether_the_clock_is_kept() -> None:
    assert machine.synchronised() in (True, False, None)


@pytest.mark.parametrize(
    ("free", "database", "state"),
    [
        (100 << 20, 0, "bad"),
        (500 << 20, 0, "warn"),
        (2 << 30, 3 << 30, "warn"),
        (4 << 30, 3 << 30, "ok"),
    ],
)
def test_room_on_the_disk(free: int, database: int, state: str) -> None:
    found = machine.room(free, database, Path("/srv"))
    assert found.state == state
    assert bool(found.fix) == (state != "ok")
    assert ("a backup takes 3.2 GB" in found.what) == (state == "warn" and database > free)


def test_names_are_looked_up_beside_one_another() -> None:
    together = threading.Barrier(3, timeout=30)

    def look_up(host: str) -> None:
        together.wait()
        if host != "valley.example":
            raise socket.gaierror(-2, "Name or service not known")

    asked = ["valley.example", "ridge.example", "shore.example", "fourth.example"]
    found = machine.names(asked, look_up)
    assert found.state == "warn"
    assert found.what == (
        "ridge.example: Name or service not known; shore.example: Name or service not known"
    )


def test_no_name_at_all_is_found() -> None:
    def look_up(host: str) -> None:
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    assert machine.names(["valley.example"], look_up).state == "bad"
    assert machine.names([], look_up).state == "ok"
    assert machine.names(["valley.example"], lambda host: []).state == "ok"


def test_a_worker_starts_here() -> None:
    assert machine.workers().state == "ok"


def test_versions_are_told_and_missed() -> None:
    assert machine.versions().state == "ok"

    def installed(name: str) -> str:
        if name == "apprise":
            raise PackageNotFoundError(name)
        return "1.0"

    found = machine.versions(installed)
    assert (found.state, found.what) == ("bad", "missing: apprise")


def test_watches_that_ask_for_translations_need_the_extra() -> None:
    assert machine.translations(there=False).state == "ok"
    found = machine.translations(["ferry"], there=False)
    assert (found.state, found.what) == (
        "warn", "not looked for, though watches ask for them: ferry"
    )  # fmt: skip
    assert found.fix.startswith("pip install")
    assert machine.translations(["ferry"], there=True).state == "ok"
