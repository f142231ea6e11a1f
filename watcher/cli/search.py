"""Search: the texts that hold some words, with the place where they stand."""

from __future__ import annotations

import re
from typing import Any

import click

from watcher.cli.base import Command, Nothing, Setup, pass_setup
from watcher.cli.filters import Period, filtered
from watcher.cli.lines import say
from watcher.cli.params import NUMBER
from watcher.cli.render import Output, counted, listing, paint, visible
from watcher.report import open_reader
from watcher.report.asking import SearchAnswer, SearchHit, TextsAsked


class _Search(Command):
    """Lets `-word` be a word that must not be there, as people write it everywhere."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [_SHORT.sub("\u2212", arg) for arg in args])


# A minus before a word, unless that is one of the options of one letter.
_SHORT = re.compile("^-(?!-|v+$|h$|$)")


@click.command(cls=_Search)
@click.argument("words", nargs=-1, required=True)
@filtered
@click.option(
    "--reach", type=click.IntRange(min=1), default=1, metavar="N", help="Of stories in N families."
)
@click.option("--story", type=NUMBER, metavar="STORY", help="Of this story.")
@click.option("--replaced", is_flag=True, help="Also texts that a later version has replaced.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, metavar="N")
@click.option("--after", type=NUMBER, metavar="ARTICLE", help="The page that follows this article.")
@listing
@pass_setup
def search(
    setup: Setup,
    words: tuple[str, ...],
    filters: dict[str, Any],
    period: Period,
    reach: int,
    story: int | None,
    replaced: bool,
    limit: int,
    after: int | None,
    out: Output,
) -> None:
    """Articles whose headline or text has WORDS, the best first.

    \b
    strike bridge      both words, in any form of accents and case
    '"air strike"'     side by side
    strike OR raid     either
    strike -football   without the second
    bomb*              what begins like this

    --since and --until bound the time that places an article. The latest 2,000
    texts that fit are ranked, headlines above texts.
    """
    now = setup.clock()
    asked = TextsAsked(
        **filters,
        **period(now),
        reach=reach,
        story=story,
        replaced=replaced,
    )
    with open_reader(setup.database_url()) as reader:
        found = reader.search(" ".join(words), asked, now=now, after=after, limit=limit)
    if not found.hits:
        raise Nothing("No article fits." if after is None else "No more articles fit.")
    if not out.people:
        out.rows(found.hits, ())
        return
    for n, hit in enumerate(found.hits):
        if n:
            click.echo()
        _tell(hit, out)
    click.echo()
    click.echo(_coverage(found))
    if found.further:
        click.echo(f"There are more: add --after {found.hits[-1].article}", err=True)


def _tell(hit: SearchHit, out: Output) -> None:
    say(paint(f"#{hit.article} {visible(hit.outlet)}: {visible(hit.title)}", bold=True))
    facts = [out.time(hit.at) + (" (its own date)" if hit.clock == "claimed" else "")]
    facts.append(f"story {hit.story}")
    if hit.kind:
        facts.append(hit.kind)
    if hit.credit and hit.credit != "none":
        facts.append(f"credit {hit.credit}")
    if hit.lang:
        facts.append(visible(hit.lang))
    if not hit.current:
        facts.append(f"version {hit.version}, replaced since")
    say("  " + ", ".join(facts), hang=0)
    if hit.snippet:
        say("  " + _marked(hit), hang=0)
    if hit.url:
        say(f"  {visible(hit.url)}", hang=0)


def _marked(hit: SearchHit) -> str:
    """The snippet with the words that were found in colour, where stdout may have it."""
    shown, at = "", 0
    for start, end in hit.hits:
        shown += visible(hit.snippet[at:start])
        # Word by word, for a line may be broken between two.
        shown += " ".join(
            paint(visible(word), fg="yellow", bold=True)
            for word in hit.snippet[start:end].split(" ")
        )
        at = end
    return shown + visible(hit.snippet[at:])


def _coverage(found: SearchAnswer) -> str:
    words = f"{counted(found.total, 'article')} found and ranked."
    if found.partial:
        words += " Older ones with these words were not looked at: name a rarer word, or a filter."
    return words
