"""What happened underneath Apprise: it answers yes or no, the why is in its log and in HTTP.

Apprise's own log lines go no further than here: at DEBUG they carry tokens and whole payloads.
The HTTP status and Retry-After of an answer are in no log line at all, so `requests`, which every
web plugin of Apprise uses, is wrapped once and passively: a thread that listens notes the answer,
any other passes through untouched.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import logging
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

_local = threading.local()
_lock = threading.Lock()
_installed = False

# Of Apprise's DEBUG lines only those that explain: the others are payloads, addresses, chatter.
_TELLING = re.compile(r"exception|response details|error", re.IGNORECASE)
_EMPTY = re.compile(r"response details:\s*b?['\"]{0,2}\s*$", re.IGNORECASE)


class Heard:
    """One attempt as it was overheard, in the thread that made it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.status: int | None = None
        self.retry_after: str | None = None
        self.fault: str | None = None  # the class of requests' exception: ReadTimeout ...

    def why(self) -> str:
        """The lines that explain a failure, the most telling ones kept short."""
        told = [line for line in self.lines if not _EMPTY.search(line)]
        return "; ".join(line[:300] for line in told[-4:])


@contextlib.contextmanager
def listening() -> Iterator[Heard]:
    """Overhears what this thread does with Apprise and `requests` until the block ends."""
    _install()
    heard = Heard()
    _local.heard = heard
    try:
        yield heard
    finally:
        _local.heard = None


def _install() -> None:
    global _installed
    with _lock:
        if _installed:
            return
        logger = logging.getLogger("apprise")
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        logger.addHandler(_Handler(logging.DEBUG))
        # At DEBUG it names the path of each request, which for a webhook is the secret.
        logging.getLogger("urllib3").setLevel(logging.INFO)
        session = importlib.import_module("requests").Session
        session.send = _noting(session.send)
        _installed = True


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        heard: Heard | None = getattr(_local, "heard", None)
        if heard is None:
            return
        line = " ".join(record.getMessage().split())
        if record.levelno >= logging.WARNING or _TELLING.search(line):
            heard.lines.append(line)


def _noting(send: Any) -> Any:
    @functools.wraps(send)
    def noted(session: Any, request: Any, **kwargs: Any) -> Any:
        heard: Heard | None = getattr(_local, "heard", None)
        if heard is None:
            return send(session, request, **kwargs)
        try:
            response = send(session, request, **kwargs)
        except OSError as error:  # requests' exceptions are OSErrors
            heard.fault = type(error).__name__
            raise
        heard.status = response.status_code
        heard.retry_after = response.headers.get("Retry-After")
        return response

    return noted


def seconds_of(retry_after: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After field asks for: a number, or a date (RFC 9110, 10.2.3)."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text):
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())
