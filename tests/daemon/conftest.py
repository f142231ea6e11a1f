"""Rooms to run the daemon in, and a service manager that listens."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.poll.newsroom import Play, Scenario, play


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "watcher.db"
    shutil.copy(_sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def room(sqlite_url: str) -> Play:
    """Plays a scenario on SQLite."""

    def start(scenario: Scenario) -> None:
        play(sqlite_url, scenario)

    return start


@pytest.fixture
def both(database_url: str) -> Play:
    """Plays a scenario on SQLite and again on PostgreSQL."""

    def start(scenario: Scenario) -> None:
        play(database_url, scenario)

    return start


class Manager:
    """The socket behind NOTIFY_SOCKET, and what arrived there."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)

    def close(self) -> None:
        self._socket.close()

    def next(self, timeout_s: float = 60.0) -> dict[str, str]:
        """The next message; waits for it."""
        self._socket.settimeout(timeout_s)
        return _fields(self._socket.recv(4096))

    def waiting(self) -> list[dict[str, str]]:
        """The messages that are here already."""
        self._socket.setblocking(False)
        found = []
        while True:
            try:
                found.append(_fields(self._socket.recv(4096)))
            except BlockingIOError:
                return found

    async def until(self, name: str) -> dict[str, str]:
        """Reads on until a message with this field, and gives that."""
        while True:
            message = await asyncio.to_thread(self.next)
            if name in message:
                return message


def _fields(data: bytes) -> dict[str, str]:
    return dict(line.split("=", 1) for line in data.decode().split("\n"))


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """Somebody who is told."""
    found = Manager(tmp_path / "notify")
    yield found
    found.close()
