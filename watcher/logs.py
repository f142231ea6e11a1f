"""What the daemon logs: one line an event, nothing secret in it, levels as the journal knows them.

Log lines quote the open web and other people's errors, so each is made safe as a whole, after
formatting: secrets are taken out, and what could start a new line or steer a terminal is escaped.

A line is for people, or with WATCHER_LOG=json an object for programs: `at`, `level`, `room`,
`event` (the message as it stands in the code, which stays the same however its values change),
`text` (with the values), `error`, and the values that a call names: `extra={"fields": {...}}`.
What repeats is told once, and then counted.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TextIO

MASK = "***"
MOST = 8_000  # characters of one line; the journal cuts at 48 kB
_FRAMES = 6  # of a traceback, the innermost
WINDOW_S = 60.0  # a line is told once in so many seconds
BURST = 60  # warnings of one event that are told in that time
MOST_RUNS = 2_000  # lines remembered for that
_SHORTEST = 4  # characters: what is shorter would mask half of every line

# sd-daemon(3): the level that a line begins with, for those above each of ours.
_PRIORITIES = (
    (logging.CRITICAL, "<2>"),
    (logging.ERROR, "<3>"),
    (logging.WARNING, "<4>"),
    (logging.INFO, "<6>"),
    (logging.NOTSET, "<7>"),
)
# Libraries that say at INFO, or at DEBUG, more than we do.
_NOISY = (
    "aiohttp",
    "alembic",
    "apprise",
    "asyncio",
    "charset_normalizer",
    "courlan",
    "htmldate",
    "sqlalchemy",
    "trafilatura",
    "urllib3",
)
# user:password@ in front of a host, as far as the last @ of the authority (RFC 3986, 3.2.1).
_USERINFO = re.compile(r"(?<=://)[^\s/?#'\"<>]*(?=@)")

_hidden: frozenset[str] = frozenset()
_pattern: re.Pattern[str] | None = None


def hide(secrets: Iterable[str]) -> None:
    """Mask these values in every line from now on, beside those hidden before: an old secret
    stays one. Values of fewer than four characters are left alone."""
    global _hidden, _pattern
    _hidden |= {text for text in secrets if len(text) >= _SHORTEST}
    longest_first = sorted(_hidden, key=lambda text: (-len(text), text))
    _pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def redact(text: str) -> str:
    """`text` without hidden values and without the user and password of any URL in it."""
    if _pattern is not None:
        text = _pattern.sub(MASK, text)
    return _USERINFO.sub(MASK, text)


class Line(logging.Formatter):
    """One line: in the journal `<4>watcher.poll: ...`, elsewhere with time (UTC) and level; with
    `as_json` an object instead of the text."""

    def __init__(self, *, journal: bool, as_json: bool = False) -> None:
        super().__init__()
        self._journal = journal
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """The record's line, without its end."""
        line = _object(record) if self._as_json else _safe(f"{record.name}: {_told(record)}")
        if self._journal:
            return next(p for level, p in _PRIORITIES if record.levelno >= level) + line
        if self._as_json:
            return line
        at = datetime.fromtimestamp(record.created, UTC)
        return f"{at:%Y-%m-%dT%H:%M:%SZ} {record.levelname} {line}"


@dataclass(slots=True)
class _Run:
    """Since when something is told (`Handler`'s clock), how often, and how often it was not."""

    since: float
    record: logging.LogRecord
    told: int = 0
    held: int = 0


class Handler(logging.StreamHandler[TextIO]):
    """Writes each line, but not what repeats: a line that was told in the last WINDOW_S seconds is
    counted, and so are, from WARNING on, those of one event after the first BURST in that time.
    The count follows with the next line after it. What was asked for with --verbose is never held.

    `clock`: seconds that only go forward.
    """

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream)
        self._clock = clock
        self._runs: dict[tuple[str, int, str], _Run] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line, or count it."""
        now = self._clock()
        self._settle(now)
        try:
            held = self._held(record, now)
        except (TypeError, ValueError) as error:  # values that do not go with their text
            self._say(record, "a line of the log, %r, could not be made: %s", record.msg, error)
            return
        if not held:
            super().emit(record)

    def close(self) -> None:
        """Tell what is still counted."""
        self._settle(float("inf"))
        super().close()

    def _held(self, record: logging.LogRecord, now: float) -> bool:
        text = record.getMessage()
        if record.levelno < logging.INFO:
            return False
        same = self._run((record.name, record.levelno, text), record, now)
        if same.told:
            same.held += 1
            return True
        if record.levelno >= logging.WARNING:
            # A space in front, which no logger's name has: not the text that it may happen to be.
            like = self._run((" ", record.levelno, f"{record.name} {record.msg}"), record, now)
            if like.told >= BURST:
                like.held += 1
                return True
            like.told += 1
        same.told += 1
        return False

    def _run(self, key: tuple[str, int, str], record: logging.LogRecord, now: float) -> _Run:
        found = self._runs.get(key)
        if found is None:
            if len(self._runs) >= MOST_RUNS:
                self._end(next(iter(self._runs)))
            found = self._runs[key] = _Run(now, record)
        return found

    def _settle(self, now: float) -> None:
        # In the order in which they began.
        while self._runs:
            key = next(iter(self._runs))
            if now - self._runs[key].since < WINDOW_S:
                return
            self._end(key)

    def _end(self, key: tuple[str, int, str]) -> None:
        run = self._runs.pop(key)
        if not run.held:
            return
        args: tuple[object, ...] = (run.held, run.record.getMessage())
        text = "%d times more within a minute: %s"
        if key[0] == " ":
            text, args = "%d lines more within a minute like: %s", (run.held, run.record.msg)
        self._say(run.record, text, *args)

    def _say(self, about: logging.LogRecord, text: str, *args: object) -> None:
        """A line of our own, as from where another came."""
        place = (about.name, about.levelno, about.pathname, about.lineno)
        super().emit(logging.LogRecord(*place, text, args, None))


def setup(
    verbose: int,
    env: Mapping[str, str],
    stream: TextIO,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Log to `stream`, and only there: from INFO on, with `verbose` from DEBUG on, which gives
    the reason of each decision. `env`: WATCHER_LOG=json asks for objects. May be called again."""
    handler = Handler(stream, clock=clock)
    handler.setFormatter(
        Line(journal=_is_journal(env, stream), as_json=env.get("WATCHER_LOG") == "json")
    )
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO, handlers=[handler], force=True
    )
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Its warnings say, each second, that a slow job is still running; our jobs log their failures.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def _told(record: logging.LogRecord) -> str:
    text = record.getMessage()
    if record.exc_info and record.exc_info[1] is not None:
        text += f": {_chain(record.exc_info[1])}"
    return text


def _safe(text: str) -> str:
    # Secrets first: escaping would change how they look.
    text = _escaped(redact(text))
    return text if len(text) <= MOST else text[: MOST - 1] + "…"


def _object(record: logging.LogRecord) -> str:
    named: Mapping[str, object] = getattr(record, "fields", {})
    found: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "room": record.name,
        "event": _safe(str(record.msg)),
        "text": _safe(record.getMessage()),
    }
    if record.exc_info and record.exc_info[1] is not None:
        found["error"] = _safe(_chain(record.exc_info[1]))
    plain = (bool, int, float, type(None))
    found |= {k: v if isinstance(v, plain) else _safe(str(v)) for k, v in named.items()}
    return json.dumps(found, ensure_ascii=False)


def _is_journal(env: Mapping[str, str], stream: TextIO) -> bool:
    # The variable is inherited by what a service starts; systemd.exec(5) says to compare it.
    said = env.get("JOURNAL_STREAM")
    if not said:
        return False
    try:
        found = os.fstat(stream.fileno())
    except OSError:  # io.UnsupportedOperation is one: a stream in memory
        return False
    return said == f"{found.st_dev}:{found.st_ino}"


def _escaped(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _chain(error: BaseException) -> str:
    """An error, where it was raised, and its causes, in one line."""
    told: list[str] = []
    found: BaseException | None = error
    while found is not None and len(told) < _FRAMES:
        frames = traceback.extract_tb(found.__traceback__)[-_FRAMES:]
        places = " > ".join(f"{os.path.basename(f.filename)}:{f.lineno} {f.name}" for f in frames)
        told.append(f"{type(found).__name__}: {found}" + (f" (at {places})" if places else ""))
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
    return " <- ".join(told)
