"""Options that lists of stories and searches share: time, outlet, language, kind, state, credit."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click

from watcher.cli.params import SINCE, moment
from watcher.report import STATES
from watcher.report.asking import KINDS, VERDICTS

T = TypeVar("T")

Period = Callable[[datetime], dict[str, Any]]
"""Makes `since` and `until` of a now."""

_OPTIONS = (
    click.option("--since", type=SINCE, metavar="7d|DATE", help="Not before then."),
    click.option("--until", type=SINCE, metavar="7d|DATE", help="Not after then."),
    click.option("--outlet", metavar="NAME", help="Of this outlet: its name or domain."),
    click.option("--family", metavar="NAME", help="Of an outlet of this family."),
    click.option("--lang", metavar="CODE", help="In this language: en, fr, zh."),
    click.option("--kind", type=click.Choice(KINDS), help="A copy of this kind."),
    click.option("--credit", type=click.Choice(VERDICTS), help="Crediting its source like this."),
    click.option("--state", type=click.Choice(STATES), help="Of stories in this state."),
)


def filtered(command: Callable[..., T]) -> Callable[..., T]:
    """Give a command those options; it receives them as a dictionary `filters`, without the times,
    and `period`, which gives the times of a now."""

    @functools.wraps(command)
    def wrapped(
        *args: Any,
        since: timedelta | datetime | None,
        until: timedelta | datetime | None,
        outlet: str | None,
        family: str | None,
        lang: str | None,
        kind: str | None,
        credit: str | None,
        state: str | None,
        **kwargs: Any,
    ) -> T:
        filters: dict[str, Any] = {
            "outlet": outlet,
            "family": family,
            "lang": lang,
            "kind": kind,
            "credit": credit,
            "state": state,
        }

        def period(now: datetime) -> dict[str, Any]:
            return {"since": moment(since, now), "until": moment(until, now)}

        return command(*args, filters=filters, period=period, **kwargs)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped
