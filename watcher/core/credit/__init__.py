"""Whom a copy names as its source, with the words and their place, and what that amounts to.

Reads a text near its ends in depth and its middle for mentions only, as that is where credits
stand (measured on 4,574 pages). Everything language-bound is a table: `agency_table` (who),
`phrases` (sentences), `labels` (single words). `reading` finds where a name ends, `scan` goes
through a text, `claims` through metadata, `judge` weighs what was found in one copy, `story` in
all copies of a story.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from watcher.core.credit import claims, scan
from watcher.core.credit.agencies import Agency, directory
from watcher.core.credit.finds import Finds
from watcher.core.credit.judge import WEAK_FORMS, ChainLink, Verdict, chain, is_weak, verdict
from watcher.core.credit.names import host_of
from watcher.core.credit.own import Own, same
from watcher.core.credit.phrases import Phrase, own_phrase
from watcher.core.credit.story import Judged, Signed, Weighed, weigh
from watcher.core.values import Credit

__all__ = [
    "WEAK_FORMS",
    "Addition",
    "Agency",
    "ChainLink",
    "Credit",
    "Judged",
    "Own",
    "Phrase",
    "Signed",
    "Verdict",
    "Weighed",
    "chain",
    "find",
    "is_weak",
    "own_phrase",
    "same",
    "verdict",
    "weigh",
]

_MOST = 24

Addition = Agency | Phrase  # what a config adds to the tables


def find(
    *,
    title: str,
    text: str,
    byline: str = "",
    edges: Sequence[str] = (),
    meta: Sequence[tuple[str, str]] = (),
    canonical: str = "",
    own: Own,
    extra: Sequence[Addition] = (),
    registrable: Callable[[str], str] = host_of,
) -> tuple[Credit, ...]:
    """Whom the text credits, stated sources first, mentions in passing last; at most 24.

    `text` is the cleaned body, one paragraph a line; `edges` lines outside it; `meta` pairs of
    field and value ("jsonld:author", "og:url", "rss:source", "tracker" ...); `own` the outlet,
    which never credits itself; `extra` agencies and phrases from the config. `registrable` gives a
    host's registrable domain. An agency goes by its name in the table, anybody else by the words
    used.
    Each credit's `words` stand in one of the inputs as they are (at most 300 characters).
    Never raises; time is bounded whatever the length.
    """
    finds = Finds(directory(tuple(a for a in extra if isinstance(a, Agency))), own)
    if byline:
        scan.byline(byline, finds)
    scan.read(title, text, edges, finds, [p for p in extra if isinstance(p, Phrase)])
    claims.read(finds, canonical, meta, registrable)
    # A stable sort: within each class the order of reading stays.
    return tuple(sorted(finds.credits, key=is_weak)[:_MOST])
