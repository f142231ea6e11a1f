"""From bytes to text, whatever the headers say: byte order mark, then the bytes, then claims.

RFC 7303 trusts the HTTP header first. Real feeds lie there and in the XML declaration; text with
non-ASCII characters that is valid UTF-8 is UTF-8, whoever claims something else: by chance that
happens about never. Latin-1 means windows-1252 and the like, as in every browser (WHATWG
Encoding Standard).
"""

from __future__ import annotations

import codecs
import re
from typing import Final

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# WHATWG: what these labels mean in practice is the larger set.
_LARGER: Final = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
}
_TEXT_CODECS: Final = re.compile(
    r"^(?:utf|cp|iso|gb|big5|euc|shift|koi8|mac|ks|johab|hz|tis|asc|lat)"
)
_HTTP = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_ESC: Final = b"\x1b"


def to_text(body: bytes, content_type: str, *, html: bool = False) -> tuple[str, str | None]:
    """The text of `body`, and a warning where what was declared is not what was found.

    `html`: look for a <meta> declaration, too. Never raises: bytes that belong to no charset
    become U+FFFD.
    """
    claims = [claim for claim in (_http(content_type), _declared(body, html=html)) if claim]
    for mark, name in _BOMS:
        if body.startswith(mark):
            text = body[len(mark) :].decode(name, "replace")
            return text, _warning(claims, name.removesuffix("-le").removesuffix("-be"))
    if b"\x00" in body[:64] and (wide := _wide(body)):
        return body.decode(wide, "replace"), _warning(claims, wide[:6])
    told = claims
    # Text without zeros is not UTF-16, whoever says so.
    claims = [claim for claim in claims if not claim.startswith(("utf-16", "utf-32"))]
    if _ESC not in body or not claims:
        try:
            text = body.decode("utf-8")
            return text, None if body.isascii() else _warning(told, "utf-8")
        except UnicodeDecodeError:
            pass
    for claim in claims:
        try:
            return body.decode(claim), _warning(told, claim)
        except (UnicodeDecodeError, LookupError):
            continue
    if not claims or "utf-8" in claims:
        # Mostly UTF-8 with a few bytes of windows-1252 pasted in, or cut inside a character.
        text = body.decode("utf-8", "watcher-cp1252")
        return text, "charset repaired: bytes that are not utf-8"
    return body.decode(claims[0], "replace"), f"charset repaired: bytes that are not {claims[0]}"


def _mixed(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    if error.end == len(error.object) and error.reason == "unexpected end of data":
        return "\ufffd", error.end
    return bad.decode("cp1252", "replace"), error.end


codecs.register_error("watcher-cp1252", _mixed)


def _http(content_type: str) -> str | None:
    found = _HTTP.search(content_type)
    return _known(found[1]) if found else None


def _declared(body: bytes, *, html: bool) -> str | None:
    head = body[:2048]
    found = _DECLARED.search(head) or (_META.search(head) if html else None)
    return _known(found[1].decode("ascii", "replace")) if found else None


def _known(label: str) -> str | None:
    """Our name for a charset label; None for one that is no charset."""
    try:
        name = codecs.lookup(label.strip()).name
    except (LookupError, ValueError):
        return None
    if not _TEXT_CODECS.match(name):
        return None  # base64, rot13, idna: codecs, not charsets
    if name.startswith("utf-7"):
        return None  # an old way to smuggle markup
    return _LARGER.get(name, name)


def _wide(body: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, from where the zeros stand (XML 1.0, appendix F)."""
    for first, name in (
        (b"<\x00\x00\x00", "utf-32-le"),
        (b"\x00\x00\x00<", "utf-32-be"),
        (b"<\x00", "utf-16-le"),
        (b"\x00<", "utf-16-be"),
    ):
        if body.startswith(first):
            return name
    return None


def _warning(claims: list[str], used: str) -> str | None:
    lies = [claim for claim in dict.fromkeys(claims) if claim not in (used, f"{used}-le")]
    lies = [lie for lie in lies if not (lie.startswith("utf-16") and used.startswith("utf-16"))]
    return f"charset declared {' and '.join(lies)}, found {used}" if lies else None
