"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary
from sqlalchemy import Text as PlainText
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TOP = 1 << 63
_FULL = 1 << 64
_SURROGATE = re.compile("[\ud800-\udfff]")

# SQLite makes a column its rowid, and so fast, only where the type is INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")

Blob = LargeBinary


def to_signed(value: int) -> int:
    """The 64-bit pattern of `value` (0 .. 2**64-1) as SQL's signed integer."""
    if not 0 <= value < _FULL:
        raise ValueError(f"not an unsigned 64-bit value: {value}")
    return value - _FULL if value >= _TOP else value


def to_unsigned(value: int) -> int:
    """The inverse of `to_signed`."""
    return value + _FULL if value < 0 else value


def to_micros(value: datetime) -> int:
    """Microseconds since 1970 of an aware datetime; a naive one raises ValueError."""
    if value.tzinfo is None:
        raise ValueError(f"naive datetime: {value!r}")
    return (value - _EPOCH) // timedelta(microseconds=1)


def from_micros(value: int) -> datetime:
    """The aware UTC datetime that many microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=value)


def storable(value: str) -> str:
    """`value` as both engines can hold it: without U+0000, lone surrogates replaced by U+FFFD.

    PostgreSQL refuses U+0000 in text (manual, 8.3) and no engine can encode a lone surrogate as
    UTF-8; either in one title from the open web would fail the whole transaction of a poll.
    """
    if "\0" in value:
        value = value.replace("\0", "")
    return value if value.isascii() else _SURROGATE.sub("\ufffd", value)


class Text(TypeDecorator[str]):
    """Text from outside, of any length, made storable on the way in."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class Unsigned64(TypeDecorator[int]):
    """An unsigned 64-bit integer (a fingerprint, a hash) in a signed 64-bit column."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        return None if value is None else to_signed(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> int | None:
        return None if value is None else to_unsigned(value)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime as microseconds since 1970: one order on every engine."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(value)

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        return self
