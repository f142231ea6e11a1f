"""Text to words: where each stands, and a 64-bit hash of what it says.

Rules
- A word is a run of letters, digits and the marks on them, in any script. In scripts that
  are written without spaces (Han, Kana, Thai, Lao, Khmer, Burmese) each character is a word.
- Two spellings that a reader takes for the same word hash the same: case, composed or
  decomposed accents or none, ligatures, full-width forms, soft hyphens, zero-width characters,
  a hyphen at a line's end, kinds of apostrophe and digit, and letters of another alphabet that
  look alike (Unicode TR 39, confusables), a known trick to dodge matching.
- A text is lines; a line is a paragraph.

Theory of operation: one regular expression says what a word is; each distinct raw word is
normalised and hashed once and remembered, so that the cost of an article is a `split` and one
dictionary look-up a word. Offsets always refer to the raw text.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import xxhash

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

# Scripts without spaces between words. Their digits make numbers, as everywhere.
_SPACELESS = (
    "\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"  # Han
    "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d"  # Kana
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46"  # Thai
    "\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u0edc-\u0edf"  # Lao
    "\u1780-\u17b3\u17d7\u17dc"  # Khmer
    "\u1000-\u102a\u103f\u1050-\u1055"  # Burmese
)
_MARKS = (
    "".join(
        re.escape(chr(c)) for c in range(0x300, 0x3100) if unicodedata.category(chr(c))[0] == "M"
    )
    + "\u0640\ufe20-\ufe2f\uff9e\uff9f"
)
# Invisible inside a word: soft hyphen, zero-width characters, joiners, direction marks.
_UNSEEN = (
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
    "\ufe00-\ufe0f"
)
_APOSTROPHE = "'\u2019\u2018\u02bc\u02b9\u02bb\u0060\u00b4\uff07\u05f3\u05f4\u00b7"
_HYPHEN = "\\-\u2010\u2011\ufe63\uff0d"

_LINE_END = f"[{_HYPHEN}][{_UNSEEN}]*+\n[{_UNSEEN}]*+"
_LETTER = f"[^\\W_{_SPACELESS}]"
_TOKEN = re.compile(
    f"\n"
    f"|[{_SPACELESS}][{_MARKS}{_UNSEEN}]*"
    f"|(?:{_LETTER}|[{_MARKS}])++"
    f"(?:[{_UNSEEN}]*+(?:[{_APOSTROPHE}][{_UNSEEN}]*+|{_LINE_END}(?=[^\\W\\d_])|(?<=[{_UNSEEN}]))"
    f"(?:{_LETTER}|[{_MARKS}])++)*+"
)
# The same for text that has none of the rare characters, which is most text: three times as fast.
_PLAIN_TOKEN = re.compile(
    f"\n|[^\\W_]+(?:(?:[{_APOSTROPHE}]|[{_HYPHEN}]\n(?=[^\\W\\d_]))[^\\W_]+)*"
)
# And for ASCII, faster by another quarter.
_ASCII_TOKEN = re.compile("\\n|[a-zA-Z0-9]+(?:(?:['`]|-\\n(?=[a-zA-Z]))[a-zA-Z0-9]+)*")
_RARE = re.compile(f"[{_SPACELESS}{_MARKS}{_UNSEEN}]")
_IS_SPACELESS = re.compile(f"[{_SPACELESS}]")
_DROP = re.compile(f"[{_UNSEEN}{_APOSTROPHE}{_HYPHEN}\n]")
# Accents of Latin, Greek and Cyrillic; vowel points of Hebrew and Arabic; the tatweel. The vowel
# signs of other scripts are letters to their readers and stay.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)

# Small letters of other alphabets drawn like a Latin one. Folding them always, and not only in
# suspicious words, keeps both sides of a comparison equal and catches words of nothing else.
_LOOKALIKE = str.maketrans(
    {
        **dict(zip("аеорсухіјѕһԁԛԝӏѵ", "aeopcyxijshdqwlv", strict=True)),  # Cyrillic
        **dict(zip("οανρυικ", "oavpuik", strict=True)),  # Greek
        **dict(zip("ցոսօզհ", "gnuoqh", strict=True)),  # Armenian
        **dict(zip("ɑɡıɩ", "agii", strict=True)),  # Latin, of other uses
    }
)
# Capitals drawn alike whose small letters are not: only in words that mix alphabets.
_LOOKALIKE_CAPITAL = str.maketrans(
    {
        **dict(zip("АВЕЅІЈКМНОРСТУХԌԚԜ", "ABESIJKMHOPCTYXGQW", strict=True)),
        **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
    }
)
_BROKEN = re.compile(f"{_LINE_END}[^\\W\\d_]")
_LATIN = re.compile("[A-Za-z]")
_FOREIGN = re.compile("[\u0370-\u03ff\u0400-\u052f]")

PARAGRAPH = 0  # the hash that stands for the end of a paragraph
_NOTHING = 1  # the hash of a token with no letter in it
_MEMORY = 300_000  # distinct raw words remembered; about 40 MB at the most


def normal(word: str) -> str:
    """What `word` says, without how it is written (see the rules above)."""
    if word.isascii():
        word = word.lower()
        return word if word.isalnum() else _DROP.sub("", word)
    word = _DROP.sub("", word)
    if _FOREIGN.search(word) and _LATIN.search(word):
        word = word.translate(_LOOKALIKE_CAPITAL)
    # Case first: folding can make marks (the Turkish dotted capital), which then go.
    word = _ACCENTS.sub("", unicodedata.normalize("NFKD", word.casefold()))
    # Either can bring out an apostrophe or a middle dot, too.
    word = _DROP.sub("", unicodedata.normalize("NFC", word).casefold()).translate(_LOOKALIKE)
    if not word.isascii() and any(c.isdecimal() and c > "9" for c in word):
        word = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in word)
    return word


class _Hashes(dict[str, int]):
    """Raw word -> hash, remembered. Even: a word; odd: a character of a script without spaces."""

    def __missing__(self, raw: str) -> int:
        if raw == "\n":
            value = PARAGRAPH
        elif not (word := normal(raw)):
            value = _NOTHING
        else:
            value = xxhash.xxh3_64_intdigest(word.encode("utf-8", "surrogatepass")) & ~1
            value = value or 2
            if _IS_SPACELESS.match(raw):
                value |= 1
                if value == _NOTHING:
                    value = 3
        if len(self) >= _MEMORY:
            self.clear()
        self[raw] = value
        return value


_hashes = _Hashes()


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text. `hashes[i]` says what word i says, `line[i]` which line it stands in."""

    hashes: U64 = field(repr=False)
    line: Ints = field(repr=False)

    def __len__(self) -> int:
        return len(self.hashes)


def _cutter(text: str) -> re.Pattern[str]:
    if text.isascii():
        return _ASCII_TOKEN
    return _TOKEN if _RARE.search(text) else _PLAIN_TOKEN


class _Chunks(dict[str, bytes]):
    """What stands between two spaces -> the hashes of its words end to end, remembered.

    In text with spaces this is one look-up for a word and the punctuation on it, at a third of
    the time of a regular expression over the text.
    """

    def __missing__(self, chunk: str) -> bytes:
        found = [_hashes[raw] for raw in _cutter(chunk).findall(chunk)]
        data = _PACK(*found) if len(found) == 1 else struct.pack(f"={len(found)}Q", *found)
        if len(chunk) <= _LONGEST:
            if len(self) >= _MEMORY:
                self.clear()
            self[chunk] = data
        return data


_PACK = struct.Struct("=Q").pack
_LONGEST = 40  # characters: longer chunks are addresses and tables, and seldom come again
_chunks = _Chunks()


def words(text: str) -> Words:
    """The words of `text`, in order."""
    if not _BROKEN.search(text):
        data = b"".join(map(_chunks.__getitem__, text.replace("\n", " \n ").split(" ")))
        hashes = np.frombuffer(data, dtype=np.uint64)
        keep = hashes > _NOTHING
        return Words(hashes[keep], np.cumsum(hashes == PARAGRAPH)[keep])
    # A word that is broken at a line's end goes over the space between two chunks.
    raw = _cutter(text).findall(text)
    hashes = np.fromiter(map(_hashes.__getitem__, raw), dtype=np.uint64, count=len(raw))
    line = np.cumsum(hashes == PARAGRAPH) + np.cumsum([len(r) > 1 and "\n" in r for r in raw])
    keep = hashes > _NOTHING
    return Words(hashes[keep], line[keep])


def spans(text: str) -> list[tuple[int, int]]:
    """Start and end offset in `text` of each word that `words` gives, in order."""
    return [m.span() for m in _cutter(text).finditer(text) if _hashes[m.group()] > _NOTHING]


_M1 = np.uint64(0x9E3779B97F4A7C15)
_M2 = np.uint64(0xBF58476D1CE4E5B9)
_M3 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)


def mix(x: U64) -> U64:
    """The finaliser of splitmix64 (Steele, Lea, Flood 2014): every bit depends on every bit."""
    x = (x ^ (x >> _S30)) * _M2
    x = (x ^ (x >> _S27)) * _M3
    return x ^ (x >> _S31)


def shingles(hashes: U64, width: int) -> U64:
    """The hash of each run of `width` words (Broder 1997); `len - width + 1` values, or none."""
    n = len(hashes) - width + 1
    if n <= 0:
        return hashes[:0]
    total = hashes[:n].copy()
    for i in range(1, width):
        total *= _M1
        total += hashes[i : i + n]
    return mix(total)


def paragraphs(w: Words) -> tuple[U64, Ints, Ints]:
    """A hash of each line that holds words, its number, and how many words it has."""
    if not len(w):
        return w.hashes, w.line, w.line
    starts = np.flatnonzero(np.diff(w.line, prepend=-1))
    sizes = np.diff(starts, append=len(w))
    # A sum of mixed words would not see their order; mixing in the place within the line does.
    place = (np.arange(len(w)) - np.repeat(starts, sizes)).astype(np.uint64)
    sums = np.add.reduceat(mix(w.hashes + (place + np.uint64(1)) * _M1), starts)
    return mix(sums), w.line[starts], sizes
