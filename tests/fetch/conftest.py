"""A server on loopback that sends exactly the bytes a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

import pytest

from watcher.fetch import Fetcher, NoRobots

T = TypeVar("T")
Writing = Callable[[asyncio.StreamWriter], Awaitable[None]]
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)


@dataclass
class Asked:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    open_connections: int


def answer(
    status: str = "200 OK", body: bytes = b"", *, length: bool = True, **headers: str
) -> bytes:
    lines = [f"HTTP/1.1 {status}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    else:
        lines.append("Connection: close")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class Site:
    """Answers by path; an unknown path is a 404."""

    pages: dict[str, bytes | Writing] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    _open: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            self._open += 1
            headers = dict(line.split(": ", 1) for line in head[1:] if line)
            path = head[0].split(" ")[1]
            self.asked.append(Asked(path, headers, self._open))
            page = self.pages.get(path, answer("404 Not Found"))
            if isinstance(page, bytes):
                writer.write(page)
            else:
                await page(writer)
            await writer.drain()
            self._open -= 1
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            self._tasks.discard(task)


def fetcher(**kwargs: Any) -> Fetcher:
    options: dict[str, Any] = {
        "allow_hosts": ("127.0.0.1",),
        "gap": 0.0,
        "robots": NoRobots(),
        "timeout": 5.0,
    }
    return Fetcher(**(options | kwargs))


class Web:
    """What the tests of this folder share."""

    now = NOW
    Site = Site
    answer = staticmethod(answer)
    fetcher = staticmethod(fetcher)

    @staticmethod
    def run(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)


@pytest.fixture
def web() -> type[Web]:
    return Web
