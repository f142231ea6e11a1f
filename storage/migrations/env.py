"""Alembic's entry: runs the scripts on the connection, and in the transaction, handed to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy import Connection

from storage.models import metadata


def _note(
    ctx: MigrationContext,
    step: MigrationInfo,
    heads: Collection[Any],
    run_args: Mapping[str, Any],
) -> None:
    if isinstance(step.up_revision_id, str):
        context.config.attributes["applied"].append(step.up_revision_id)


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        # Ours is open already (storage/db.py): all the scripts, or none, on SQLite too.
        transactional_ddl=True,
        render_as_batch=True,
        on_version_apply=_note,
    )
    context.run_migrations()


_run(context.config.attributes["connection"])
