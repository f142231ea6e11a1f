"""Is an entry's content the article, or a teaser for it? Decides `full_text: auto`."""

from __future__ import annotations

import re
from typing import Final

FULL_WORDS: Final = 250  # 63 % of news entries have under 50 words; teasers end well below this
_SHORT_WORDS: Final = 80
_PARAGRAPHS: Final = 3
# Scripts without spaces: each character counts as a word, two of them weigh about one.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_CUT_OFF = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\]|\(…\)|\(\.\.\.\))[\s\])»\"”]*$")
_MORE = re.compile(
    r"(?:read (?:more|on|the (?:full|rest|whole))|continue reading|full (?:story|article)|"
    r"view (?:article|entire post)|keep reading|weiterlesen|mehr lesen|(?:den )?(?:ganzen|"
    r"vollständigen) artikel|lire la suite|lire plus|en savoir plus|leer m[aá]s|seguir leyendo|"
    r"sigue leyendo|leggi (?:tutto|anche|di più)|continua a leggere|ler mais|leia mais|"
    r"continue lendo|lees (?:meer|verder)|czytaj (?:więcej|dalej)|číst dál|читать (?:далее|"
    r"полностью|дальше)|читати далі|devamını oku|läs mer|læs mere|les mer|lue lisää|tovább|"
    r"citește (?:mai )?(?:mult|departe)|διαβάστε περισσότερα)",
    re.IGNORECASE,
)
# WordPress signs its excerpts: "The post X appeared first on Y."
_SIGNATURE = re.compile(
    r"^(?:the post .{1,300} appeared first on .{1,200}|.{0,40}\[link\].{0,40})$", re.IGNORECASE
)
_BLOCKS = re.compile(r"<(?:p|br\s*/?\s*><br|h[1-6]|blockquote|li)\b", re.IGNORECASE)


def is_full(text: str, html: str) -> tuple[bool, str]:
    """Whether `text` (the cleaned content, one paragraph a line) is a whole article, and why.

    `html` is the content as the feed had it; its paragraphs tell an article from a long teaser.
    """
    lines = [line for line in text.split("\n") if line and not _SIGNATURE.match(line)]
    if not lines:
        return False, "no text"
    words = sum(_words(line) for line in lines)
    tail = " ".join(lines[-2:])[-200:]
    # A link to more at the end makes it a teaser, unless a whole article precedes the link.
    if words < 3 * FULL_WORDS and (found := _MORE.search(tail)):
        return False, f"ends with {found.group().lower()!r}"
    if _CUT_OFF.search(lines[-1]):
        return False, "ends with an ellipsis"
    if words >= FULL_WORDS:
        return True, f"{words} words"
    paragraphs = max(len(lines), len(_BLOCKS.findall(html[:200_000])))
    if words < _SHORT_WORDS:
        return False, f"only {words} words"
    if paragraphs >= _PARAGRAPHS:
        return True, f"{words} words in {paragraphs} paragraphs"
    return False, f"{words} words in {paragraphs} paragraph{'s' if paragraphs > 1 else ''}"


def _words(line: str) -> int:
    unspaced = len(_UNSPACED.findall(line))
    return len(_UNSPACED.sub(" ", line).split()) + unspaced // 2
