"""The section on other languages: each translation, and the sentences that it rests on."""

from __future__ import annotations

from typing import Final

from watcher.picture.markup import Markup, el, join, void
from watcher.picture.page.pieces import link, name, number_of, seen
from watcher.picture.words import counted
from watcher.report.spread_values import StorySpread, Translation

_SHOWN: Final = 20
_PAIRS: Final = 30  # sentences of one translation; the data has all


def translations(spread: StorySpread) -> Markup | None:
    """What is in another language, suggested or confirmed; None without any."""
    found = spread.translations
    if not found:
        return None
    outlets = {a.article: a.outlet for a in spread.history.articles}
    suggested = sum(one.status == "suggested" for one in found)
    parts = [
        el(
            "p",
            f"{counted(suggested, 'translation')} suggested by a language model that compares"
            " sentences. A suggestion is no part of the story, of its figures or its drawings until"
            " somebody confirms it.",
            class_="note",
        )
    ]
    parts += [_one(one, outlets, n == 0) for n, one in enumerate(found[:_SHOWN])]
    if len(found) > _SHOWN:
        parts.append(
            el("p", f"and {len(found) - _SHOWN} more, which the data below has.", class_="note")
        )
    return join(parts)


def _one(one: Translation, outlets: dict[int, str], opened: bool) -> Markup:
    how = "Confirmed" if one.status == "confirmed" else "Suggested"
    lang = f" ({one.lang})" if one.lang else ""
    parts = [
        el("h3", link(one.url, one.title), void("br"), name(one.outlet), f"{lang} #{one.article}"),
        el(
            "p",
            el("strong", how),
            f": {one.what} of ",
            number_of(one.member),
            " ",
            name(outlets.get(one.member, "")),
            f" ({one.member_lang})" if one.member_lang else "",
            f"; {one.rests_on}." if one.rests_on else ".",
        ),
        el("p", *_clock(one), class_="note"),
    ]
    if one.status == "suggested":
        parts.append(
            el(
                "p",
                "Right or wrong: ",
                el("code", f"watcher confirm {one.member} {one.article}"),
                " or ",
                el("code", f"watcher reject {one.member} {one.article}"),
                class_="note",
            )
        )
    parts.append(_sentences(one, outlets, opened))
    return join(parts)


def _clock(one: Translation) -> list[str]:
    if one.clock == "claimed":
        return ["Imported from an archive."]
    return ["Seen here ", seen(one.seen), "."]


def _sentences(one: Translation, outlets: dict[int, str], opened: bool) -> Markup:
    if not one.pairs:
        return el("p", "The texts are not kept any more.", class_="note")
    heads = (
        el("th", name(f"{outlets.get(one.member, '')} #{one.member}"), scope="col"),
        el("th", name(f"{one.outlet} #{one.article}"), scope="col"),
    )
    body = [
        el("tr", _cell(mine, one.member_lang), _cell(theirs, one.lang), class_="both")
        for mine, theirs in one.pairs[:_PAIRS]
    ]
    caption = el("caption", f"Sentences of #{one.member} and #{one.article} that say the same")
    laid = el("table", caption, el("thead", el("tr", *heads)), el("tbody", *body), class_="beside")
    shown = [el("summary", f"{counted(len(one.pairs), 'sentence')} side by side"), laid]
    if len(one.pairs) > _PAIRS:
        more = counted(len(one.pairs) - _PAIRS, "more sentence")
        shown.append(el("p", f"and {more}, which the data below has.", class_="note"))
    return el("details", *shown, open=opened or None, class_="printed")


def _cell(sentence: str, lang: str | None) -> Markup:
    return el("td", el("p", sentence, dir="auto", lang=lang or None))
