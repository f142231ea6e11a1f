"""Questions across languages, nothing recorded: a text against all, two texts side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from watcher.archive import Database
from watcher.archive import articles as store
from watcher.core.across import Verdict, anchors, by_anchors, by_meaning, sentences
from watcher.record.across import Across
from watcher.record.spoken import Meant, mean, spoken
from watcher.tongues import COVERED, EXTRA, available, language

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Translated:
    """A known article that a text is a translation of, or that is one of it. `paste` and `cut` are
    shares of letters in sentences that have a counterpart; the known article is the source."""

    article_id: int
    outlet: str
    lang: str
    title: str
    url: str | None
    kind: str
    paste: float
    cut: float
    sure: float
    reason: str
    story_id: int
    seen_by: datetime


@dataclass(frozen=True, slots=True)
class Sided:
    """Two texts compared across languages. `pairs`: start and end, in characters, of sentences of
    a, and of b, that say the same, and how alike they are."""

    kind: str  # translation | excerpt | independent
    paste: float
    cut: float
    sure: float
    reason: str
    lang_a: str | None
    lang_b: str | None
    pairs: tuple[tuple[int, int, int, int, float], ...]
    note: str  # what the answer lacks


def match_across(
    database: Database, text: str, title: str = "", *, limit: int = 20
) -> list[Translated]:
    """What `text` may be a translation of, the likeliest first. Needs the extra."""
    asked = mean([spoken(0, title, text, None)])
    if not asked:
        return []
    with database.read() as conn:
        found = Across().ask(conn, asked[0], _BEGINNING)
        outlets = {o.id: o.name for o in store.outlets(conn)}
    hits = [
        Translated(
            row.id,
            outlets[row.outlet_id],
            theirs.lang,
            row.title,
            row.url,
            str(verdict.found),
            verdict.paste,
            verdict.cut,
            verdict.sure,
            verdict.reason,
            row.story_id,
            row.seen_by,
        )
        for row, theirs, verdict in found
    ]
    return sorted(hits, key=lambda h: (-h.sure, h.article_id))[:limit]


def compare_across(a: str, b: str) -> Sided:
    """Compare two texts across languages; by numbers and names alone where the model is missing or
    does not cover a language, and then it says so."""
    langs = [language(text).code for text in (a, b)]
    note = ""
    if not available():
        note = f"by numbers and names alone; more with: pip install '{EXTRA}'"
    for lang in langs:
        if not note and lang not in COVERED:
            note = f"by numbers and names alone: the model does not cover {lang or 'the language'}"
    if note:
        return _told(by_anchors(anchors(a), anchors(b)), langs, None, note)
    both = [(mean([spoken(0, "", text, None)]) or [_empty(text)])[0] for text in (a, b)]
    return _told(
        by_meaning(both[0].vectors, both[1].vectors, both[0].at, both[1].at),
        langs,
        (both[0], both[1]),
        "both are in one language: `compare` without --across says more"
        if langs[0] == langs[1]
        else "",
    )


def _empty(text: str) -> Meant:
    from watcher.tongues import meanings

    return Meant(0, "", 0, sentences(text)[:0], meanings([]))


def _told(
    verdict: Verdict, langs: list[str | None], both: tuple[Meant, Meant] | None, note: str
) -> Sided:
    pairs = (
        tuple(
            (
                both[0].at[p.a[0]][0],
                both[0].at[p.a[1] - 1][1],
                both[1].at[p.b[0]][0],
                both[1].at[p.b[1] - 1][1],
                p.alike,
            )
            for p in verdict.pairs
        )
        if both
        else ()
    )
    return Sided(
        str(verdict.found),
        verdict.paste,
        verdict.cut,
        verdict.sure,
        verdict.reason,
        langs[0],
        langs[1],
        pairs,
        note,
    )
