"""A story in words: whole, in short, or sighting by sighting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import click

from watcher.cli.lines import say
from watcher.cli.picturing import draw_story
from watcher.cli.render import Column, Output, counted, paint, visible
from watcher.cli.spread import tell_figures
from watcher.core.message.words import duration
from watcher.report import ArticleLine, Claim, Event, Interval, LinkedLine, StoryHistory

if TYPE_CHECKING:
    from watcher.report.spread_values import StorySpread

A = TypeVar("A", ArticleLine, LinkedLine)

# What people are shown of long lists; --json has everything.
_LINKED_SHOWN = 10
_CHAINS_SHOWN = 5
_PARTED_SHOWN = 5

_VERBS = {
    "confirm": "put together",
    "reject": "kept apart",
    "merge": "stories made one, of",
    "split": "taken out of its story",
    "unsplit": "split taken back,",
}


def tell_story(history: StoryHistory, out: Output, spread: StorySpread | None = None) -> None:
    """A story: what it is, where it came from, its figures, its episodes, its articles, its links.

    Origin and figures only with `spread`.
    """
    _head(history, out, spread)
    if spread is not None:
        tell_figures(spread, out)
        draw_story(spread)
    for article in history.articles:
        click.echo()
        _tell_article(article, out, history.root)
    if history.linked:
        click.echo(f"\n{_LINKED}")
        for linked in history.linked[:_LINKED_SHOWN]:
            click.echo()
            _tell_linked(linked, out)
        _more(len(history.linked) - _LINKED_SHOWN, history)


def tell_story_in_short(history: StoryHistory, out: Output) -> None:
    """The same with a line an article."""
    _head(history, out)
    click.echo()
    out.rows(
        history.articles,
        (
            _when(history.articles, out),
            Column("OUTLET", lambda a: a.outlet, wide=True),
            Column("KIND", lambda a: _kind(a, history.root)),
            Column("PASTE", lambda a: a.paste, right=True),
            Column("CUT", lambda a: a.cut, right=True),
            Column("CREDIT", lambda a: None if a.verdict == "none" else a.verdict),
        ),
    )
    if history.linked:
        click.echo(f"\n{_LINKED}")
        out.rows(
            history.linked[:_LINKED_SHOWN],
            (
                _when(history.linked, out),
                Column("OUTLET", lambda n: n.outlet, wide=True),
                Column("KIND", lambda n: n.kind),
                Column("PASTE", lambda n: n.paste, right=True),
                Column("CUT", lambda n: n.cut, right=True),
                Column("TITLE", lambda n: n.title, wide=True),
            ),
        )
        _more(len(history.linked) - _LINKED_SHOWN, history)


_LINKED = "Linked, not part of it:"


def _more(left_out: int, history: StoryHistory) -> None:
    if left_out > 0:
        say(f"\nand {left_out} more: `watcher story {history.line.story} --json` has them all")


def _head(history: StoryHistory, out: Output, spread: StorySpread | None = None) -> None:
    line = history.line
    if history.asked != line.story:
        say(f"Story {history.asked} was merged into this one.")
    say(paint(f"Story {line.story}: {visible(line.title)}", bold=True))
    facts = [
        line.state,
        f"{counted(line.articles, 'article')} at {counted(line.outlets, 'outlet')}"
        f" of {counted(line.reach, 'family', 'families')}",
    ]
    if line.languages:
        facts.append(counted(line.languages, "language"))
    say(", ".join(facts) + (", tracked" if line.tracked else ""))
    claims = {a.claimed.at for a in history.articles if a.clock == "claimed"}
    if line.clock == "claimed":
        first = f"First claimed {out.time(line.first_seen.by)} (imported)"
    else:
        first = f"First seen {out.interval(line.first_seen)}"
    last = "last copy claimed" if line.last_copy in claims else "last copy"
    say(f"{first}; {last} {out.time(line.last_copy)}")
    if spread is not None and len(history.articles) > 1:
        say(f"Origin: {visible(spread.origin.answer)}")
    for chain in history.chains[:_CHAINS_SHOWN]:
        say("Credit chain: " + " -> ".join(visible(name) for name in chain))
    if len(history.chains) > _CHAINS_SHOWN:
        say(f"and {len(history.chains) - _CHAINS_SHOWN} more credit chains")
    missing = Counter(a.missing_origin for a in history.articles if a.missing_origin)
    for name, times in missing.most_common(_CHAINS_SHOWN):
        articles = counted(times, "article")
        say(f"Missing origin: {visible(name)}, credited by {articles}, never seen here")
    say(_coverage(history))
    for words in _decided(history, out):
        say(words)
    if len(history.episodes) > 1:
        click.echo()
        imported = {a.article for a in history.articles if a.clock == "claimed"}
        for episode in history.episodes:
            clock = " (its own date)" if episode.article in imported else ""
            say(
                f"Episode {episode.n} ({episode.subtype}), opened {out.time(episode.opened)} by"
                f" #{episode.article}{clock}: {counted(episode.copies, 'copy', 'copies')} in"
                f" {duration((episode.last - episode.opened).total_seconds())}"
            )


def _decided(history: StoryHistory, out: Output) -> list[str]:
    """What people decided of its articles; a split parts an article from many, and is told once."""
    by_act: dict[tuple[datetime, str, str, str, int], list[int]] = {}
    for d in history.decisions:
        act = (d.at, d.author, d.verb, d.note, d.a)
        by_act.setdefault(act, []).append(d.b)
    told = []
    for (at, author, verb, note, a), others in by_act.items():
        shown = ", ".join(f"#{b}" for b in others[:_PARTED_SHOWN])
        if len(others) > _PARTED_SHOWN:
            shown += f" and {len(others) - _PARTED_SHOWN} more"
        why = f": {visible(note)}" if note else ""
        told.append(
            f"By hand, {out.time(at)}, {visible(author)}: {_VERBS[verb]} #{a}, {shown}{why}"
        )
    return told


def _coverage(history: StoryHistory) -> str:
    cover = history.coverage
    imported = f"{counted(cover.imported, 'article')} imported, placed by their own dates"
    if cover.imported == len(history.articles):
        return f"Coverage: {imported}; seen in no feed"
    words = (
        f"Coverage: seen in {counted(cover.feeds, 'feed')} of {cover.polled} polled,"
        f" {counted(cover.gaps, 'failed poll')} since,"
        f" {counted(cover.unknown_starts, 'unknown start')}"
    )
    return f"{words}, {imported}" if cover.imported else words


# ---------------------------------------------------------------- its articles


def _tell_article(article: ArticleLine, out: Output, root: int) -> None:
    if article.article == root:
        compared = "root"
    elif article.kind is None:
        compared = f"{article.role}, put here without a match"
    else:
        with_ = "" if article.against == root else f" with #{article.against}"
        compared = (
            f"{article.kind}{with_}, paste {article.paste:.2f}, cut {article.cut:.2f},"
            f" distance {article.distance}"
        )
        if article.status not in ("auto", None):
            compared += f", {article.status}"
    say(f"{_name(article)}: {compared}")
    say(f"  {visible(article.title)}")
    say(f"  {_clocks(article.clock, article.seen, article.claimed, out)}")
    if article.verdict != "none":
        say(f"  credit {article.verdict}: {visible(article.verdict_why)}")
    named = {credit.agent: credit for credit in reversed(article.credits)}
    for credit in reversed(named.values()):  # of one who is named twice, the first place
        say(f"  credits {visible(credit.agent)} ({credit.place}): {visible(credit.words)}")
    if article.url:
        say(f"  {visible(article.url)}")


def _tell_linked(linked: LinkedLine, out: Output) -> None:
    member = f"#{linked.member}"
    how = {
        "container": f"container of {member}",
        "passage": f"passage shared with {member}",
        "translation": f"translation, with {member}",
    }
    compared = f"{how.get(linked.kind, f'{linked.kind} with {member}')}"
    compared += f", paste {linked.paste:.2f}, cut {linked.cut:.2f}"
    if linked.status != "auto":
        compared += f", {linked.status}"
    say(f"{_name(linked)}: {compared}")
    say(f"  {visible(linked.title)}")
    say(f"  {_clocks(linked.clock, linked.seen, linked.claimed, out)}")
    say(f"  {visible(linked.why)}")
    if linked.url:
        say(f"  {visible(linked.url)}")


def _name(article: ArticleLine | LinkedLine) -> str:
    name = f"#{article.article} {visible(article.outlet)}"
    if article.family != article.outlet:
        name += f" ({visible(article.family)})"
    return paint(name, bold=True)


def _clocks(clock: str, seen: Interval, claimed: Claim, out: Output) -> str:
    """Our own clock and the outlet's, never mixed (DESIGN section 3)."""
    says = "gives no date"
    if claimed.at is not None:
        says = f"says {out.time(claimed.at)}" + (f" ({claimed.note})" if claimed.note else "")
    elif claimed.raw:
        says = f'says "{visible(claimed.raw)}" ({claimed.note or "unread"})'
    if clock == "claimed":
        return f"{says}; imported {out.time(seen.by)}"
    return f"seen {out.interval(seen)}; {says}"


def _when(articles: Iterable[A], out: Output) -> Column[A]:
    """The column of times, which says whose clock they are by."""
    if all(article.clock == "claimed" for article in articles):
        return Column("FIRST CLAIMED", lambda a: a.claimed.at)

    def shown(article: A) -> str | datetime:
        if article.clock == "claimed" and article.claimed.at is not None:
            return f"says {out.time(article.claimed.at)}"
        return article.seen.by

    return Column("FIRST SEEN BY", shown)


def _kind(article: ArticleLine, root: int) -> str:
    return "root" if article.article == root else article.kind or article.role


# ---------------------------------------------------------------- its timeline


def tell_timeline(events: Iterable[Event], out: Output) -> None:
    """A story's sightings in order, each with what it opened or why it does not count."""
    for event in events:
        what = event.event
        if event.opens is not None:
            what += f", opens episode {event.opens} ({event.subtype})"
        elif event.counts is None and event.why:
            what += f", does not count: {visible(event.why)}"
        when = out.interval(event.seen)
        if event.clock == "claimed" and event.claimed is not None:
            when = f"says {out.time(event.claimed)} (imported)"
        say(f"{when:<37}{what}", hang=4)
        say(f"    #{event.article} {visible(event.outlet)}: {visible(event.title)}")
