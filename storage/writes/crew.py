"""Signs of life of the daemons that share a PostgreSQL database, by the server's clock alone.

A row of `meta` each. Whoever finds one too old takes over what its daemon had leased; that it was
still so old when its row was deleted is what makes it one who does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, text, update

from storage.models import delivery, meta
from storage.writes.articles import put_meta
from storage.writes.claims import release_all

PREFIX = "beat."


@dataclass(frozen=True, slots=True)
class Beat:
    """A daemon's last sign of life, and its first by the server's clock, in seconds since 1970.
    `said`: the row as it was read."""

    owner: str
    age_s: float
    said: str
    since: float | None = None


def beats(conn: Connection) -> list[Beat]:
    """The last sign of life of each daemon that has not said goodbye."""
    now = _now(conn)
    query = select(meta.c.value).where(meta.c.key.startswith(PREFIX)).order_by(meta.c.key)
    found = [(said, json.loads(said)) for said in conn.scalars(query)]
    return [Beat(one["owner"], now - one["at"], said, one.get("since")) for said, one in found]


def beat(conn: Connection, owner: str, since: float | None = None) -> None:
    """Leave a sign of life. `since`: of its first one; None: it is this one."""
    now = _now(conn)
    told = {"owner": owner, "at": now, "since": now if since is None else since}
    put_meta(conn, _key(owner), json.dumps(told))


def leave(conn: Connection, owner: str) -> None:
    """Say goodbye: nothing is left to take over."""
    conn.execute(delete(meta).where(meta.c.key == _key(owner)))


def take_over(conn: Connection, dead: Sequence[Beat], now: datetime) -> dict[str, int]:
    """Make due again what these have leased, as far as nobody else did and they gave no sign of
    life meanwhile: how many feeds, by owner. What they were sending comes again, as a possible
    repeat."""
    taken: dict[str, int] = {}
    for one in dead:
        test = (meta.c.key == _key(one.owner), meta.c.value == one.said)
        if not conn.execute(delete(meta).where(*test)).rowcount:
            continue
        taken[one.owner] = release_all(conn, [one.owner])
        conn.execute(
            update(delivery)
            .where(delivery.c.state == "sending", delivery.c.lease_by == one.owner)
            .values(lease_until=now)
        )
    return taken


def _now(conn: Connection) -> float:
    """Seconds since 1970, as the server counts them: no two machines' clocks are compared."""
    return float(conn.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0)


def _key(owner: str) -> str:
    return PREFIX + hashlib.sha256(owner.encode()).hexdigest()[:32]
