"""What the writer stores of an article, its matches and its story: many rows at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Executable,
    Table,
    and_,
    bindparam,
    delete,
    or_,
    select,
    type_coerce,
    update,
)

from storage.models import (
    article,
    boilerplate,
    decision,
    delivery,
    episode,
    feed,
    host,
    identity,
    match,
    meta,
    outlet,
    receiver,
    story,
    version,
)
from storage.writes.upsert import alone, insert, insert_in

_CHUNK = 900

Rows = Sequence[Mapping[str, Any]]


def one_at_a_time(conn: Connection) -> None:
    """Keeps other recordings waiting until the transaction ends; readers go on.

    Two that ran side by side would not see each other's articles, and versions that come to light
    in another order than their ids would be missed by all who look for what is newer.
    """
    alone(conn, version)


def add(conn: Connection, table: Table, rows: Rows) -> None:
    """Insert rows that are known to be new."""
    if rows:
        conn.execute(_insert(table), list(rows))


# A statement made anew is put together anew, which takes longer than to execute it.
@cache
def _insert(table: Table) -> Executable:
    return table.insert()


@cache
def _insert_unless_there(dialect: str, table: Table) -> Executable:
    return insert_in(dialect, table).on_conflict_do_nothing()


@cache
def _take(dialect: str) -> Executable:
    statement = insert_in(dialect, identity)
    return statement.on_conflict_do_update(
        index_elements=["key", "outlet_id"], set_={"article_id": statement.excluded.article_id}
    )


def add_identities(conn: Connection, rows: Rows) -> None:
    """Insert identity keys; a key that its outlet has already is left as it is."""
    if rows:
        conn.execute(_insert_unless_there(conn.dialect.name, identity), list(rows))


def take_identities(conn: Connection, rows: Rows) -> None:
    """Insert identity keys; a key that its outlet has already is given to the new article."""
    if rows:
        conn.execute(_take(conn.dialect.name), list(rows))


def ensure_outlet(conn: Connection, domain: str, name: str) -> int:
    """The id of the outlet of this domain, which is made (its own family) where it is new."""
    conn.execute(
        insert(conn, outlet)
        .values(domain=domain, name=name, family=name)
        .on_conflict_do_nothing(index_elements=["domain"])
    )
    return int(conn.scalars(select(outlet.c.id).where(outlet.c.domain == domain)).one())


def set_current_version(conn: Connection, rows: Rows) -> None:
    """Each row: article `article`, its `new_version`, `new_title`, `new_words`, `new_evidence`."""
    if rows:
        conn.execute(
            update(article)
            .where(article.c.id == bindparam("article"))
            .values(
                version_id=bindparam("new_version"),
                title=bindparam("new_title"),
                words=bindparam("new_words"),
                evidence=bindparam("new_evidence"),
            ),
            list(rows),
        )


def set_address(conn: Connection, rows: Rows) -> None:
    """Each row: article `article` is at `to` now."""
    if rows:
        conn.execute(
            update(article).where(article.c.id == bindparam("article")).values(url=bindparam("to")),
            list(rows),
        )


def set_stories(conn: Connection, rows: Rows) -> None:
    """Each row: article `article` is in story `story` with role `as_role`."""
    if rows:
        conn.execute(
            update(article)
            .where(article.c.id == bindparam("article"))
            .values(story_id=bindparam("story"), role=bindparam("as_role")),
            list(rows),
        )


def drop_matches(conn: Connection, ids: Collection[int]) -> None:
    """Forget the matches of these articles that no person has decided on."""
    listed = list(ids)
    for start in range(0, len(listed), _CHUNK):
        part = listed[start : start + _CHUNK]
        conn.execute(
            delete(match).where(
                match.c.status == "auto", or_(match.c.a_id.in_(part), match.c.b_id.in_(part))
            )
        )


def add_matches(conn: Connection, rows: Rows) -> None:
    """Insert matches; a pair that a person has decided on keeps its row."""
    if rows:
        conn.execute(_insert_unless_there(conn.dialect.name, match), list(rows))


def update_story(conn: Connection, rows: Rows) -> None:
    """Each row: story `story` and all its counters."""
    if not rows:
        return
    # A bound name may not be a column's own name in an UPDATE.
    names = [n for n in rows[0] if n != "story"]
    conn.execute(
        update(story)
        .where(story.c.id == bindparam("story"))
        .values({n: bindparam(f"new_{n}") for n in names}),
        [{"story" if k == "story" else f"new_{k}": v for k, v in r.items()} for r in rows],
    )


def merge_stories(conn: Connection, rows: Rows) -> None:
    """Each row: story `story` has become part of `into`."""
    if rows:
        conn.execute(
            update(story)
            .where(story.c.id == bindparam("story"))
            .values(merged_into=bindparam("into")),
            list(rows),
        )


def replace_episodes(conn: Connection, stories: Collection[int], rows: Rows) -> None:
    """Set the episodes of these stories."""
    listed = list(stories)
    for start in range(0, len(listed), _CHUNK):
        conn.execute(delete(episode).where(episode.c.story_id.in_(listed[start : start + _CHUNK])))
    add(conn, episode, rows)


def learn(conn: Connection, rows: Rows) -> None:
    """Record boilerplate; what a person made us forget stays forgotten."""
    if rows:
        conn.execute(_insert_unless_there(conn.dialect.name, boilerplate), list(rows))


def unlearn(conn: Connection, outlet_id: int, paragraph: int) -> None:
    """A paragraph turned out to be no boilerplate."""
    conn.execute(
        delete(boilerplate).where(
            and_(
                boilerplate.c.outlet_id == outlet_id,
                boilerplate.c.hash == paragraph,
                boilerplate.c.state == "learned",
            )
        )
    )


def set_boilerplate_state(conn: Connection, outlet_id: int, paragraph: int, state: str) -> bool:
    """A person's word on a paragraph; whether there was such a row."""
    done = conn.execute(
        update(boilerplate)
        .where(boilerplate.c.outlet_id == outlet_id, boilerplate.c.hash == paragraph)
        .values(state=state)
    )
    return bool(done.rowcount)


def decide(conn: Connection, row: Mapping[str, Any]) -> None:
    """Record what a person decided."""
    conn.execute(decision.insert(), [dict(row)])


def set_match_status(conn: Connection, a: int, b: int, status: str) -> bool:
    """Set what is decided of the match between two articles, either way round."""
    done = conn.execute(
        update(match)
        .where(
            or_(
                and_(match.c.a_id == a, match.c.b_id == b),
                and_(match.c.a_id == b, match.c.b_id == a),
            )
        )
        .values(status=status)
    )
    return bool(done.rowcount)


def put_meta(conn: Connection, key: str, value: str) -> None:
    """Set a fact of the database as a whole."""
    statement = insert(conn, meta).values(key=key, value=value)
    conn.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


def set_tracked(conn: Connection, story_id: int) -> None:
    """A watch follows this story."""
    conn.execute(update(story).where(story.c.id == story_id).values(tracked=True))


def rest_stories(conn: Connection, now: datetime) -> int:
    """Mark the stories that have come to rest by `now`; how many."""
    done = conn.execute(
        update(story)
        .where(story.c.state == "active", story.c.dormant_at <= now)
        .values(state="dormant")
    )
    return int(done.rowcount)


def shift_schedule(conn: Connection, step: timedelta) -> None:
    """Move everything that waits for a time: the wall clock was set by `step`."""
    micros = step // timedelta(microseconds=1)
    for table, columns in (
        # `last_ok_at` is where the interval of the next first sighting begins.
        (feed, ("next_at", "lease_until", "last_ok_at")),
        (host, ("not_before",)),
        (delivery, ("next_at", "lease_until")),
        (receiver, ("open_until",)),
    ):
        conn.execute(
            update(table).values(
                {name: type_coerce(table.c[name], BigInteger) + micros for name in columns}
            )
        )
