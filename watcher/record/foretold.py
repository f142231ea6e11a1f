"""Comparisons that were made beforehand, for a recording that would make the same ones.

Two texts compared give the same whoever compares them: it depends on their letters, on which of
their paragraphs are known boilerplate, on which of them is the earlier, and on whether one outlet
has both. A key is made of exactly that. Where the recording arrives at a key that is here, the
answer stands; where it does not (boilerplate was not learned yet, a text from before), it compares
the texts itself. So what is foretold saves time and decides nothing. In the
same way the credits of what is joined are read beforehand.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
import xxhash

from watcher.core.match import JOINING, Kind, Match, Order, Side
from watcher.core.spread import order
from watcher.core.text import U64
from watcher.core.values import Credit, Draft
from watcher.record.matching import Found, Text, judge
from watcher.record.prepare import Prepared, credited

_CLEAN = bytes(8)  # the mark of a text none of whose paragraphs is boilerplate
_HELD = 64  # parts of the archive whose comparisons are in memory at a time

Answers = Mapping[bytes, bytes | None]  # by key; None: compared, and nothing to do with each other


def digest(text: str) -> bytes:
    """16 bytes that stand for a text, letter by letter."""
    return xxhash.xxh3_128_digest(text.encode("utf-8", "surrogatepass"))


def mark(
    text: bytes, paragraphs: U64, learned: Collection[int], forgotten: Collection[int] = ()
) -> bytes:
    """A text (its `digest`) together with those of its paragraphs that are no evidence, as
    `matching.mark_known` finds them."""
    known = sorted({h for h in paragraphs.tolist() if h in learned and h not in forgotten})
    return text + (xxhash.xxh3_64_digest(np.array(known, np.uint64).tobytes()) if known else _CLEAN)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A comparison: the two in the order of the key, and whether that turned them around."""

    a: Text
    b: Text
    known: Order
    turned: bool
    key: bytes


def _asked(a: Text, b: Text, marks: tuple[bytes, bytes]) -> _Asked:
    known, swap = order(a.seen, b.seen)
    one, other = marks
    if swap:
        a, b, one, other = b, a, other, one
    turned = known is Order.UNKNOWN and other < one
    first, second = (other, one) if turned else (one, other)
    told = f"{known}{a.outlet == b.outlet:d}".encode()
    return _Asked(a, b, known, turned, xxhash.xxh3_128_digest(first + second + told))


def foretell(
    a: Text, b: Text, sides: Mapping[int, Side], marks: tuple[bytes, bytes]
) -> tuple[bytes, bytes | None] | None:
    """Compare two texts: the key, and the answer as `Foretold` reads it. None: the answer depends
    on which of them is asked about, and cannot be foretold."""
    asked = _asked(a, b, marks)
    found = judge(a, b, sides)
    # Of two texts that are word for word the same and of no known order, whoever is asked about is
    # the source: there is nothing else to tell them apart.
    even = asked.known is Order.UNKNOWN and (
        np.array_equal(sides[a.version].hashes, sides[b.version].hashes)
        or np.array_equal(a.words.hashes, b.words.hashes)
    )
    if even and (found is None or found.match.kind not in (Kind.VERBATIM, Kind.REPOST)):
        return None
    if found is None:
        return asked.key, None
    runs = found.runs[:, [2, 3, 0, 1]] if even and asked.turned else found.runs
    first = even or found.a is (asked.b if asked.turned else asked.a)
    return asked.key, pickle.dumps((first, even, found.match, runs), pickle.HIGHEST_PROTOCOL)


def joins(answer: tuple[bytes, bytes | None]) -> bool:
    """Whether an answer of `foretell` is that two texts are of one story."""
    if answer[1] is None:
        return False
    return pickle.loads(answer[1])[2].kind in JOINING  # noqa: S301 - of `foretell`


def foretell_credits(title: str, text: str, outlet: str) -> tuple[bytes, bytes]:
    """Read whom an article credits, its outlet known by its name alone: the key, and the answer."""
    draft = Draft(0, title, text, own_names=(outlet,), own_domain=outlet)
    key = _credits_key(title, digest(text), outlet, outlet)
    return key, pickle.dumps(credited(draft), pickle.HIGHEST_PROTOCOL)


def _credits_key(title: str, text: bytes, outlet: str, domain: str) -> bytes:
    said = "\0".join((title, outlet, domain)).encode("utf-8", "surrogatepass")
    return xxhash.xxh3_128_digest(said + text)


class Foretold:
    """What was compared beforehand. `load` reads the answers of a part of the archive: those to
    comparisons of its texts with any that stand before them. `hits` and `misses` are counted."""

    def __init__(self, load: Callable[[int], Answers], wanted: Collection[bytes]) -> None:
        self._load = load
        self._wanted = wanted  # digests of texts that were compared with any
        self._parts: OrderedDict[int, Answers] = OrderedDict()
        self._noted: dict[int, tuple[range, bytes, U64]] = {}
        self.span = range(0)  # the parts that are being recorded
        self.hits = self.misses = 0

    def note(self, version: int, item: Prepared) -> None:
        """A version has been added, of a text of the parts that are being recorded."""
        text = digest(item.draft.text)
        if text in self._wanted:
            self._noted[version] = (self.span, text, item.fingerprint.paragraphs)

    def ask(
        self, a: Text, b: Text, learned: Collection[int], forgotten: Mapping[int, Collection[int]]
    ) -> tuple[bool, Found | None]:
        """Whether it is known how these two compare (they need no words), and how, as `judge`."""
        noted = self._noted.get(a.version), self._noted.get(b.version)
        if noted[0] is not None and noted[1] is not None:
            (at, text, lines), (at_b, text_b, lines_b) = noted[0], noted[1]
            marks = (
                mark(text, lines, learned, forgotten.get(a.outlet, ())),
                mark(text_b, lines_b, learned, forgotten.get(b.outlet, ())),
            )
            asked = _asked(a, b, marks)
            for part in range(max(at.start, at_b.start), max(at.stop, at_b.stop)):
                answers = self._answers(part)
                if asked.key in answers:
                    self.hits += 1
                    return True, _read(asked, answers[asked.key])
        self.misses += 1
        return False, None

    def credits(
        self, version: int, title: str, outlet: str, domain: str
    ) -> tuple[Credit, ...] | None:
        """Whom a version credits that a text being recorded has joined; None: it is not known."""
        noted = self._noted.get(version)
        if noted is None:
            return None
        key = _credits_key(title, noted[1], outlet, domain)
        for part in self.span:
            answer = self._answers(part).get(key)
            if answer is not None:
                made: tuple[Credit, ...] = pickle.loads(answer)  # noqa: S301 - as below
                return made
        return None

    def _answers(self, part: int) -> Answers:
        if part not in self._parts:
            self._parts[part] = self._load(part)
            if len(self._parts) > _HELD:
                self._parts.popitem(last=False)
        self._parts.move_to_end(part)
        return self._parts[part]


def _read(asked: _Asked, answer: bytes | None) -> Found | None:
    if answer is None:
        return None
    first: bool
    even: bool
    match: Match
    first, even, match, runs = pickle.loads(answer)  # noqa: S301 - of `foretell`, in our own files
    a, b = asked.a, asked.b
    if asked.turned and even:
        runs = runs[:, [2, 3, 0, 1]]
    elif asked.turned:
        a, b = b, a
    if not first:
        a, b = b, a
    return Found(a, b, match, asked.known, runs)
