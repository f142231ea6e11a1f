"""Alerts: what was raised, what it says, who was told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from watcher.cli.base import Group, Nothing, Setup, pass_setup
from watcher.cli.lines import say
from watcher.cli.params import NUMBER, SINCE, moment
from watcher.cli.render import Column, Output, counted, listing, paint, visible
from watcher.core.errors import UsageError
from watcher.report import AlertHistory, AlertLine, open_reader

if TYPE_CHECKING:
    from watcher.core.message import Facts

_DELIVERIES = ("pending", "sending", "sent", "retry", "dead", "held")
_FORMS = ("text", "phone", "slack", "blocks", "html", "subject")


@click.group(
    cls=Group,
    sections={
        "Try and follow": {
            "test": "watcher.cli.alerting:alerts_test",
            "feed": "watcher.cli.alerting:alerts_feed",
        }
    },
)
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
    """Whom it went to; where it did not go, why."""
    if not alert.deliveries:
        return f"held: {alert.reason}" if alert.state == "held" else "nobody"
    return ", ".join(
        f"{d.receiver} {d.state}" + (f": {d.reason}" if d.reason and d.state != "sent" else "")
        for d in alert.deliveries
    )


@alerts.command("list")
@click.option("--since", type=SINCE, metavar="7d|DATE", help="Raised since then.")
@click.option("--until", type=SINCE, metavar="7d|DATE", help="Raised up to then.")
@click.option("--watch", metavar="NAME", help="Only of this watch.")
@click.option("--story", "story_id", type=NUMBER, metavar="ID", help="Only on this story.")
@click.option("--condition", metavar="NAME", help="Only for this: resurfaced, reach ...")
@click.option(
    "--state", type=click.Choice(("fired", "held")), help="held: not raised, and why not."
)
@click.option("--receiver", metavar="NAME", help="Only with a delivery to this one.")
@click.option("--told", type=click.Choice(_DELIVERIES), help="Only with a delivery in this state.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, metavar="N")
@listing
@pass_setup
def alerts_list(
    setup: Setup,
    since: timedelta | datetime | None,
    until: timedelta | datetime | None,
    watch: str | None,
    story_id: int | None,
    condition: str | None,
    state: str | None,
    receiver: str | None,
    told: str | None,
    limit: int,
    out: Output,
) -> None:
    """Alerts, the latest first, and how each receiver was told.

    What was held back is listed with the reason, be it the alert (--state held) or its delivery to
    one receiver (--told held).
    """
    now = setup.clock()
    with open_reader(setup.database_url()) as reader:
        found = reader.alerts(
            since=moment(since, now),
            until=moment(until, now),
            watch=watch,
            story_id=story_id,
            condition=condition,
            state=state,
            receiver=receiver,
            told=told,
            limit=limit,
        )
    if not found:
        raise Nothing("No alert fits.")
    out.rows(found, _ALERTS)


@alerts.command("show")
@click.argument("alert_id", type=NUMBER, metavar="ID")
@click.option(
    "--as",
    "form",
    type=click.Choice(_FORMS),
    help="Only the message, as a mail's text or HTML, Slack, or a phone gets it.",
)
@listing
@pass_setup
def alerts_show(setup: Setup, alert_id: int, form: str | None, out: Output) -> None:
    """One alert: what it says, who was told, every attempt.

    --json has what the message is made from, too.
    """
    if form is not None and not out.people:
        raise UsageError("--as prints the message itself: leave out --json and --csv.")
    with open_reader(setup.database_url()) as reader:
        found = reader.alert(alert_id)
    if found is None:
        raise Nothing(f"There is no alert {alert_id}: `watcher alerts list` names them.")
    if form is not None:
        _print_message(found, form)
    elif out.form == "csv":
        out.rows(found.line.deliveries, ())
    elif out.form == "json":
        out.rows([found], ())
    else:
        _tell_alert(found, out)


def _facts(found: AlertHistory) -> Facts:
    """What the alert says. Raises TypeError, ValueError where the payload is not an alert."""
    from watcher.core.message import Facts

    return Facts.from_plain(found.payload)


def _print_message(found: AlertHistory, form: str) -> None:
    """The message alone; whatever a terminal would act on has been taken out or is shown."""
    import json

    from watcher.core import message

    try:
        facts = _facts(found)
    except (TypeError, ValueError) as error:
        raise UsageError(f"What it was to say cannot be read: {visible(str(error))}") from None
    match form:
        case "text":
            text = message.plain(facts)[1]
        case "phone":
            text = message.plain(facts, width=None)[1]
        case "slack":
            text = message.slack(facts)
        case "blocks":
            text = json.dumps(message.blocks(facts), indent=2, ensure_ascii=False)
        case "html":
            text = message.html(facts)[1]
        case _:
            text = message.subject(facts)
    for line in text.splitlines():
        click.echo(visible(line))


def _tell_alert(found: AlertHistory, out: Output) -> None:
    from watcher.core.message import plain

    line = found.line
    story = f", story {line.story}" if line.story is not None else ""
    head = f"Alert {line.alert}: {line.condition} of watch {visible(line.watch)}{story}"
    say(f"{paint(head, bold=True)}, {out.time(line.at)}")
    say(f"{line.state}: {visible(line.reason)}")
    click.echo()
    try:
        title, body = plain(_facts(found), width=76)
    except (TypeError, ValueError) as error:
        say(f"What it was to say cannot be read: {visible(str(error))}")
    else:
        say(f"  {visible(title)}")
        click.echo()
        _, _, rows = body.partition("\n\n")
        for row in rows.splitlines():
            click.echo(f"  {visible(row)}".rstrip())
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
