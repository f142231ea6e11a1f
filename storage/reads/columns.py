"""Columns in the order of a row value's fields, so that a row becomes the value by position."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Table


def columns(kind: type[Any], table: Table, **other: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """One column of `table` for each field of the dataclass `kind`; `other` for those elsewhere."""
    return [other[f.name] if f.name in other else table.c[f.name] for f in fields(kind)]
