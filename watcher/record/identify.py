"""Which drafts are new articles, which are new versions, and which are known already.

A changed guid, scheme or host does not make a known text new (DESIGN section 8): an outlet's
text is looked for by its guid, its address and its words. A known text at a new address is the
same article, moved, unless its outlet also gave it a later date, or had long dropped it from all
of its feeds and gives no dates: then it was issued again.

Nor does a guid or an address that was used again make a new text known. Where the words have
nothing in common with what was there, the draft is another article if its guid and address do not
agree, or if its outlet gave it a later date: the next post of a live page, tomorrow's bulletin at
today's address. Else the entry insists on being the same, and it is a version: a live page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from watcher.archive import articles as store
from watcher.archive.articles import ArticleRow, Connection, VersionRow
from watcher.core import urls
from watcher.core.rules import Arrival, Qualification
from watcher.core.rules.qualify import AHEAD, GONE_MIN, REDATE_MIN, moved_at_once
from watcher.record.likeness import Likeness, alike, apart, same
from watcher.record.prepare import Prepared

# A claim that moved by more is another one: some dates are cut to the minute.
_SAME_DATE = timedelta(minutes=1)


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
    moved: bool = False  # the article's address is the draft's from now on
    dated: bool = False  # a known article, with its first date that can be trusted
    reissue_of: int | None = None  # an article of the same outlet with the same words
    twin: Resolved | None = None  # the same article earlier in this batch
    arrival: Arrival | None = None  # how a poll brought it; None: from an archive
    qualification: Qualification | None = None  # of a new or re-issued article


def resolve(
    conn: Connection,
    items: Sequence[Prepared],
    arrivals: Mapping[int, Arrival] | None = None,
) -> list[Resolved]:
    """Look up each draft, in order; drafts of one batch know each other too. `arrivals`: how a
    poll brought them, by their places."""
    known = _Known(conn, items, (arrivals or {}).values())
    again: dict[int, Resolved] = {}
    resolved = []
    for place, item in enumerate(items):
        found = known.resolve(item)
        if found.new_version or found.what is What.REDATED:
            # All entries of a live page may lead to it: one new version a recording, the newest.
            first = again.setdefault(found.article, found)
            if first is not found:
                found = Resolved(item, What.KNOWN, twin=first)
        found.arrival = (arrivals or {}).get(place)
        resolved.append(found)
        if found.what is What.NEW:
            known.add(found)
    known.weigh(resolved)
    return resolved


class _Known:
    """What is known of the articles that a batch may be about, the batch's own among them."""

    def __init__(
        self, conn: Connection, items: Sequence[Prepared], arrivals: Iterable[Arrival]
    ) -> None:
        keys = {k for item in items for _, k in item.keys}
        outlets = {item.draft.outlet_id for item in items}
        found = store.identities(conn, keys, outlets)
        self._at = {(r.outlet_id, r.key): r.article_id for r in found}
        self._rows = {a.id: a for a in store.articles(conn, set(self._at.values()))}
        versions = store.versions(conn, {a.version_id for a in self._rows.values()})
        self._current = {v.article_id: v for v in versions}
        self._claims: dict[int, datetime] = store.last_claims(conn, self._rows, AHEAD)
        self._likeness = Likeness(conn)
        # Articles whose own entries the document shows as they were.
        self._beside = {article for arrival in arrivals for article in arrival.beside}
        self._batch: dict[tuple[int, int], Resolved] = {}

    def add(self, found: Resolved) -> None:
        """A new article: drafts after it may be the same one."""
        for _, key in found.item.keys:
            self._batch.setdefault((found.item.draft.outlet_id, key), found)

    def resolve(self, item: Prepared) -> Resolved:
        """What one draft is."""
        outlet = item.draft.outlet_id
        hit: dict[str, int] = {}
        twin: dict[str, Resolved] = {}
        for kind, key in item.keys:
            article = self._at.get((outlet, key))
            if article in self._rows:
                hit[kind] = article
            elif (outlet, key) in self._batch:
                twin[kind] = self._batch[(outlet, key)]
        if item.draft.external_id:
            # An archive's own id says what an article is, whatever else it shares.
            if "external" in twin:
                return Resolved(item, What.KNOWN, twin=twin["external"])
            if "external" not in hit:
                return Resolved(item, What.NEW, reissue_of=hit.get("text"))
            return self._again(item, hit["external"])
        for kind in ("url", "guid"):
            # Entries of one document that share an address without its fragment: a live blog's.
            if kind in twin and alike(item, twin[kind].item):
                return Resolved(item, What.KNOWN, twin=twin[kind])
        for kind in ("text", "whole"):
            if kind in twin and twin[kind].item.draft.title == item.draft.title:
                return Resolved(item, What.KNOWN, twin=twin[kind])
        named = list(dict.fromkeys(hit[kind] for kind in ("guid", "url") if kind in hit))
        article = self._by_name(item, hit, named)
        if article is not None:
            return self._again(item, article)
        article = self._by_words(item, hit, named)
        if article is not None:
            return self._reissued(item, article) or self._again(item, article)
        article = self._insisted(item, hit)
        if article is not None:
            return self._again(item, article)
        return Resolved(item, What.NEW)

    def _by_name(self, item: Prepared, hit: Mapping[str, int], named: Sequence[int]) -> int | None:
        """The article of this guid or address whose text it is, or an earlier state of it."""
        for article in named:
            if same(item, self._current[article]):
                return article
        comparable = [a for a in named if self._comparable(item, a)]
        for article in comparable:
            if self._likeness.like(item, self._current[article]):
                return article
        # Texts that cannot be compared: a note, or a summary beside the article.
        loose = [a for a in named if a not in comparable]
        for article in loose:
            if self._rows[article].title == item.draft.title:
                return article
        at_address = hit.get("url")
        if at_address in loose and not apart(item.draft.url, self._rows[at_address].url):
            return at_address
        return None

    def _by_words(self, item: Prepared, hit: Mapping[str, int], named: Sequence[int]) -> int | None:
        """The article that has these words, if they tell it."""
        if "whole" in hit:
            return hit["whole"]
        article, title = hit.get("text"), item.draft.title
        if article is None or self._rows[article].title == title:
            return article
        # Another headline: edited, with guid and address; or a notice that stands for many texts.
        if article in self._beside or any(self._rows[a].title == title for a in named):
            return None
        return article

    def _insisted(self, item: Prepared, hit: Mapping[str, int]) -> int | None:
        """The article that guid and address say it is, against its words or without enough."""
        at_address = hit.get("url")
        if at_address is not None:
            agree = not item.draft.guid or hit.get("guid") == at_address
            other = apart(item.draft.url, self._rows[at_address].url)
            if agree and not other and not self._redated(item, at_address):
                return at_address
        article = hit.get("guid")
        if article is None or article == at_address or self._comparable(item, article):
            return None
        return article if item.draft.url is None or self._rows[article].url is None else None

    def _comparable(self, item: Prepared, article: int) -> bool:
        return self._likeness.comparable(item, self._rows[article], self._current[article])

    def _redated(self, item: Prepared, article: int) -> bool:
        claim, before = _claim(item), self._claims.get(article)
        return claim is not None and before is not None and claim - before >= REDATE_MIN

    def _reissued(self, item: Prepared, article: int) -> Resolved | None:
        """The words of a known article at another address, issued again."""
        row, before = self._rows[article], self._claims.get(article)
        undated = _claim(item) is None or before is None
        if self._redated(item, article) or (undated and _returned(item, row)):
            return Resolved(item, What.NEW, reissue_of=row.id, previous_claim=before)
        return None

    def _again(self, item: Prepared, article: int) -> Resolved:
        row, version = self._rows[article], self._current[article]
        changed = version.content_hash != item.content_hash
        # A feed's teaser does not replace the full text that we have.
        if changed and row.evidence == "full" and item.draft.evidence == "summary":
            changed = False
        # Beside the entry that we know, this is a second one: the address stays.
        moved = article not in self._beside and _moved(item, row)
        if self._redated(item, article):
            what = What.REDATED
        elif changed:
            what = What.VERSION
        elif moved:
            what = What.MOVED
        else:
            what = What.KNOWN
        return Resolved(
            item,
            what,
            article,
            row,
            version,
            self._claims.get(article),
            new_version=changed,
            moved=moved,
            dated=_claim(item) is not None and article not in self._claims,
        )

    def weigh(self, resolved: Sequence[Resolved]) -> None:
        """Tell each arrival what came with it; where the site moved, or dated all anew, nothing
        was issued again."""
        moved = [r for r in resolved if r.reissue_of or r.what is What.REDATED]
        together = Counter(r.item.draft.outlet_id for r in moved)
        later = sum(self._is_later(r) for r in resolved)
        fresh = sum(r.what is What.NEW and not r.reissue_of for r in resolved)
        for r in resolved:
            if r.arrival is None:
                continue
            r.arrival = replace(
                r.arrival,
                moved_together=max(1, together[r.item.draft.outlet_id]),
                # Of the document's entries only those known before can have moved.
                shown=max(0, r.arrival.shown - fresh),
                later_together=later,
            )
            if r.reissue_of is not None and moved_at_once(r.arrival):
                known = self._again(r.item, r.reissue_of)
                r.what, r.article, r.known, r.current = (
                    known.what,
                    known.article,
                    known.known,
                    known.current,
                )
                r.new_version, r.moved, r.reissue_of = known.new_version, known.moved, None

    def _is_later(self, r: Resolved) -> bool:
        claim = _claim(r.item)
        before = r.previous_claim if r.reissue_of else self._claims.get(r.article)
        return claim is not None and before is not None and claim - before > _SAME_DATE


def _claim(item: Prepared) -> datetime | None:
    date = item.draft.published
    return date.at if date is not None and date.note not in ("future", "absurd") else None


def _moved(item: Prepared, row: ArticleRow) -> bool:
    url = item.draft.url
    return bool(url and row.url and urls.key(url) != urls.key(row.url))


def _returned(item: Prepared, row: ArticleRow) -> bool:
    """Whether a known text comes back at another address after its outlet's feeds had dropped it
    for long: without dates to tell, that is what an issue of it anew looks like."""
    now = item.draft.seen_by
    if now is None or row.left_at is None:
        return False
    return _moved(item, row) and now - row.left_at >= GONE_MIN
