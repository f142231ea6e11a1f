"""The language of a text, by its letters (eld), with the outlet's own claim as a prior."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

ENOUGH = 400  # characters that are looked at: more changes nothing (FIELD-NOTES, section 9)
LEAST = 24  # letters below which nothing is told
_PRIOR = 0.8  # of the best score: a claimed language that reaches it is believed
# What outlets and archives write for a language, where its first two letters mislead.
_LONG = {
    "ara": "ar", "arb": "ar", "ben": "bn", "ces": "cs", "cze": "cs", "chi": "zh", "zho": "zh",
    "dan": "da", "deu": "de", "ger": "de", "ell": "el", "gre": "el", "eng": "en", "est": "et",
    "fas": "fa", "per": "fa", "fin": "fi", "fra": "fr", "fre": "fr", "heb": "he", "hin": "hi",
    "hrv": "hr", "hun": "hu", "ind": "id", "ita": "it", "jpn": "ja", "kor": "ko", "lav": "lv",
    "lit": "lt", "nld": "nl", "dut": "nl", "nob": "no", "nor": "no", "pol": "pl", "por": "pt",
    "ron": "ro", "rum": "ro", "rus": "ru", "slk": "sk", "slv": "sl", "spa": "es", "srp": "sr",
    "swe": "sv", "tha": "th", "tur": "tr", "ukr": "uk", "urd": "ur", "vie": "vi",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Language:
    """A language (ISO 639-1 where it has a code there) and how sure that is, 0 to 1; None and 0
    where nothing could be told. `sure` None: only claimed."""

    code: str | None
    sure: float | None


@cache
def _detector() -> Any:
    from eld import LanguageDetector

    return LanguageDetector()


def tag(claimed: str | None) -> str | None:
    """The language of a claimed tag: "en" of en-GB, "zh" of zho-CN; None where it is none."""
    first = (claimed or "").strip().replace("_", "-").split("-")[0].lower()
    if first in _LONG:
        return _LONG[first]
    return first if 2 <= len(first) <= 3 and first.isascii() and first.isalpha() else None


def language(text: str, claimed: str | None = None) -> Language:
    """The language of `text`. What the outlet claims decides only where the text allows it."""
    prior = tag(claimed)
    # The middle of a page is its prose: what stands above may be labels in another language.
    start = max(0, min(len(text) // 3, 2000)) if len(text) > 2 * ENOUGH else 0
    sample = text[start : start + ENOUGH]
    if sum(map(str.isalpha, sample)) * (3 if sample and max(sample) > "\u0e00" else 1) < LEAST:
        return Language(prior, None if prior else 0.0)
    found = _detector().detect(sample)
    scores: dict[str, float] = found.scores()
    if not scores:
        return Language(prior, None if prior else 0.0)
    best = max(scores, key=lambda k: scores[k])
    if prior in scores and scores[prior] >= _PRIOR * scores[best]:
        best = prior
    rest = max((s for code, s in scores.items() if code != best), default=0.0)
    return Language(best, round(scores[best] / (scores[best] + rest), 2))
