"""How words may be written: classes of characters, and what a word says without its spelling."""

from __future__ import annotations

import re
import unicodedata

# Scripts without spaces between words. Their digits make numbers, as everywhere.
SPACELESS = (
    "\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"  # Han
    "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d"  # Kana
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46"  # Thai
    "\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u0edc-\u0edf"  # Lao
    "\u1780-\u17b3\u17d7\u17dc"  # Khmer
    "\u1000-\u102a\u103f\u1050-\u1055"  # Burmese
)
MARKS = (
    "".join(
        re.escape(chr(c)) for c in range(0x300, 0x3100) if unicodedata.category(chr(c))[0] == "M"
    )
    + "\u0640\ufe20-\ufe2f\uff9e\uff9f"
)
# Invisible inside a word: soft hyphen, zero-width characters, joiners, direction marks.
UNSEEN = (
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
    "\ufe00-\ufe0f"
)
APOSTROPHE = "'\u2019\u2018\u02bc\u02b9\u02bb\u0060\u00b4\uff07\u05f3\u05f4\u00b7"
HYPHEN = "\\-\u2010\u2011\ufe63\uff0d"


_DROP = re.compile(f"[{UNSEEN}{APOSTROPHE}{HYPHEN}\n]")
# Accents of Latin, Greek and Cyrillic; vowel points of Hebrew and Arabic; the tatweel; the dot of
# Devanagari that print leaves out. Vowel signs of other scripts are letters to their readers.
_ACCENTS = re.compile(
    "[\u093c\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
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
# Letters that houses of one language write one way or the other, and strokes that no mark makes:
# Arabic final yeh and teh marbuta, Persian and Urdu keyboards' kaf, yeh and heh, Nordic and Polish
# letters, the Vietnamese d.
_VARIANT = str.maketrans(
    {
        **dict.fromkeys("\u0649\u06cc\u06cd\u06d0", "\u064a"),  # yeh
        **dict.fromkeys("\u06a9\u06aa", "\u0643"),  # kaf
        **dict.fromkeys("\u0629\u06be\u06c1\u06c3\u06d5", "\u0647"),  # heh
        **dict(zip("øłđħŧ", "oldht", strict=True)),
        "æ": "ae",
        "œ": "oe",
    }
)
# Capitals drawn alike whose small letters are not: only in words that mix alphabets.
_LOOKALIKE_CAPITAL = str.maketrans(
    {
        **dict(zip("АВЕЅІЈКМНОРСТУХԌԚԜ", "ABESIJKMHOPCTYXGQW", strict=True)),
        **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
    }
)
_LATIN = re.compile("[A-Za-z]")
# Greek and Cyrillic: the alphabets whose letters pass for Latin ones.
FOREIGN = "\u0370-\u03ff\u0400-\u052f"
_FOREIGN = re.compile(f"[{FOREIGN}]")


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
    word = _DROP.sub("", unicodedata.normalize("NFC", word).casefold())
    word = word.translate(_LOOKALIKE).translate(_VARIANT)
    if not word.isascii() and any(c.isdecimal() and c > "9" for c in word):
        word = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in word)
    return word
