"""What was compared beforehand is what a recording would find, whoever it asks about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import numpy as np
import pytest

from tests import texts
from watcher.core.spread import Seen
from watcher.core.values import Draft
from watcher.record.foretold import Foretold, digest, foretell, mark
from watcher.record.matching import Found, Text, judge, mark_known
from watcher.record.prepare import Prepared, prepare

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOTICE = texts.NOTICE
BODIES = (
    texts.HARBOUR,
    texts.HARBOUR.replace(", ", " "),  # the same words, other letters
    texts.HARBOUR + NOTICE,  # the same evidence, where the notice is known
    texts.reworded(texts.HARBOUR, 9),
    "\n".join(texts.HARBOUR.split("\n")[:3]),
    texts.FRENCH_HEAD + texts.HARBOUR + texts.FRENCH_TAIL,
    texts.SHORT,
    texts.SHORT + "\n" + NOTICE,
    texts.ORCHARD,
    "over and over " * 60,
    "over and  over " * 60,
)
LEARNED = frozenset(prepare(Draft(1, "", NOTICE)).fingerprint.paragraphs.tolist())


def _text(n: int, item: Prepared, outlet: int, claimed: datetime | None) -> Text:
    body = item.draft.text
    seen = Seen(None, NOW, claimed, "claimed" if claimed else "seen")
    known = mark_known(item.words, LEARNED)
    return Text(n, n, outlet, seen, item.fingerprint.simhash, body, item.words, known)


def _told(found: Found | None) -> object:
    if found is None:
        return None
    m = found.match
    figures = (m.kind, m.paste, m.cut, m.words, m.longest, m.reason, m.low_evidence)
    return (found.a.version, found.b.version, found.order, *figures, found.runs.tolist())


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("outlets", [1, 2])
def test_the_answers_are_those_of_comparing(dated: bool, outlets: int) -> None:
    items = [prepare(Draft(1, "", body)) for body in BODIES]
    made = [
        _text(n, item, n % outlets, NOW - timedelta(days=n * 7 % 5) if dated else None)
        for n, item in enumerate(items)
    ]
    marks = [mark(digest(i.draft.text), i.fingerprint.paragraphs, LEARNED) for i in items]
    sides = {t.version: t.side() for t in made}
    foretold = 0
    for a, b in permutations(made, 2):
        answer = foretell(a, b, sides, (marks[a.version], marks[b.version]))
        if answer is None:  # of no known order, and the same word for word
            assert not dated
            continue
        answers = dict([answer])
        told = Foretold(lambda _, answers=answers: answers, set(map(digest, BODIES)))  # type: ignore[misc]
        told.span = range(1)
        for n, item in enumerate(items):
            told.note(n, item)
        heads = {t.version: Text(t.version, t.article, t.outlet, t.seen, t.simhash) for t in made}
        for one, other in ((a, b), (b, a)):
            known, hit = told.ask(heads[one.version], heads[other.version], LEARNED, {})
            if known:
                foretold += 1
                assert _told(hit) == _told(judge(one, other, sides))
        assert told.hits >= 1
        # What is boilerplate decides: to other marks there is no answer.
        if np.any(a.known) or np.any(b.known):
            assert told.ask(heads[a.version], heads[b.version], (), {}) == (False, None)
    assert foretold > 100
