"""A draft made ready for the writer: all the work on a text that needs no database.

Runs in worker processes, so everything here can be pickled and nothing here does I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import xxhash

from watcher.archive.codec import pack_text
from watcher.core import urls
from watcher.core.credit import Addition, Own, find
from watcher.core.fingerprint import of_words
from watcher.core.search import said
from watcher.core.sent import sent
from watcher.core.text import PARAGRAPH, Words, words
from watcher.core.values import Credit, Draft, Fingerprint
from watcher.domains import registrable
from watcher.tongues import language

TELLING = 20  # words: a shorter text does not identify an article
_TELLING_WITH_TITLE = 8  # words: nor does a shorter one together with its headline


@sent
@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft with its words, fingerprint, packed body and the keys that it is known by."""

    draft: Draft
    words: Words = field(repr=False)
    fingerprint: Fingerprint = field(repr=False)
    body: bytes = field(repr=False)
    content_hash: int
    keys: tuple[tuple[str, int], ...]  # (external|guid|url|entry|text|whole, hash)
    said: tuple[str, str]  # headline and text as the full text holds them
    credits: tuple[Credit, ...] | None = None  # None: not looked for yet


def key(kind: str, value: str) -> int:
    """The identity key of a guid, an address, an external id, an entry."""
    return xxhash.xxh3_64_intdigest(f"{kind}:{value}".encode("utf-8", "surrogatepass"))


def draft_keys(
    draft: Draft, text_hash: int, n_words: int, content_hash: int, n_title: int
) -> tuple[tuple[str, int], ...]:
    """What an article is known by (DESIGN section 8, identity). A text that is long enough, and the
    article itself, by its words alone; a summary or a note only together with its headline."""
    found: list[tuple[str, int]] = []
    if draft.external_id:
        found.append(("external", key("external", draft.external_id)))
    if draft.guid:
        found.append(("guid", key("guid", draft.guid)))
    if draft.url:
        found.append(("url", key("url", urls.key(draft.url))))
    if draft.entry_key:
        found.append(("entry", key("entry", draft.entry_key)))
    by_words = known_by_words(draft.evidence, text_hash, n_words, content_hash, n_title)
    if by_words is not None:
        found.append((by_words[0], key(*by_words)))
    return tuple(found)


def known_by_words(
    evidence: str, text_hash: int, n_words: int, content_hash: int, n_title: int
) -> tuple[str, str] | None:
    """Kind and value of the key that an article is known by for its words; None: they are too few
    to tell it. `n_title`: words of the headline, 0 where it is all of the text."""
    if n_words >= TELLING and evidence == "full":
        return "text", str(text_hash)
    if n_title + n_words >= _TELLING_WITH_TITLE:
        return "whole", str(content_hash)
    return None


def content_hash(title: Words, found: Words) -> int:
    """What tells one version of an article from another: its headline's words and its own."""
    parts = (title.hashes, np.array([PARAGRAPH], np.uint64), found.hashes)
    return xxhash.xxh3_64_intdigest(np.concatenate(parts).tobytes())


def prepare(draft: Draft, agencies: tuple[Addition, ...] = ()) -> Prepared:
    """Cut, hash, fingerprint and pack a draft's text; `agencies`: those that the config adds."""
    found = words(draft.text)
    tongue = language(draft.text, draft.lang)
    draft = replace(draft, lang=tongue.code, lang_sure=tongue.sure)
    text_hash = xxhash.xxh3_64_intdigest(found.hashes.tobytes())
    title = words(draft.title)
    content = content_hash(title, found)
    return Prepared(
        draft,
        found,
        of_words(found),
        pack_text(draft.text),
        content,
        draft_keys(
            draft,
            text_hash,
            len(found),
            content,
            len(title) if draft.text != draft.title else 0,
        ),
        said(draft.title, draft.text),
        # An archive's text is all there is to look at, and most of it never joins a story.
        credited(draft, agencies) if draft.feed_id is not None or draft.edges else None,
    )


def credited(draft: Draft, agencies: tuple[Addition, ...] = ()) -> tuple[Credit, ...]:
    """Whom a draft credits, its page's edges and metadata included."""
    return find(
        title=draft.title,
        text=draft.text,
        byline=draft.byline,
        edges=draft.edges,
        meta=draft.meta,
        canonical=draft.canonical,
        own=Own(draft.own_names, (draft.own_domain,) if draft.own_domain else ()),
        extra=agencies,
        registrable=registrable,
    )


def prepare_many(drafts: list[Draft]) -> list[Prepared]:
    """`prepare`, for a chunk of an archive."""
    return [prepare(d) for d in drafts]
