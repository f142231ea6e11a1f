"""Alerts: what was raised, what it says, and who was told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

import click

from watcher.cli.base import EXIT_RETRY, Group, Nothing, Setup, pass_setup
from watcher.cli.lines import say
from watcher.cli.params import NUMBER, SINCE, moment
from watcher.cli.render import Column, Output, counted, listing, paint, visible
from watcher.core.errors import UsageError
from watcher.report import AlertHistory, AlertLine, open_reader

# ---------------------------------------------------------------- alerts


@click.group(cls=Group)
def alerts() -> None:
    """Alerts: what was raised, and who was told."""


_ALERTS: tuple[Column[AlertLine], ...] = (
    Column("ALERT", lambda a: a.alert, right=True),
    Column("AT", lambda a: a.at),
    Column("WATCH", lambda a: a.watch, wide=True),
    Column("CONDITION", lambda a: a.condition),
    Column("STORY", lambda a: a.story, right=True),
    Column("TOLD", lambda a: _told(a), wide=True),
)


def _told(alert: AlertLine) -> str:
    if not alert.deliveries:
        return alert.state if alert.state == "held" else "nobody"
    return ", ".join(
        f"{d.receiver} {d.state}" + (f": {d.reason}" if d.state in ("held", "dead") else "")
        for d in alert.deliveries
    )


@alerts.command("list")
@click.option("--since", type=SINCE, metavar="7d|DATE", help="Raised since then.")
@click.option("--watch", metavar="NAME", help="Only of this watch.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, metavar="N")
@listing
@pass_setup
def alerts_list(
    setup: Setup,
    since: timedelta | datetime | None,
    watch: str | None,
    limit: int,
    out: Output,
) -> None:
    """Alerts, the latest first, and how each receiver was told."""
    with open_reader(setup.database_url()) as reader:
        found = reader.alerts(since=moment(since, setup.clock()), watch=watch, limit=limit)
    if not found:
        raise Nothing("No alert fits.")
    out.rows(found, _ALERTS)


@alerts.command("show")
@click.argument("alert_id", type=NUMBER, metavar="ID")
@listing
@pass_setup
def alerts_show(setup: Setup, alert_id: int, out: Output) -> None:
    """One alert: what it says, who was told, every attempt."""
    with open_reader(setup.database_url()) as reader:
        found = reader.alert(alert_id)
    if found is None:
        raise Nothing(f"There is no alert {alert_id}: `watcher alerts list` names them.")
    if out.form == "csv":
        out.rows(found.line.deliveries, ())
    elif out.form == "json":
        out.rows([found], ())
    else:
        _tell_alert(found, out)


def _tell_alert(found: AlertHistory, out: Output) -> None:
    from watcher.core.message import Facts, plain

    line = found.line
    story = f", story {line.story}" if line.story is not None else ""
    head = f"Alert {line.alert}: {line.condition} of watch {visible(line.watch)}{story}"
    say(f"{paint(head, bold=True)}, {out.time(line.at)}")
    say(f"{line.state}: {visible(line.reason)}")
    click.echo()
    try:
        title, body = plain(Facts.from_plain(found.payload))
    except (TypeError, ValueError) as error:
        say(f"What it was to say cannot be read: {visible(str(error))}")
    else:
        say(f"  {visible(title)}")
        click.echo()
        for row in body.splitlines()[3:]:
            say(f"  {visible(row)}", hang=12)
    for told in line.deliveries:
        click.echo()
        sent = "" if told.sent is None else f" {out.time(told.sent)}"
        reason = f": {visible(told.reason)}" if told.reason else ""
        tries = counted(told.attempts, "attempt")
        say(f"{paint(visible(told.receiver), bold=True)} {told.state}{sent}, {tries}{reason}")
        for one in found.attempts:
            if one.receiver == told.receiver:
                detail = f": {visible(one.detail)}" if one.detail else ""
                say(f"  {out.time(one.at)} {one.outcome} in {one.took_ms} ms{detail}")
    if not line.deliveries:
        click.echo("\nNobody was to be told.")


@alerts.command("resend")
@click.argument("alert_id", type=NUMBER, metavar="ID")
@click.option("--receiver", metavar="NAME", help="Only to this one.")
@click.option("--all", "everybody", is_flag=True, help="Those who have it, too.")
@pass_setup
def alerts_resend(setup: Setup, alert_id: int, receiver: str | None, everybody: bool) -> None:
    """Send an alert again where it was given up, held back or is being retried.

    The daemon sends it, at once if it runs.
    """
    from watcher.archive import open_archive
    from watcher.archive.outbox import list_silences, resend, show_alert

    now = setup.clock()
    states = ("dead", "held", "retry", *(("sent",) if everybody else ()))
    with open_archive(setup.database_url()) as database:
        found = show_alert(database, alert_id)
        if found is None:
            raise Nothing(f"There is no alert {alert_id}: `watcher alerts list` names them.")
        due = resend(database, alert_id, now, receiver=receiver, states=states)
        silences = list_silences(database, now)
    if not due:
        raise Nothing(
            f"Nothing of alert {alert_id} is to be sent again: `watcher alerts show {alert_id}`"
            " says how it stands."
        )
    say(f"{counted(due, 'delivery', 'deliveries')} of alert {alert_id} will be sent again.")
    alert = found.alert
    for one in found.deliveries:
        if one.state not in states or receiver not in (None, one.receiver):
            continue
        for silence in silences:
            if silence.mutes(alert.watch, alert.story_id, one.receiver, now):
                say(
                    f"That to {visible(one.receiver)} will be held again: `watcher silence expire"
                    f" {silence.id}` ends what mutes it.",
                )
                break


@alerts.command("test")
@click.argument("receivers", nargs=-1, metavar="[RECEIVER]...")
@pass_setup
def alerts_test(setup: Setup, receivers: tuple[str, ...]) -> None:
    """Send a test message to these receivers of feeds.yaml, or to all.

    Nothing is recorded.
    """
    config = setup.load_config()
    known = {receiver.name: receiver for receiver in config.receivers}
    unknown = [name for name in receivers if name not in known]
    if unknown or not known:
        raise UsageError(
            f"No receiver is called {', '.join(unknown)}; feeds.yaml has {', '.join(known)}."
            if known
            else "feeds.yaml names no receivers."
        )
    from watcher.core.message import Facts
    from watcher.deliver import AppriseSender, SendResult

    facts = Facts(
        watch="test",
        condition="resurfaced",
        headline="This is a test of Syndication Watch",
        outlet="watcher alerts test",
        seen_by=setup.clock(),
        reason="somebody ran `watcher alerts test`",
    )

    async def send_all(names: Iterable[str]) -> list[SendResult]:
        send = AppriseSender()
        return await asyncio.gather(
            *(send(known[name], facts, maybe_repeat=False) for name in names)
        )

    names = receivers or tuple(known)
    results = asyncio.run(send_all(names))
    for name, result in zip(names, results, strict=True):
        detail = f": {visible(result.detail)}" if result.detail else ""
        click.echo(f"{visible(name)}: {result.outcome}{detail}")
    if any(result.outcome != "sent" for result in results):
        raise click.exceptions.Exit(EXIT_RETRY)
