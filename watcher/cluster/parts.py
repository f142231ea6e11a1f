"""What a task makes of a piece: prepared articles, and their values for the joins, in files.

A part lies in a folder named by a hash of its lines and of the program that read them: a run that
is begun again finds it. Postings are sorted by value, so that a join reads one stretch of each.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import xxhash
import zstandard

from watcher import __version__
from watcher.archive.index import LEAST_WORDS
from watcher.cluster import cutting
from watcher.core import boilerplate
from watcher.core.fingerprint import SCHEME
from watcher.core.index import simhash_keys
from watcher.core.text import U64, Ints, paragraphs
from watcher.load import CHUNK, MOST_FAULTS, read_many
from watcher.record.foretold import digest
from watcher.record.prepare import Prepared

FAMILIES: Final = ("sketch", "simhash", "paragraph")
_HELD = 32  # parts whose heads a worker keeps in memory
_LEVEL = 1  # of zstd: bodies are packed already, hashes cannot be

Item = tuple[str, Prepared]  # the outlet's name, and the article


@dataclass(frozen=True, slots=True)
class Head:
    """What of a part is needed without its articles. Arrays have an entry an article, or two ends
    more (`..._at`)."""

    lines: int  # of the piece, empty ones included
    full: list[bool] = field(repr=False)  # of lines that are not empty: whether it was an article
    faults: list[tuple[int, str]] = field(repr=False)  # line, and what is wrong with it
    frames: Ints = field(repr=False)  # where each article is in the file
    outlets: list[str] = field(repr=False)
    words: Ints = field(repr=False)
    simhash: U64 = field(repr=False)
    sketch: U64 = field(repr=False)
    sketch_at: Ints = field(repr=False)
    digests: list[bytes] = field(repr=False)

    def __len__(self) -> int:
        return len(self.outlets)

    def sketch_of(self, n: int) -> U64:
        """The sketch of an article."""
        return self.sketch[self.sketch_at[n] : self.sketch_at[n + 1]]


def make(piece: cutting.Piece, scratch: Path, now: datetime) -> tuple[str, int]:
    """In a worker: read a piece. The name of its part, and its articles."""
    hashed = xxhash.xxh3_128(f"{SCHEME} {__version__} {now.isoformat()}".encode())
    for line in cutting.lines(piece):
        hashed.update(line)
    name = hashed.hexdigest()
    home = scratch / f"part-{name}"
    if not home.is_dir():
        with cutting.made_whole(home) as making:
            _write(making, piece, now)
    return name, len(head(scratch, name))


class _Read:
    """What is kept of the articles of a piece while it is read."""

    def __init__(self) -> None:
        self.full: list[bool] = []
        self.faults: list[tuple[int, str]] = []
        self.frames = [0]
        self.outlets: list[str] = []
        self.words: list[int] = []
        self.simhash: list[int] = []
        self.sketches: list[U64] = []
        self.paragraphs: list[U64] = []
        self.digests: list[bytes] = []

    def add(self, outlet: str, item: Prepared, size: int) -> None:
        """An article that takes so many bytes of the file."""
        self.frames.append(self.frames[-1] + size)
        self.outlets.append(outlet)
        self.words.append(len(item.words))
        self.simhash.append(item.fingerprint.simhash)
        self.sketches.append(item.fingerprint.sketch)
        self.paragraphs.append(_telling(item))
        self.digests.append(digest(item.draft.text))

    def head(self, lines: int) -> Head:
        """The head of the part."""
        return Head(
            lines,
            self.full,
            self.faults,
            np.array(self.frames, np.int64),
            self.outlets,
            np.array(self.words, np.int64),
            np.array(self.simhash, np.uint64),
            _joined(self.sketches),
            np.cumsum([0, *map(len, self.sketches)]),
            self.digests,
        )


def _write(home: Path, piece: cutting.Piece, now: datetime) -> None:
    read = _Read()
    pack = zstandard.ZstdCompressor(level=_LEVEL).compress
    lines = 0
    with (home / "articles").open("wb") as file:
        for some in _chunks(cutting.lines(piece)):
            numbered = [(n, line) for n, line in enumerate(some, lines + 1) if line.strip()]
            lines += len(some)
            for number, outlet, item, fault in read_many((numbered, now)):
                read.full.append(item is not None)
                if item is not None:
                    data = pack(pickle.dumps((outlet, item), pickle.HIGHEST_PROTOCOL))
                    read.add(outlet, item, file.write(data))
                elif len(read.faults) < MOST_FAULTS:
                    read.faults.append((number, fault))
    made = read.head(lines)
    (home / "head").write_bytes(pickle.dumps(made, pickle.HIGHEST_PROTOCOL))
    _post(home / "sketch", made.sketch, _owners(read.sketches))
    _post(home / "paragraph", _joined(read.paragraphs), _owners(read.paragraphs))
    telling = np.flatnonzero(made.words >= LEAST_WORDS)
    keys = simhash_keys(made.simhash[telling])
    _post(home / "simhash", keys.reshape(-1), np.repeat(telling, keys.shape[1]))


def _chunks(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    while some := list(islice(lines, CHUNK)):
        yield some


def _joined(arrays: Sequence[U64]) -> U64:
    return np.concatenate(arrays) if arrays else np.empty(0, np.uint64)


def _owners(arrays: Sequence[U64]) -> Ints:
    """For each value of the arrays end to end, the number of its array."""
    return np.repeat(np.arange(len(arrays)), np.array([len(a) for a in arrays], np.int64))


def _telling(item: Prepared) -> U64:
    """The paragraphs that are long enough to be judged."""
    hashes, _, sizes = paragraphs(item.words)
    return np.unique(hashes[sizes >= boilerplate.LEAST_WORDS])


def _post(path: Path, values: U64, owner: Ints) -> None:
    order = np.argsort(values, kind="stable")
    with path.open("wb") as file:
        np.save(file, np.stack((values[order], owner[order].astype(np.uint64))))


def postings(scratch: Path, name: str, family: str, low: int, high: int) -> tuple[U64, U64]:
    """Values from `low` on and up to `high`, and the article that has each, of one part."""
    both: U64 = np.load(scratch / f"part-{name}" / family, mmap_mode="r")
    start = np.searchsorted(both[0], np.uint64(low))
    end = np.searchsorted(both[0], np.uint64(high), side="right")
    return np.array(both[0, start:end]), np.array(both[1, start:end])


@lru_cache(maxsize=_HELD)
def head(scratch: Path, name: str) -> Head:
    """A part's head."""
    data = (scratch / f"part-{name}" / "head").read_bytes()
    made = pickle.loads(data)  # noqa: S301 - written by `make`, in our own folder
    assert isinstance(made, Head)  # noqa: S101
    return made


def articles(scratch: Path, name: str) -> Iterator[Item]:
    """The articles of a part, in order."""
    with (scratch / f"part-{name}" / "articles").open("rb") as file:
        for start, end in pairwise(head(scratch, name).frames.tolist()):
            yield _read(file.read(end - start))


def article(scratch: Path, name: str, n: int) -> Item:
    """One article of a part."""
    start, end = head(scratch, name).frames[n : n + 2].tolist()
    with (scratch / f"part-{name}" / "articles").open("rb") as file:
        file.seek(start)
        return _read(file.read(end - start))


def _read(data: bytes) -> Item:
    made: Any = pickle.loads(zstandard.decompress(data))  # noqa: S301 - written by `make`
    return made[0], made[1]
