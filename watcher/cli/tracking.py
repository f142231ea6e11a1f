"""Watches made on the command line: a text or phrase to follow, and what is to raise an alert."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.base import Nothing, Setup, command, pass_setup
from watcher.cli.render import Column, Output, listing, visible
from watcher.core.errors import ConfigError, UsageError
from watcher.report import WatchLine, open_reader

if TYPE_CHECKING:
    from watcher.config import Condition, Config
    from watcher.config.kinds import Kind

_MOST_CHARACTERS = 1_000_000


@command()
@click.argument("target", metavar="URL|FILE|-|STORY")
@click.option("--label", required=True, metavar="NAME", help="What alerts call it.")
@click.option(
    "--alert-on",
    "conditions",
    multiple=True,
    metavar="CONDITION",
    help="resurfaced, first_copy, reach=5, outlet=a.example,b.example ...; may be given again."
    " Default: the first two.",
)
@click.option(
    "--notify",
    multiple=True,
    metavar="RECEIVER",
    help="Who is told; may be given again. Default: all receivers of feeds.yaml.",
)
@click.option(
    "--dormant-after", metavar="7d", help="Rest after which a copy means that it resurfaced."
)
@click.option(
    "--translations",
    metavar="0.6",
    help="Suggested translations at least this alike, 0 to 1, are part of its story.",
)
@click.option(
    "--phrase",
    is_flag=True,
    help='The argument is a phrase: words, "side by side", "near"~5, beg*, A OR B, -not.',
)
@pass_setup
def track(
    setup: Setup,
    target: str,
    label: str,
    conditions: tuple[str, ...],
    notify: tuple[str, ...],
    dormant_after: str | None,
    translations: str | None,
    phrase: bool,
) -> None:
    """Follow a text from now on, and be told what becomes of it.

    The text is an article's address, a file, `-` for standard input, or the number of a story
    that `watcher stories` lists.
    """
    from watcher.archive import open_archive
    from watcher.archive.feeds import add_watch
    from watcher.config import Watch, kinds, watched
    from watcher.config.values import ALERT_ON

    config = setup.usable_config()
    url = setup.database_url()
    kind, text = _target(setup, target) if not phrase else ("phrase", "")
    if phrase:
        text = _read(watched.PHRASE, target, "--phrase")
    rest = None
    if dormant_after is not None:
        rest = _read(kinds.duration("1h", "3650d"), dormant_after, "--dormant-after")
    if translations is not None and phrase:
        raise UsageError("--translations: a phrase is looked for in its own words alone.")
    watch = Watch(
        name=_read(kinds.NAME, label, "--label"),
        target_kind=kind,  # type: ignore[arg-type]  # one of the four that _target gives
        target=text,
        alert_on=tuple(read_condition(one, config, phrase=phrase) for one in conditions)
        or ALERT_ON,
        dormant_after=rest,
        notify=_receivers(notify, _told(setup, config, notify)),
        translations=likeness(translations),
    )
    with open_archive(url, create=True) as database:
        added = add_watch(database, watch, setup.clock())
    if added is None:
        raise UsageError(f"A watch is called {label} already: choose another --label.")
    told = ", ".join(watch.notify) or "nobody, for no receiver is known: name one with --notify"
    raised = ", ".join(one.name for one in watch.alert_on)
    click.echo(f"{visible(label)} is followed. Alerts: {raised}. Told: {visible(told)}.")
    if watch.translations is not None:
        click.echo(_across(watch.translations))
    if phrase:
        from watcher.core.phrase import parse

        click.echo(f"Looked for in each new article: {visible(parse(text).told())}.")


def likeness(given: str | None) -> float | None:
    """What `--translations` says, read as feeds.yaml is. Raises UsageError."""
    from watcher.config import watched

    return None if given is None else float(_read(watched.LIKENESS, given, "--translations"))


def _across(least: float) -> str:
    """What a watch does about translations, and what it lacks for that."""
    from watcher.tongues import EXTRA, available

    told = f"Suggested translations with a likeness of {least:g} or more are part of its story."
    return told if available() else f"{told} They are looked for with pip install '{EXTRA}'."


def _target(setup: Setup, given: str) -> tuple[str, str]:
    """The kind and target of a watch (watcher.config.Watch) that a person names so."""
    from watcher.config import kinds

    if given == "-":
        return "text", _text("standard input", sys.stdin.read(_MOST_CHARACTERS + 1))
    if re.match("https?://", given, re.IGNORECASE):
        return "story", str(_read(kinds.WEB, given, "the address"))
    path = Path(given)
    if path.is_file():
        return "file", str(path.absolute())
    if not (given.isascii() and given.isdigit()):
        raise UsageError(
            f"{given} is no file, no story's number, and no address that begins with http:// or"
            " https://; for words to look for, add --phrase."
        )
    with open_reader(setup.database_url()) as reader:
        found = reader.story(int(given), now=setup.clock())
    if found is None:
        raise UsageError(f"There is no story {given}: `watcher stories` lists them.")
    return "story", str(found.line.story)


def _text(name: str, text: str) -> str:
    if len(text) > _MOST_CHARACTERS:
        raise UsageError(f"{name} is longer than {_MOST_CHARACTERS:,} characters: not an article.")
    if not text.strip():
        raise UsageError(f"{name} is empty.")
    return text


def _read(kind: Kind, written: str, where: str) -> Any:
    """A value as feeds.yaml would read it. Raises UsageError."""
    from watcher.config.faults import UnfitError, quoted

    try:
        return kind.read(written)
    except UnfitError as unfit:
        raise UsageError(f"{where}: {str(unfit).replace('{found}', quoted(written))}.") from None


def read_condition(given: str, config: Config | None, *, phrase: bool) -> Condition:
    """`resurfaced`, `reach=5` or `reach:5`, checked as feeds.yaml's conditions are.

    Raises UsageError.
    """
    from watcher.config import CONDITIONS, Condition
    from watcher.config.values import OF_PHRASES, OF_PHRASES_ALONE

    found = re.fullmatch(r"\s*(\w+)\s*(?:[=:]\s*(.+?)\s*)?", given)
    name, value = found.groups() if found else (given, None)
    where = f"--alert-on {given}"
    if name not in CONDITIONS:
        raise UsageError(f"{where}: no such condition; there are {', '.join(CONDITIONS)}.")
    if phrase and name not in OF_PHRASES:
        instead = ": write new_mention" if name == "new_copy" else ""
        raise UsageError(f"{where}: it is about copies, and a phrase has mentions{instead}.")
    if name in OF_PHRASES_ALONE and not phrase:
        raise UsageError(f"{where}: it is about a phrase: write new_copy, or add --phrase.")
    kind = CONDITIONS[name]
    if kind is None or value is None:
        if kind is not None:
            raise UsageError(f"{where}: {name} needs {kind.expected}: write {name}=...")
        if value is not None:
            raise UsageError(f"{where}: {name} takes no value.")
        return Condition(name)
    if not kind.between:
        return Condition(name, _read(kind, value, where))
    names = [_read(kind, one, where) for one in value.split(",") if one.strip()]
    if name == "outlet":
        names = [_domain(one, config, where) for one in names]
    return Condition(name, kind.between.join(dict.fromkeys(names)))


def _domain(given: str, config: Config | None, where: str) -> str:
    """The domain of an outlet that is named by it, or by its name in feeds.yaml."""
    from watcher.config import kinds
    from watcher.domains import registrable

    named = {one.name.casefold(): one.domain for one in (config.outlets if config else ())}
    return named.get(given.casefold()) or registrable(_read(kinds.DOMAIN, given, where))


def _told(setup: Setup, config: Config | None, given: tuple[str, ...]) -> Config | None:
    """The configuration whose receivers are meant. A faulty feeds.yaml is an error where it has to
    say who is told: a watch that nobody hears of is worse. Raises ConfigError."""
    if config is not None or given:
        return config
    try:
        setup.config_path()
    except ConfigError:
        return None  # there is none
    return setup.load_config()


def _receivers(given: tuple[str, ...], config: Config | None) -> tuple[str, ...]:
    if config is None:
        return given
    known = [receiver.name for receiver in config.receivers]
    for name in given:
        if name not in known:
            raise UsageError(
                f"--notify {name}: no such receiver; feeds.yaml has {', '.join(known) or 'none'}."
            )
    return given or tuple(known)


@command()
@click.argument("label", metavar="NAME")
@pass_setup
def untrack(setup: Setup, label: str) -> None:
    """End a watch that was made with `watcher track`."""
    from watcher.archive import open_archive
    from watcher.archive.feeds import remove_watch

    with open_archive(setup.database_url()) as database:
        outcome = remove_watch(database, label, setup.clock())
    if outcome == "config":
        raise UsageError(f"{label} stands in feeds.yaml: remove it there.")
    if outcome == "unknown":
        raise Nothing(f"No watch is called {label}: `watcher tracked` names them all.")
    click.echo(f"{visible(label)} is no longer followed.")


def _untitled(watch: WatchLine) -> str:
    """What a watch without a text is about."""
    return "how the feeds are" if watch.target == "feeds:" else watch.target


_WATCHES: tuple[Column[WatchLine], ...] = (
    Column("WATCH", lambda w: w.watch, wide=True),
    Column("STORY", lambda w: w.story, right=True),
    Column("STATE", lambda w: w.state),
    Column("REACH", lambda w: w.reach, right=True),
    Column("LAST COPY", lambda w: w.last_copy),
    Column("NOTIFY", lambda w: w.notify, wide=True),
    Column("TITLE", lambda w: w.problem or w.title or _untitled(w), wide=True),
)


@command()
@listing
@pass_setup
def tracked(setup: Setup, out: Output) -> None:
    """The watches in force, each with the story that it follows."""
    with open_reader(setup.database_url()) as reader:
        found = reader.tracked(now=setup.clock())
    if not found:
        raise Nothing("Nothing is tracked: `watcher track URL --label NAME` begins.")
    out.rows(found, _WATCHES)
