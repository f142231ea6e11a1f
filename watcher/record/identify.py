"""Which drafts are new articles, which are new versions, and which are known already.

A changed guid, scheme or host does not make a known text new (DESIGN section 8): an outlet's
text is looked for by its guid, its address and its words. A known text at a new address is the
same article, moved, unless its outlet also gave it a later date: then it was issued again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from watcher.archive import articles as store
from watcher.archive.articles import ArticleRow, Connection, VersionRow
from watcher.core import urls
from watcher.core.rules import Arrival, Qualification
from watcher.core.rules.qualify import REDATE_MIN
from watcher.record.prepare import Prepared


class What(StrEnum):
    """What a draft turned out to be."""

    NEW = "new"
    VERSION = "version"  # a known article with changed words
    MOVED = "moved"  # known words at another address
    REDATED = "redated"  # known words at their address with a later date
    KNOWN = "known"


@dataclass(slots=True)
class Resolved:
    """A draft and what it is. `article` is 0 until a new one gets its id."""

    item: Prepared
    what: What
    article: int = 0
    known: ArticleRow | None = None
    current: VersionRow | None = None
    previous_claim: datetime | None = None
    new_version: bool = False
    reissue_of: int | None = None  # an article of the same outlet with the same words
    twin: Resolved | None = None  # the same article earlier in this batch
    arrival: Arrival | None = None  # how a poll brought it; None: from an archive
    qualification: Qualification | None = None  # of a new or re-issued article


def resolve(conn: Connection, items: Sequence[Prepared]) -> list[Resolved]:
    """Look up each draft, in order; drafts of one batch know each other too."""
    keys = {k for item in items for _, k in item.keys}
    at: dict[tuple[int, int], int] = {
        (r.outlet_id, r.key): r.article_id for r in store.identities(conn, keys)
    }
    rows = {a.id: a for a in store.articles(conn, set(at.values()))}
    current = {v.article_id: v for v in store.versions(conn, {a.version_id for a in rows.values()})}
    claims = store.last_claims(conn, rows)
    batch: dict[tuple[int, int], Resolved] = {}
    again: dict[int, Resolved] = {}
    resolved = []
    for item in items:
        found = _one(item, at, rows, current, claims, batch)
        if found.new_version or found.what is What.REDATED:
            # All entries of a live page may lead to it: one new version a recording, the newest.
            first = again.setdefault(found.article, found)
            if first is not found:
                found = Resolved(item, What.KNOWN, twin=first)
        resolved.append(found)
        if found.what is What.NEW and found.twin is None:
            for _, key in item.keys:
                batch.setdefault((item.draft.outlet_id, key), found)
    return resolved


def _one(
    item: Prepared,
    at: dict[tuple[int, int], int],
    rows: dict[int, ArticleRow],
    current: dict[int, VersionRow],
    claims: dict[int, datetime],
    batch: dict[tuple[int, int], Resolved],
) -> Resolved:
    outlet = item.draft.outlet_id
    hit: dict[str, int] = {}
    twin: dict[str, Resolved] = {}
    for kind, key in item.keys:
        article = at.get((outlet, key))
        if article in rows:
            hit[kind] = article
        elif (outlet, key) in batch:
            twin[kind] = batch[(outlet, key)]
    if item.draft.external_id:
        # An archive's own id says what an article is, whatever else it shares.
        if "external" in twin:
            return Resolved(item, What.KNOWN, twin=twin["external"])
        if "external" not in hit:
            return Resolved(item, What.NEW, reissue_of=hit.get("text"))
        return _known(item, rows[hit["external"]], current, claims)
    for kind in ("url", "guid"):
        # Entries of one document that share an address without its fragment: a live blog's.
        if kind in twin and _alike(item, twin[kind].item):
            return Resolved(item, What.KNOWN, twin=twin[kind])
    believed = "guid" in hit and _believable(item, rows[hit["guid"]], current[hit["guid"]])
    if believed or "url" in hit:
        row = rows[hit["guid" if believed else "url"]]
        return _known(item, row, current, claims)
    if "text" in twin:
        return Resolved(item, What.KNOWN, twin=twin["text"])
    if "text" in hit:
        row = rows[hit["text"]]
        before, claim = claims.get(row.id), _claim(item)
        if claim is not None and before is not None and claim - before >= REDATE_MIN:
            return Resolved(item, What.NEW, reissue_of=row.id, previous_claim=before)
        return _known(item, row, current, claims)
    return Resolved(item, What.NEW)


def _claim(item: Prepared) -> datetime | None:
    date = item.draft.published
    return date.at if date is not None and date.note not in ("future", "absurd") else None


_NEAR = 20  # bits: an edited text is nearer, an unrelated one almost never


def _believable(item: Prepared, row: ArticleRow, version: VersionRow) -> bool:
    """Whether a guid's new text can be an edit: some feeds use a guid for whatever is on top."""
    if item.draft.url is None or row.url is None:
        return True
    if item.draft.title == row.title:
        return True
    return (item.fingerprint.simhash ^ version.simhash).bit_count() <= _NEAR


def _alike(item: Prepared, other: Prepared) -> bool:
    if item.draft.title == other.draft.title:
        return True
    return (item.fingerprint.simhash ^ other.fingerprint.simhash).bit_count() <= _NEAR


def _known(
    item: Prepared,
    row: ArticleRow,
    current: dict[int, VersionRow],
    claims: dict[int, datetime],
) -> Resolved:
    version = current[row.id]
    before, claim = claims.get(row.id), _claim(item)
    changed = version.content_hash != item.content_hash
    # A feed's teaser does not replace the full text that we have.
    if changed and row.evidence == "full" and item.draft.evidence == "summary":
        changed = False
    moved = bool(item.draft.url and row.url and urls.key(item.draft.url) != urls.key(row.url))
    redated = claim is not None and before is not None and claim - before >= REDATE_MIN
    if redated:
        what = What.REDATED
    elif changed:
        what = What.VERSION
    elif moved:
        what = What.MOVED
    else:
        what = What.KNOWN
    return Resolved(item, what, row.id, row, version, before, new_version=changed)
