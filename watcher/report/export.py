"""Exports: rows as the interface of DESIGN section 9 names them, a page at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from storage.reads import exports, outlets
from watcher.report.values import state_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

MATCH_FIELDS = (
    "a", "b", "kind", "paste", "cut", "distance", "words", "story_a", "story_b", "status",
    "same_outlet",
)  # fmt: skip
STORY_FIELDS = ("story", "articles", "state", "episodes", "outlets", "first_seen", "clock")
SIGHTING_FIELDS = (
    "article", "story", "outlet", "feed", "kind", "after", "by", "claimed", "claimed_raw", "url",
)  # fmt: skip

NODE_FIELDS = (
    "id", "external_id", "outlet", "family", "title", "url", "lang", "words", "story", "role",
    "clock", "seen_after", "seen_by", "published",
)  # fmt: skip
EDGE_FIELDS = (
    "source", "target", "kind", "paste", "cut", "distance", "words", "order", "status",
    "same_outlet",
)  # fmt: skip
OUTLET_NODE_FIELDS = ("id", "outlet", "family", "articles", "words")
OUTLET_EDGE_FIELDS = ("source", "target", "copies", "credited", "judged")

# What the values of a field are, for formats that ask: text where nothing is said here.
TYPES = {
    **dict.fromkeys(
        ("distance", "words", "story_a", "story_b", "story", "episodes", "outlets", "copies",
         "credited", "judged"),
        "int",
    ),
    **dict.fromkeys(("paste", "cut"), "float"),
    **dict.fromkeys(("same_outlet",), "bool"),
    **dict.fromkeys(
        ("first_seen", "after", "by", "claimed", "seen_after", "seen_by", "published"), "time"
    ),
    "articles": "texts",
}  # fmt: skip

# Rows held in memory at a time. More is not faster: 1,000 rows already take longer than a query.
_PAGE = 1000


def _paged(page: Callable[[int], Any]) -> Iterator[Any]:
    """Pages until an empty one; `page(after)` gives rows with an id above `after`, in order."""
    after = -1
    while found := page(after):
        yield found
        after = found[-1].id


def size(conn: Connection, what: str) -> int:
    """About how many rows the export of `what` has."""
    return exports.size(conn, what)


def matches(conn: Connection) -> Iterator[dict[str, Any]]:
    """MATCH_FIELDS of every match; shares to four digits, as many as a text of 10,000 words has."""
    for page in _paged(lambda after: exports.matches(conn, after, _PAGE)):
        for row in page:
            yield {
                "a": row.a_id if row.a_external is None else row.a_external,
                "b": row.b_id if row.b_external is None else row.b_external,
                "kind": _kind(row),
                "paste": round(row.paste, 4),
                "cut": round(row.cut, 4),
                "distance": row.distance,
                "words": row.words,
                "story_a": row.story_a,
                "story_b": row.story_b,
                "status": row.status,
                "same_outlet": row.same_outlet,
            }


def _kind(row: Any) -> str:
    """The kind by the table of DESIGN section 4, which knows no re-posts: programs tell them by
    `same_outlet`."""
    if row.kind != "repost":
        return str(row.kind)
    from watcher.core.match import VERBATIM  # brings NumPy, which no other answer needs

    return "verbatim" if row.paste >= VERBATIM and row.cut >= VERBATIM else "edited"


def stories(conn: Connection, now: datetime) -> Iterator[dict[str, Any]]:
    """STORY_FIELDS of every story; `articles` lists external ids where there are any.

    `clock` says whose `first_seen` is: ours (seen), or that of an import's outlet (claimed).
    """
    for page in _paged(lambda after: exports.stories(conn, after, _PAGE)):
        articles: dict[int, list[int | str]] = defaultdict(list)
        claims: dict[int, set[datetime]] = defaultdict(set)
        for row in exports.members(conn, page[0].id, page[-1].id):
            articles[row.story_id].append(row.id if row.external_id is None else row.external_id)
            if row.clock == "claimed" and row.published_at is not None:
                claims[row.story_id].add(row.published_at)
        for row in page:
            yield {
                "story": row.id,
                "articles": articles.get(row.id, []),
                "state": state_of(row.state, row.episodes, row.dormant_at, now),
                "episodes": row.episodes,
                "outlets": row.outlets,
                "first_seen": row.first_seen_by,
                "clock": "claimed" if row.first_seen_by in claims[row.id] else "seen",
            }


def graph(conn: Connection, by: str, *, nodes: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """The graph's rows, each with what it is, all from one view: no edge without its ends."""
    of_nodes, of_edges = (_nodes, _edges) if by == "article" else (_outlet_nodes, _outlet_edges)
    if nodes:
        yield from (("node", row) for row in of_nodes(conn))
    yield from (("edge", row) for row in of_edges(conn))


def graph_fields(by: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields of the graph's nodes, and of its edges."""
    if by == "article":
        return NODE_FIELDS, EDGE_FIELDS
    return OUTLET_NODE_FIELDS, OUTLET_EDGE_FIELDS


def _nodes(conn: Connection) -> Iterator[dict[str, Any]]:
    """NODE_FIELDS of every article that matches another."""
    for page in _paged(lambda after: exports.nodes(conn, after, _PAGE)):
        for row in page:
            yield {
                "id": row.id,
                "external_id": row.external_id,
                "outlet": row.domain,
                "family": row.family,
                "title": row.title,
                "url": row.url,
                "lang": row.lang,
                "words": row.words,
                "story": row.story_id,
                "role": row.role,
                "clock": row.clock,
                "seen_after": row.seen_after,
                "seen_by": row.seen_by,
                "published": row.published_at,
            }


def _edges(conn: Connection) -> Iterator[dict[str, Any]]:
    """EDGE_FIELDS of every match, from the source, where the order is known, to the copy."""
    for page in _paged(lambda after: exports.edges(conn, after, _PAGE)):
        for row in page:
            yield {
                "source": row.a_id,
                "target": row.b_id,
                "kind": _kind(row),
                "paste": round(row.paste, 4),
                "cut": round(row.cut, 4),
                "distance": row.distance,
                "words": row.words,
                "order": row.order_known,
                "status": row.status,
                "same_outlet": row.same_outlet,
            }


def _outlet_nodes(conn: Connection) -> Iterator[dict[str, Any]]:
    """OUTLET_NODE_FIELDS of every outlet."""
    for row in outlets.sums(conn):
        yield {
            "id": row.domain,
            "outlet": row.name,
            "family": row.family,
            "articles": int(row.articles),
            "words": int(row.words),
        }


def _outlet_edges(conn: Connection) -> Iterator[dict[str, Any]]:
    """OUTLET_EDGE_FIELDS: who took from whom, as `watcher outlets` counts it."""
    domain = {row.id: row.domain for row in outlets.sums(conn)}
    for row in outlets.pairs(conn):
        yield {
            "source": domain[row.source],
            "target": domain[row.copier],
            "copies": int(row.copies),
            "credited": int(row.credited),
            "judged": int(row.judged),
        }


def sightings(conn: Connection) -> Iterator[dict[str, Any]]:
    """SIGHTING_FIELDS of every sighting; `after` is None where the start is unknown."""
    for page in _paged(lambda after: exports.sightings(conn, after, _PAGE)):
        for row in page:
            yield {
                "article": row.article_id if row.external_id is None else row.external_id,
                "story": row.story_id,
                "outlet": row.domain,
                "feed": row.feed,
                "kind": row.kind,
                "after": row.after,
                "by": row.by,
                "claimed": row.claimed_at,
                "claimed_raw": row.claimed_raw,
                "url": row.url or row.article_url,
            }
