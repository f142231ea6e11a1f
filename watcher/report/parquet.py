"""Rows as a Parquet file, a row group at a time. Needs the extra `parquet`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from watcher.core.errors import UsageError

_GROUP = 20_000  # rows held in memory; readers skip whole groups


def require() -> None:
    """Raises UsageError, with the remedy, where the library is not installed."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ModuleNotFoundError as error:
        raise UsageError(
            "Parquet needs a library that is not installed. Run"
            " `pip install 'syndication-watch[parquet]'`, or ask for --csv."
        ) from error


def write(
    path: Path,
    rows: Iterable[Mapping[str, Any]],
    fields: Sequence[str],
    types: Mapping[str, str],
) -> None:
    """Write `rows` to `path`. Ids are text, as an archive's own may be; times are in UTC."""
    require()
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "time": pa.timestamp("us", tz="UTC"),
        "texts": pa.list_(pa.string()),
    }
    schema = pa.schema([(name, kinds.get(types.get(name, ""), pa.string())) for name in fields])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for group in _groups(rows):
            columns = [
                pa.array(
                    [_value(row[name], types.get(name, "text")) for row in group],
                    type=schema.field(name).type,
                )
                for name in fields
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _groups(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    stream = iter(rows)
    while group := list(islice(stream, _GROUP)):
        yield group


def _value(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "texts":
        return [str(one) for one in value]
    return str(value) if kind == "text" else value
