"""The sections that are read: the five origin answers, the ledger, versions, what is linked."""

from __future__ import annotations

from typing import Final

from watcher.core.message.words import duration
from watcher.picture.markup import Markup, el, join
from watcher.picture.page.pieces import link, name, number_of, seen, table, time_of
from watcher.picture.words import counted, origin_kind
from watcher.report.spread_values import Change, Ledger, OriginAnswer, StorySpread, Versions, Word
from watcher.report.values import ArticleLine

_LEDGERS: Final = 60
_CHANGES: Final = 40
_VERSIONS: Final = 60
_NAMED: Final = 5


def origin(spread: StorySpread) -> Markup:
    """The five answers side by side, and what speaks against them."""
    found = spread.origin
    cards = [_answer(one, one.kind == found.rests_on) for one in found.answers]
    parts = [el("ol", *cards, class_="answers")]
    if found.contradictions:
        parts.append(el("h3", "What does not fit"))
        parts.append(el("ul", *(el("li", name(text)) for text in found.contradictions)))
    return join(parts)


def _answer(one: OriginAnswer, chosen: bool) -> Markup:
    title, by = origin_kind(one.kind)
    who = [name(n) for n in one.names[:_NAMED]]
    if len(one.names) > _NAMED:
        who.append(join([f"{len(one.names) - _NAMED} more"]))
    parts = [
        el("h3", title, el("span", by)),
        el("p", join(who, " or ") if who else "no answer", class_="who" if who else "who nobody"),
    ]
    if one.at is not None:
        parts.append(el("p", time_of(one.at.by) if one.kind == "claimed" else seen(one.at)))
    if one.evidence:
        parts.append(el("p", name(one.evidence), class_="note"))
    facts = [", ".join(number_of(n) for n in one.articles[:_NAMED])] if one.articles else []
    if one.confidence is not None:
        facts.append(f"confidence {one.confidence:.2f}")
    if chosen:
        facts.append("the answer rests on this")
    if facts:
        parts.append(el("p", "; ".join(facts), class_="note"))
    return el("li", *parts, class_="chosen" if chosen else None)


def ledger(spread: StorySpread) -> Markup:
    """What each copy changed."""
    articles = {a.article: a for a in spread.history.articles}
    told = [one for one in spread.ledgers if one.changes]
    same = [one for one in spread.ledgers if not one.changes]
    parts = [_ledger(one, articles) for one in told[:_LEDGERS]]
    if len(told) > _LEDGERS:
        more = counted(len(told) - _LEDGERS, "more copy", "more copies")
        parts.append(el("p", f"and {more}, which the data below has.", class_="note"))
    if same:
        names = join([_outlet(articles, one.article) for one in same[:_LEDGERS]], ", ")
        parts.append(el("p", "Changed nothing that a ledger lists: ", names, ".", class_="note"))
    if not parts:
        parts.append(el("p", "No copy’s changes are known.", class_="note"))
    return join(parts)


def _ledger(one: Ledger, articles: dict[int, ArticleLine]) -> Markup:
    rows = [
        (change.what, _side("del", change.before, change), _side("ins", change.after, change))
        for change in one.changes[:_CHANGES]
    ]
    told = counted(len(one.changes), "change")
    against = join([_outlet(articles, one.against), f", version {one.against_version}"])
    parts: list[Markup] = [
        el("summary", _outlet(articles, one.article), f": {told}"),
        el("p", "Compared with ", against, ".", class_="note"),
        table(f"What #{one.article} changed", ("What", "Before", "After"), rows, of="changes"),
    ]
    if len(one.changes) > _CHANGES:
        parts.append(el("p", f"and {len(one.changes) - _CHANGES} more.", class_="note"))
    return el("details", *parts, class_="printed")


def _side(tag: str, text: str, change: Change) -> Markup:
    # What has nothing on the other side is known by where it stands, and is easier to read plain.
    both = change.before and change.after
    return el(tag, text, dir="auto", class_=None if both else "whole") if text else join(["–"])


def _outlet(articles: dict[int, ArticleLine], article: int) -> Markup:
    line = articles.get(article)
    return join([name(line.outlet), f" #{article}"]) if line else join([f"#{article}"])


def versions(spread: StorySpread) -> Markup | None:
    """Texts that were edited, and copies that still carry the old words; None without any."""
    edited = [one for one in spread.versions if len(one.lines) > 1 or one.withdrawn]
    if not edited and not spread.stale:
        return None
    parts = [_versions(one) for one in edited[:_VERSIONS]]
    if len(edited) > _VERSIONS:
        more = counted(len(edited) - _VERSIONS, "more article")
        parts.append(el("p", f"and {more}, which the data below has.", class_="note"))
    if spread.stale:
        rows = (
            (
                number_of(one.article), name(one.outlet), f"#{one.source}, version {one.took}",
                f"version {one.newest}", duration(one.age_s),
                join([el("q", words, dir="auto") for words in one.words[:_NAMED]], " "),
            )
            for one in spread.stale
        )  # fmt: skip
        heads = ("#No.", "Outlet", "Took", "Now at", "Since", "Old words")
        parts += [
            el("h3", "Copies that still carry the old words"),
            table("Copies that still carry the old words", heads, rows),
        ]
    return join(parts)


def _versions(one: Versions) -> Markup:
    items = []
    for line in one.lines:
        told = f"Version {line.n}, {counted(line.words, 'word')}, seen "
        silent = " The text changed, its date did not." if line.silent else ""
        words = [el("p", *(_word(word) for word in line.diff), class_="diff", dir="auto")]
        items.append(el("li", told, seen(line.seen), ".", silent, *(words if line.diff else [])))
    gone = []
    if one.withdrawn is not None:
        gone.append(el("p", "Withdrawn; known since ", time_of(one.withdrawn), "."))
    return join([el("h3", name(one.outlet), f" #{one.article}"), *gone, el("ol", *items)])


def _word(word: Word) -> Markup:
    if word.op == "dropped":
        return join([el("del", word.text), " "])
    if word.op == "added":
        return join([el("ins", word.text), " "])
    return join([word.text, " "])


def linked(spread: StorySpread) -> Markup | None:
    """What matches the story and is not part of it; None without any."""
    rows = [
        (
            number_of(one.article), name(one.outlet), link(one.url, one.title),
            one.kind if one.status == "auto" else f"{one.kind} ({one.status})",
            number_of(one.member), f"{one.paste:.2f}", f"{one.cut:.2f}",
            seen(one.seen) if one.clock == "seen" else "imported",
        )
        for one in spread.history.linked
    ]  # fmt: skip
    if not rows:
        return None
    heads = ("#No.", "Outlet", "Headline", "Kind", "Of", "#Paste", "#Cut", "Seen here")
    return table("Linked, not part of the story", heads, rows)
