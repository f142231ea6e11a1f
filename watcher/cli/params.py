"""What people write on the command line, read: moments and ids."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import click

_DAWN = datetime(1970, 1, 1, tzinfo=UTC)


class Since(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.5 only
    """A length of time back from now (`7d`, `1h30m`), or an ISO 8601 moment, UTC unless it says."""

    name = "since"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta | datetime:
        from watcher.config import parse_duration

        if isinstance(value, timedelta | datetime):
            return value
        try:
            return timedelta(seconds=parse_duration(str(value)))
        except (ValueError, OverflowError):
            pass
        try:
            at = datetime.fromisoformat(str(value).strip())
            return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is neither a length of time (90m, 7d) nor a date (2016-09-18).",
                param,
                ctx,
            )


SINCE = Since()


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
