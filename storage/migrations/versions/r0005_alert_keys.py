"""Keys of alerts name the text that a watch follows, no story.

Stories merge, split and are judged anew. Under its old key a crossing of before could be raised
once more; what ended in an episode's number is found by the rest of its key
(storage.writes.outbox).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ALERT = sa.table("alert", sa.column("id"), sa.column("key"), sa.column("watch_id"))
_PAGE = 1_000


def upgrade() -> None:
    """`watch:STORY:condition:step` becomes `watch:aARTICLE:condition:step`."""
    conn = op.get_bind()
    renamed = (
        _ALERT.update().where(_ALERT.c.id == sa.bindparam("row")).values(key=sa.bindparam("k"))
    )
    for page in _pages(conn):
        wanted: dict[str, int] = {}
        for row in page:
            begin = f"{row.name}:"
            story, colon, rest = row.key.removeprefix(begin).partition(":")
            if row.key.startswith(begin) and colon and story.isdigit():
                # Of stories that merged each may have one: one of them is enough.
                wanted.setdefault(f"{begin}a{row.article_id}:{rest}", row.id)
        taken = set()
        if wanted:
            query = sa.select(_ALERT.c.key).where(_ALERT.c.key.in_(wanted))
            taken = set(conn.scalars(query))
        changes = [{"row": i, "k": key} for key, i in wanted.items() if key not in taken]
        if changes:
            conn.execute(renamed, changes)


def _pages(conn: Any) -> Iterator[list[Any]]:
    """Alerts of watches that follow a text, oldest first."""
    last = 0
    query = sa.text(
        "SELECT alert.id, alert.key, watch.name, watch.article_id FROM alert"
        " JOIN watch ON watch.id = alert.watch_id"
        " WHERE alert.id > :last AND watch.article_id IS NOT NULL ORDER BY alert.id LIMIT :most"
    )
    while page := list(conn.execute(query, {"last": last, "most": _PAGE})):
        yield page
        last = page[-1].id


def downgrade() -> None:
    """To 0004, whose program made the same keys: nothing to undo."""
