"""What people write on the command line, read: times, ids, and who says so."""

from __future__ import annotations

import functools
import getpass
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import click

T = TypeVar("T")

_DAWN = datetime(1970, 1, 1, tzinfo=UTC)


class Since(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.5 only
    """A length of time back from now (`7d`, `1h30m`), or an ISO 8601 moment, UTC unless it says."""

    name = "since"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta | datetime:
        if isinstance(value, timedelta | datetime):
            return value
        found = _length(str(value)) or _moment(str(value))
        if found is None:
            self.fail(
                f"{value!r} is neither a length of time (90m, 7d) nor a date (2016-09-18).",
                param,
                ctx,
            )
        return found


SINCE = Since()


class Length(click.ParamType):  # type: ignore[type-arg]
    """A length of time: `7d`, `1h30m`."""

    name = "length"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = _length(str(value))
        if found is None:
            self.fail(f"{value!r} is not a length of time: write 90m, 12h or 7d.", param, ctx)
        return found


LENGTH = Length()


class Moment(click.ParamType):  # type: ignore[type-arg]
    """An ISO 8601 moment, UTC unless it says."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        found = _moment(str(value))
        if found is None:
            self.fail(f"{value!r} is not a date: write 2016-09-18 or 2016-09-18T10:00.", param, ctx)
        return found


MOMENT = Moment()


def _length(text: str) -> timedelta | None:
    from watcher.config import parse_duration

    try:
        return timedelta(seconds=parse_duration(text))
    except (ValueError, OverflowError):
        return None


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text.strip())
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def moment(since: timedelta | datetime | None, now: datetime) -> datetime | None:
    """The moment that a `Since` names; 1970 where it reaches further back."""
    if isinstance(since, timedelta):
        return now - min(since, now - _DAWN)
    return since


class Number(click.ParamType):  # type: ignore[type-arg]
    """An id: `17`, or `#17` as messages write it."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        digits = str(value).strip().removeprefix("#")
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
            self.fail(f"{value!r} is not an id: write a number, as the lists show it.", param, ctx)
        return int(digits)


NUMBER = Number()


def login_name() -> str:
    """Who runs us, as far as the system knows."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a uid without a name, as in a container; KeyError until 3.13
        return "unknown"


def signed(command: Callable[..., T]) -> Callable[..., T]:
    """Give a command --author, the login name by default; it receives it as `author`."""

    @click.option("--author", metavar="NAME", help="Who says so; default: the login name.")
    @functools.wraps(command)
    def wrapped(*args: Any, author: str | None, **kwargs: Any) -> T:
        return command(*args, author=author or login_name(), **kwargs)

    return wrapped
