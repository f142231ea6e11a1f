"""Columns in the order of a row value's fields; and a list of numbers as a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    TableValuedAlias,
    func,
    literal,
)


def columns(kind: type[Any], table: Table, **other: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """One column of `table` for each field of the dataclass `kind`; `other` for those elsewhere."""
    return [other[f.name] if f.name in other else table.c[f.name] for f in fields(kind)]


def each(conn: Connection, values: Sequence[int]) -> TableValuedAlias:
    """Many numbers as a table with the column `value`, in one parameter: a list in IN costs more
    for each of them than the look-up that it is for."""
    if conn.dialect.name == "postgresql":
        listed = func.unnest(literal(list(values), ARRAY(BigInteger)))
        return listed.table_valued("value").render_derived()
    return func.json_each(json.dumps(list(values))).table_valued("value")
