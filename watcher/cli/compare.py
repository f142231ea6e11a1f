"""Texts laid side by side: `match` against everything known, `compare` two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.cli.base import EXIT_NO, Nothing, Setup, command, pass_setup
from watcher.cli.render import Column, Output, coloured, counted, listing, paint, visible
from watcher.cli.source import Source, read_source

if TYPE_CHECKING:
    from watcher.record.explain import Comparison, Hit
    from watcher.record.translated import Sided, Translated

# Words of an unchanged stretch that the diff shows at each end.
_CONTEXT = 12
_BEGINS = 56  # cells of a sentence's beginning

# How a change looks in colour, and without (as wdiff marks it; a moved run has no mark there).
_CHANGES = {
    "del": ({"fg": "red", "strikethrough": True}, "[-", "-]"),
    "add": ({"fg": "green"}, "{+", "+}"),
    "move": ({"fg": "yellow"}, "{~", "~}"),
}

_HITS: tuple[Column[Hit], ...] = (
    Column("KIND", lambda h: h.kind),
    Column("PASTE", lambda h: h.paste, right=True),
    Column("CUT", lambda h: h.cut, right=True),
    Column("DIST", lambda h: h.distance, right=True),
    Column("ARTICLE", lambda h: h.article_id, right=True),
    Column("STORY", lambda h: h.story_id, right=True),
    Column("OUTLET", lambda h: h.outlet, wide=True),
    Column("TITLE", lambda h: h.title, wide=True),
)

_TRANSLATED: tuple[Column[Translated], ...] = (
    Column("KIND", lambda t: t.kind),
    Column("PASTE", lambda t: t.paste, right=True),
    Column("CUT", lambda t: t.cut, right=True),
    Column("SURE", lambda t: t.sure, right=True),
    Column("LANG", lambda t: t.lang),
    Column("ARTICLE", lambda t: t.article_id, right=True),
    Column("STORY", lambda t: t.story_id, right=True),
    Column("OUTLET", lambda t: t.outlet, wide=True),
    Column("TITLE", lambda t: t.title, wide=True),
)


@command()
@click.argument("source", metavar="URL|FILE|-")
@click.option("--across", is_flag=True, help="Is it a translation of anything known?")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, metavar="N")
@listing
@pass_setup
def match(setup: Setup, source: str, across: bool, limit: int, out: Output) -> None:
    """Is this a copy of anything known?

    The closest first; exit code 1 where it is a copy of nothing. --across asks the
    articles in other languages, as far as `watcher translations` has come; it
    needs the extra `translation`.
    """
    given = read_source(setup, source)
    if across:
        _match_across(setup, given, limit, out)
        return
    from watcher.archive import open_archive
    from watcher.record.explain import match_text

    with open_archive(setup.database_url(), readonly=True) as database:
        hits = match_text(database, given.text, given.title, limit=limit)
    if not hits:
        size = counted(given.words, "word")
        raise Nothing(f"{visible(given.name)} ({size}) is not a copy of anything known.")
    out.rows(hits, _HITS)


def _match_across(setup: Setup, given: Source, limit: int, out: Output) -> None:
    from watcher.across import require
    from watcher.archive import open_archive

    require()
    from watcher.record.translated import match_across

    with open_archive(setup.database_url(), readonly=True) as database:
        found = match_across(database, given.text, given.title, limit=limit)
    if not found:
        raise Nothing(f"{visible(given.name)} is not a translation of anything known.")
    out.rows(found, _TRANSLATED)


@command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--full", is_flag=True, help="The whole diff, unchanged stretches too.")
@click.option("--across", is_flag=True, help="Texts of two languages, sentence by sentence.")
@listing
@pass_setup
def compare(setup: Setup, a: str, b: str, full: bool, across: bool, out: Output) -> None:
    """Two texts: kind, paste, cut, distance, why, and a word diff.

    A is taken as the source and B as the copy. Each is a URL, a file, `-` for standard input, or
    `#12` for an article of the database. Exit code 1 where they do not match.
    """
    first, second = read_source(setup, a), read_source(setup, b)
    if across:
        _compare_across(first, second, out)
        return
    from watcher.record.explain import compare_texts

    found = compare_texts(first.text, second.text)
    if out.people:
        _tell(found, first, second, full=full)
    else:
        out.rows([found], ())
    if found.kind == "none":
        raise click.exceptions.Exit(EXIT_NO)


def _compare_across(a: Source, b: Source, out: Output) -> None:
    from watcher.record.translated import compare_across

    found = compare_across(a.text, b.text)
    if out.people:
        _tell_across(found, a, b)
    else:
        out.rows([found], ())
    if found.kind == "independent":
        raise click.exceptions.Exit(EXIT_NO)


_KINDS = {
    "translation": "translation",
    "excerpt": "translation of a part",
    "independent": "no translation",
}


def _tell_across(found: Sided, a: Source, b: Source) -> None:
    for letter, source, lang in (("A", a, found.lang_a), ("B", b, found.lang_b)):
        title = f": {visible(source.title)}" if source.title else ""
        name = f"{visible(source.name)} ({lang or 'language unknown'})"
        click.echo(f"{letter}  {name}, {counted(source.words, 'word')}{title}")
    click.echo()
    click.echo(paint(_KINDS[found.kind], bold=True))
    if found.pairs:
        click.echo(f"paste     {found.paste:.2f}  of A's text has a counterpart in B")
        click.echo(f"cut       {found.cut:.2f}  of B's text has one in A")
    click.echo(f"sure      {found.sure:.2f}")
    click.echo(f"why       {visible(found.reason)}")
    if found.note:
        click.echo(f"note      {visible(found.note)}")
    for start_a, end_a, start_b, end_b, alike in found.pairs:
        click.echo()
        click.echo(f"{alike:.2f}  A {start_a}-{end_a}  {_begins(a.text[start_a:end_a])}")
        click.echo(f"      B {start_b}-{end_b}  {_begins(b.text[start_b:end_b])}")


def _begins(text: str) -> str:
    from rich.cells import cell_len, set_cell_size

    shown = " ".join(visible(text).split())
    return shown if cell_len(shown) <= _BEGINS else set_cell_size(shown, _BEGINS - 1).rstrip() + "…"


def _tell(found: Comparison, a: Source, b: Source, *, full: bool) -> None:
    for letter, source in (("A", a), ("B", b)):
        title = f": {visible(source.title)}" if source.title else ""
        click.echo(f"{letter}  {visible(source.name)}, {counted(source.words, 'word')}{title}")
    click.echo()
    click.echo(paint("no match" if found.kind == "none" else found.kind, bold=True))
    click.echo(f"paste     {found.paste:.2f}  of A's words are in B")
    click.echo(f"cut       {found.cut:.2f}  of B's words come from A")
    click.echo(f"distance  {found.distance:4}  bits of 64")
    click.echo(f"words     {found.words:4}  matched, {found.longest} in the longest run")
    click.echo(f"why       {visible(found.reason)}")
    if found.runs:
        click.echo()
        click.echo(f"{counted(len(found.runs), 'matched run')} (characters of A, of B):")
        for start_a, end_a, start_b, end_b in found.runs:
            head = visible(a.text[start_a:end_a])
            if len(head) > 44:
                head = head[:43].rstrip() + "…"
            click.echo(f"  {start_a}-{end_a}  {start_b}-{end_b}  {head}")
        click.echo()
        click.echo(word_diff(found.diff, full=full, colour=coloured()))


def word_diff(diff: tuple[tuple[str, str], ...], *, full: bool, colour: bool) -> str:
    """A diff as one text: changes coloured, or marked as wdiff does where there is no colour."""
    parts = []
    for n, (op, text) in enumerate(diff):
        shown = visible(text).strip()
        if not shown:
            continue
        if op == "same":
            ends = (n > 0, n < len(diff) - 1)
            parts.append(shown if full else _shortened(shown, *ends))
            continue
        style, left, right = _CHANGES[op]
        parts.append(click.style(shown, **style) if colour else f"{left}{shown}{right}")  # type: ignore[arg-type]
    return " ".join(parts)


def _shortened(text: str, follows: bool, goes_on: bool) -> str:
    """An unchanged stretch with its middle left out; text beside no change shows no context."""
    words = text.split()
    head = words[:_CONTEXT] if follows else []
    tail = words[-_CONTEXT:] if goes_on else []
    left_out = len(words) - len(head) - len(tail)
    if left_out <= _CONTEXT:
        return text
    return " ".join([*head, f"... {left_out} words the same ...", *tail])
