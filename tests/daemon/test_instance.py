"""Whose leases may be taken over at once: those of the dead, and of nobody else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from watcher.daemon.instance import Machine

HERE = Machine.here()


def test_this_process_lives() -> None:
    assert HERE.holder().startswith(f"{HERE.host}:{os.getpid()} [")
    assert not HERE.dead(HERE.holder())


def test_a_killed_process_is_dead_and_a_running_one_is_not() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        name = HERE.holder(child.pid)
        assert not HERE.dead(name)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert HERE.dead(name)


def test_a_number_used_again_is_another_process() -> None:
    name = HERE.holder()
    start = name.removesuffix("]").rpartition(" ")[2]
    assert start.isdigit()
    assert HERE.dead(name.replace(start, str(int(start) - 1)))


@pytest.mark.parametrize(
    "other",
    [
        replace(HERE, host="elsewhere"),
        replace(HERE, space="pid:[1]"),
        replace(HERE, host="elsewhere", boot="another"),
    ],
)
def test_of_other_machines_and_containers_nothing_is_known(other: Machine) -> None:
    assert not HERE.dead(other.holder(999_999_999))


def test_whoever_ran_before_the_boot_is_dead() -> None:
    assert HERE.dead(replace(HERE, boot="an-earlier-one").holder())


@pytest.mark.parametrize(
    "name", ["elsewhere:1", "w1", "", f"{HERE.host}:1", f"{HERE.host}:x [a b c]"]
)
def test_names_of_another_form_are_left_alone(name: str) -> None:
    assert not HERE.dead(name)


def test_without_proc_a_number_in_use_counts_as_alive(tmp_path: Path) -> None:
    blind = Machine.here(tmp_path)
    assert (blind.boot, blind.space) == ("", "")
    name = blind.holder()
    assert not blind.dead(name)
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
        assert blind.dead(blind.holder(child.pid))
