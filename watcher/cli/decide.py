"""What people decide, for good: which articles belong together, and what is boilerplate."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

from watcher.cli.base import Group, Nothing, Setup, command, pass_setup
from watcher.cli.lines import say
from watcher.cli.params import NUMBER, signed
from watcher.cli.render import Column, Output, counted, listing, visible
from watcher.core.errors import UsageError
from watcher.report import BoilerplateLine, open_reader

if TYPE_CHECKING:
    from watcher.report.reader import Reader

T = TypeVar("T")

_LEAST_HASH = 4  # digits of a hash that may stand for it


def _noted(command: Callable[..., T]) -> Callable[..., T]:
    """Give a decision --note and --author."""
    noted = click.option("--note", default="", metavar="TEXT", help="Why: kept with the decision.")
    return noted(signed(command))


def _decide(setup: Setup, verb: str, *ids: int, note: str, author: str) -> None:
    """Record one of the four decisions, apply it and say what came of it."""
    from watcher.archive import open_archive
    from watcher.record import deciding
    from watcher.record.recorder import Recorder

    decide: Callable[..., str] = getattr(deciding, verb)
    with open_archive(setup.database_url()) as database:
        done = decide(database, Recorder(), *ids, note=note, author=author, now=setup.clock())
    say(f"{done[0].upper()}{done[1:]}.")


@command()
@click.argument("a", type=NUMBER)
@click.argument("b", type=NUMBER)
@_noted
@pass_setup
def confirm(setup: Setup, a: int, b: int, note: str, author: str) -> None:
    """Two articles belong to one story, whatever their match says."""
    _decide(setup, "confirm", a, b, note=note, author=author)


@command()
@click.argument("a", type=NUMBER)
@click.argument("b", type=NUMBER)
@_noted
@pass_setup
def reject(setup: Setup, a: int, b: int, note: str, author: str) -> None:
    """Two articles do not belong to one story, not through a third."""
    _decide(setup, "reject", a, b, note=note, author=author)


@command()
@click.argument("a", type=NUMBER, metavar="STORY")
@click.argument("b", type=NUMBER, metavar="STORY")
@_noted
@pass_setup
def merge(setup: Setup, a: int, b: int, note: str, author: str) -> None:
    """Two stories are one; both numbers lead to it."""
    _decide(setup, "merge", a, b, note=note, author=author)


@command()
@click.argument("article", type=NUMBER)
@_noted
@pass_setup
def split(setup: Setup, article: int, note: str, author: str) -> None:
    """An article leaves its story, and does not come back to it."""
    _decide(setup, "split", article, note=note, author=author)


# ---------------------------------------------------------------- boilerplate


@click.group(cls=Group)
def boilerplate() -> None:
    """Boilerplate: what outlets repeat; it never counts as copied."""


_LINES: tuple[Column[BoilerplateLine], ...] = (
    Column("OUTLET", lambda b: b.domain),
    Column("HASH", lambda b: b.hash),
    Column("STATE", lambda b: b.state),
    Column("ARTICLES", lambda b: b.articles, right=True),
    Column("LEARNED", lambda b: b.learned.date()),
    Column("BEGINS", lambda b: b.sample, wide=True),
)


@boilerplate.command("list")
@click.argument("name", required=False, metavar="[OUTLET]")
@listing
@pass_setup
def boilerplate_list(setup: Setup, name: str | None, out: Output) -> None:
    """The paragraphs learned, of all outlets or of one, the commonest first."""
    with open_reader(setup.database_url()) as reader:
        found = reader.boilerplate(None if name is None else _outlet(reader, name))
    if not found:
        raise Nothing("No paragraph is known to be boilerplate.")
    out.rows(found, _LINES)


@boilerplate.command("forget")
@click.argument("name", metavar="OUTLET")
@click.argument("paragraph", metavar="HASH")
@pass_setup
def boilerplate_forget(setup: Setup, name: str, paragraph: str) -> None:
    """A paragraph is news and counts as copied; it is not learned again."""
    _set(setup, name, paragraph, forget=True)


@boilerplate.command("learn")
@click.argument("name", metavar="OUTLET")
@click.argument("paragraph", metavar="HASH")
@pass_setup
def boilerplate_learn(setup: Setup, name: str, paragraph: str) -> None:
    """A paragraph that was forgotten is boilerplate after all."""
    _set(setup, name, paragraph, forget=False)


def _set(setup: Setup, name: str, paragraph: str, *, forget: bool) -> None:
    from watcher.archive import open_archive
    from watcher.record.deciding import set_boilerplate
    from watcher.record.recorder import Recorder

    url = setup.database_url()
    with open_reader(url) as reader:
        outlet = _outlet(reader, name)
        line = _paragraph(reader.boilerplate(outlet), paragraph)
    state = "forgotten" if forget else "learned"
    if line.state == state:
        raise UsageError(f"The paragraph {line.hash} of {line.domain} is {state} already.")
    with open_archive(url) as database:
        compared = set_boilerplate(
            database, Recorder(), outlet, int(line.hash, 16), forget=forget, now=setup.clock()
        )
    say(
        f"{line.hash} of {visible(line.domain)} is {state};"
        f" {counted(compared, 'article')} compared anew: {visible(line.sample)}"
    )


def _outlet(reader: Reader, name: str) -> int:
    found = reader.outlets(name)
    if not found:
        raise UsageError(f"No outlet is called {name}: write its domain, as feeds.yaml has it.")
    if len(found) > 1:
        domains = ", ".join(one.domain for one in found)
        raise UsageError(f"{name} may be {domains}: write the domain.")
    return found[0].outlet


def _paragraph(lines: list[BoilerplateLine], given: str) -> BoilerplateLine:
    digits = given.strip().lower()
    found = [one for one in lines if one.hash.startswith(digits)]
    if len(digits) < _LEAST_HASH or len(found) != 1:
        raise UsageError(
            f"{given} is not the hash of one paragraph of the outlet: `watcher boilerplate list`"
            f" shows them; {_LEAST_HASH} digits that no other one begins with are enough."
        )
    return found[0]
