"""What the daemon logs: one line an event, nothing secret in it, levels as the journal knows them.

Log lines quote the open web and other people's errors, so each is made safe as a whole, after
formatting: secrets are taken out, and what could start a new line or steer a terminal is escaped.
"""

from __future__ import annotations

import logging
import os
import re
import traceback
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TextIO

MASK = "***"
MOST = 8_000  # characters of one line; the journal cuts at 48 kB
_FRAMES = 6  # of a traceback, the innermost
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
    """One line: in the journal `<4>watcher.poll: ...`, elsewhere with time (UTC) and level."""

    def __init__(self, *, journal: bool) -> None:
        super().__init__()
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        """The record's line, without its end."""
        text = f"{record.name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            text += f": {_chain(record.exc_info[1])}"
        # Secrets first: escaping would change how they look.
        text = _escaped(redact(text))
        if len(text) > MOST:
            text = text[: MOST - 1] + "…"
        if self._journal:
            return next(p for level, p in _PRIORITIES if record.levelno >= level) + text
        at = datetime.fromtimestamp(record.created, UTC)
        return f"{at:%Y-%m-%dT%H:%M:%SZ} {record.levelname} {text}"


def setup(verbose: int, env: Mapping[str, str], stream: TextIO) -> None:
    """Log to `stream`, and only there: from INFO on, with `verbose` from DEBUG on, which gives
    the reason of each decision. May be called again."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Line(journal=_is_journal(env, stream)))
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO, handlers=[handler], force=True
    )
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Its warnings say, each second, that a slow job is still running; our jobs log their failures.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


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
