"""Text to tokens by regular expression: the definition of a word, for any text."""

from __future__ import annotations

import re
import struct

import numpy as np

from watcher.core.text.hashing import NOTHING, PARAGRAPH, U64, Ints, word_hash
from watcher.core.text.spelling import APOSTROPHE, HYPHEN, MARKS, SPACELESS, UNSEEN, normal

_LINE_END = f"[{HYPHEN}][{UNSEEN}]*+\n[{UNSEEN}]*+"
_LETTER = f"[^\\W_{SPACELESS}]"
_TOKEN = re.compile(
    f"\n"
    f"|[{SPACELESS}][{MARKS}{UNSEEN}]*"
    f"|(?:{_LETTER}|[{MARKS}])++"
    f"(?:[{UNSEEN}]*+(?:[{APOSTROPHE}][{UNSEEN}]*+|{_LINE_END}(?=[^\\W\\d_])|(?<=[{UNSEEN}]))"
    f"(?:{_LETTER}|[{MARKS}])++)*+"
)
# The same for text that has none of the rare characters, which is most text: three times as fast.
_PLAIN_TOKEN = re.compile(f"\n|[^\\W_]+(?:(?:[{APOSTROPHE}]|[{HYPHEN}]\n(?=[^\\W\\d_]))[^\\W_]+)*")
# And for ASCII, faster by another quarter.
_ASCII_TOKEN = re.compile("\\n|[a-zA-Z0-9]+(?:(?:['`]|-\\n(?=[a-zA-Z]))[a-zA-Z0-9]+)*")
RARE = re.compile(f"[{SPACELESS}{MARKS}{UNSEEN}]")
IS_SPACELESS = re.compile(f"[{SPACELESS}]")
# A word broken at a line's end goes over what else ends a paragraph.
BROKEN = re.compile(f"{_LINE_END}[^\\W\\d_]")
_MEMORY = 300_000  # distinct raw words remembered; about 40 MB at the most


class _Hashes(dict[str, int]):
    """Raw word -> hash, remembered. Even: a word; odd: a character of a script without spaces."""

    def __missing__(self, raw: str) -> int:
        if raw == "\n":
            value = PARAGRAPH
        elif not (word := normal(raw)):
            value = NOTHING
        else:
            value = word_hash(word, spaceless=IS_SPACELESS.match(raw) is not None)
        if len(self) >= _MEMORY:
            self.clear()
        self[raw] = value
        return value


_hashes = _Hashes()


def _cutter(text: str) -> re.Pattern[str]:
    if text.isascii():
        return _ASCII_TOKEN
    return _TOKEN if RARE.search(text) else _PLAIN_TOKEN


class _Chunks(dict[str, bytes]):
    """What stands between two spaces -> the hashes of its words end to end, remembered.

    In text with spaces this is one look-up for a word and the punctuation on it, at a third of
    the time of a regular expression over the text.
    """

    def __missing__(self, chunk: str) -> bytes:
        found = [_hashes[raw] for raw in _cutter(chunk).findall(chunk)]
        data = _PACK(*found) if len(found) == 1 else struct.pack(f"={len(found)}Q", *found)
        if len(chunk) <= _LONGEST_CHUNK:
            if len(self) >= _MEMORY:
                self.clear()
            self[chunk] = data
        return data


_PACK = struct.Struct("=Q").pack
_LONGEST_CHUNK = 40  # characters: longer chunks are addresses and tables, and seldom come again
_chunks = _Chunks()


def cut(text: str) -> tuple[U64, Ints]:
    """The hash of each word of `text`, and the number of the line that it stands in."""
    if not BROKEN.search(text):
        data = b"".join(map(_chunks.__getitem__, text.replace("\n", " \n ").split(" ")))
        hashes = np.frombuffer(data, dtype=np.uint64)
        keep = hashes > NOTHING
        return hashes[keep], np.cumsum(hashes == PARAGRAPH)[keep]
    # A word that is broken at a line's end goes over the space between two chunks.
    raw = _cutter(text).findall(text)
    hashes = np.fromiter(map(_hashes.__getitem__, raw), dtype=np.uint64, count=len(raw))
    line = np.cumsum(hashes == PARAGRAPH) + np.cumsum([len(r) > 1 and "\n" in r for r in raw])
    keep = hashes > NOTHING
    return hashes[keep], line[keep]


def spans(text: str) -> list[tuple[int, int]]:
    """Start and end offset in `text` of each word that `words` gives, in order."""
    return [m.span() for m in _cutter(text).finditer(text) if _hashes[m.group()] > NOTHING]
