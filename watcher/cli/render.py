"""Answers on stdout: a table for people, JSON lines and CSV for programs."""

from __future__ import annotations

import csv
import functools
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Generic, TypeVar

import click

from watcher.core.errors import UsageError
from watcher.report.values import Interval

T = TypeVar("T")

_GAP = 2
_LEAST = 8  # cells that a cut column keeps

# What a terminal would act on, or what hides or reorders its neighbours: C0, DEL and C1 controls,
# bidirectional marks, embeddings and isolates (UAX 9), zero-width marks, line separators,
# lone surrogates and the invisible tag characters. The joiners U+200C and U+200D stay: Persian
# and the Indic scripts cannot be written without them.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_SPACES = re.compile(r"[\t\n\r\x0b\x0c\x85\u2028\u2029]+")

# A spreadsheet runs a cell that begins with one of these, full-width forms included.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")

_STYLES: dict[str, dict[str, Any]] = {
    "resurfaced": {"fg": "magenta", "bold": True},
    "active": {"fg": "green"},
    "dormant": {"dim": True},
    "ok": {"fg": "green"},
    "failing": {"fg": "red"},
    "failed": {"fg": "red"},
    "refused": {"fg": "red"},
    "gone": {"fg": "red"},
    "dead": {"fg": "red", "bold": True},
    "fired": {"fg": "green"},
    "held": {"dim": True},
}


def visible(text: str) -> str:
    """`text` on one line with every control and invisible character shown as \\u{...}."""
    return _UNSAFE.sub(lambda m: f"\\u{{{ord(m[0]):x}}}", _SPACES.sub(" ", text))


def coloured() -> bool:
    """Whether stdout is a terminal that may have colour (https://no-color.org)."""
    return (
        sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )


def paint(text: str, **style: Any) -> str:
    """`text` in colour where stdout may have it."""
    return click.style(text, **style) if style and coloured() else text


def width() -> int:
    """Cells on a line: the terminal's, or COLUMNS, or 80."""
    return max(40, shutil.get_terminal_size((80, 24)).columns)


def byte_size(count: int) -> str:
    """Bytes in the largest unit that leaves at least one: `2.4 GB`."""
    size = float(count)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def counted(n: int, one: str, many: str | None = None) -> str:
    """`1 copy`, `12,000 copies`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """A table's column. The `wide` ones give way first where the line is too short."""

    title: str
    value: Callable[[T], object]
    right: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """How a command was asked to answer: `form` is table, json or csv."""

    form: str = "table"
    local: bool = False

    @property
    def people(self) -> bool:
        """Whether people read it."""
        return self.form == "table"

    # ------------------------------------------------------------ words

    def time(self, at: datetime) -> str:
        """`2016-09-18T10:00Z`; with --local in the local zone, with its offset."""
        return self._stamp(at, "minutes")

    def _stamp(self, at: datetime, timespec: str) -> str:
        if self.local:
            return at.astimezone().isoformat(timespec=timespec)
        return at.astimezone(UTC).isoformat(timespec=timespec).removesuffix("+00:00") + "Z"

    def interval(self, seen: Interval) -> str:
        """`2016-09-18 after 09:45, by 10:00Z`, or that the start is unknown."""
        by = self.time(seen.by)
        if seen.after is None:
            return f"by {by} (start unknown)"
        after = self.time(seen.after)
        if after == by:
            return by
        if after[:10] == by[:10]:
            return f"{by[:10]} after {after[11:16]}, by {by[11:]}"
        return f"after {after}, by {by}"

    def cell(self, value: object) -> str:
        """One value as a table shows it."""
        match value:
            case None | False:
                return ""
            case True:
                return "yes"
            case float():
                return f"{value:.2f}"
            case datetime():
                return self.time(value)
            case Interval():
                return self.interval(value)
            case tuple() | list():
                return ", ".join(self.cell(one) for one in value)
            case _:
                return visible(str(value))

    # ------------------------------------------------------------ for programs

    def json(self, value: Any) -> str:
        """One line of JSON, safe to show on a terminal.

        Dataclasses become objects, times ISO 8601 to the second.
        """
        return self._encoder()(value)

    def _encoder(self) -> Callable[[Any], str]:
        ascii_only = "utf" not in (sys.stdout.encoding or "utf-8").lower()
        encode = json.JSONEncoder(ensure_ascii=ascii_only, default=self._plain).encode
        # json escapes C0 only; the escapes of the rest mean the same to every reader.
        return lambda value: _UNSAFE.sub(_json_escape, encode(value))

    def _plain(self, value: Any) -> Any:
        """What json does not know, in terms that it does; one level deep."""
        if isinstance(value, datetime):
            return self._stamp(value, "seconds")
        if is_dataclass(value):
            return {f.name: getattr(value, f.name) for f in fields(value)}
        raise TypeError(f"not a value that answers are made of: {value!r}")

    # ------------------------------------------------------------ whole answers

    def rows(
        self,
        rows: Iterable[T],
        columns: Sequence[Column[T]],
        *,
        names: Sequence[str] | None = None,
        below: Callable[[T], str] | None = None,
    ) -> int:
        """Print rows and return how many there were; JSON and CSV stream.

        `names` are the fields of a CSV header, where there may be no row to take them from.
        `below`: a sentence that people read below each row, whole.
        """
        write = sys.stdout.write
        count = 0
        if self.form == "table":
            found = list(rows)
            for n, line in enumerate(self._table(found, columns)):
                write(line + "\n")
                if below and n:
                    write(_sentence(below(found[n - 1])))
            return len(found)
        if self.form == "json":
            encode = self._encoder()
            for count, row in enumerate(rows, 1):  # noqa: B007  # the last one is the answer
                write(encode(row) + "\n")
            return count
        out = csv.writer(sys.stdout, lineterminator="\n")
        stream = iter(rows)
        first = next(stream, None)
        if first is None:
            if names:
                out.writerow(names)
            return 0
        out.writerow(names or list(self._flat(first)))
        for count, row in enumerate(chain([first], stream), 1):  # noqa: B007
            out.writerow([csv_cell(value) for value in self._flat(row).values()])
        return count

    def _flat(self, row: Any) -> dict[str, Any]:
        """A record with nested objects as `outer_inner`; lists of plain values joined by `; `."""
        flat: dict[str, Any] = {}
        for key, value in json.loads(self.json(row)).items():
            if isinstance(value, dict):
                flat.update({f"{key}_{inner}": one for inner, one in value.items()})
            elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
                flat[key] = self.json(value)
            elif isinstance(value, list):
                flat[key] = "; ".join(str(one) for one in value)
            else:
                flat[key] = value
        return flat

    def _table(self, rows: list[T], columns: Sequence[Column[T]]) -> Iterable[str]:
        # Late: only tables need it, and it takes as long as all of the rest.
        from rich.cells import cell_len, set_cell_size

        if not rows:
            return
        cells = [[self.cell(column.value(row)) for column in columns] for row in rows]
        sizes = [
            max(len(column.title), *(cell_len(line[i]) for line in cells))
            for i, column in enumerate(columns)
        ]
        _fit(sizes, columns, width())
        last = len(columns) - 1
        for n, line in enumerate([[column.title for column in columns], *cells]):
            parts = []
            for i, (text, size, column) in enumerate(zip(line, sizes, columns, strict=True)):
                shown = text
                if cell_len(text) > size:
                    shown = set_cell_size(text, size - 1).rstrip() + "…"
                padding = " " * (size - cell_len(shown))
                style = {"bold": True} if n == 0 else _STYLES.get(text, {})
                shown = paint(shown, **style)
                if column.right:
                    shown = padding + shown
                elif i != last:
                    shown += padding
                parts.append(shown)
            yield (" " * _GAP).join(parts).rstrip()


def _sentence(text: str) -> str:
    # Late: lines.py measures by this module.
    from watcher.cli.lines import folded

    return folded(f"  {visible(text)}") + "\n"


def _json_escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def _fit(sizes: list[int], columns: Sequence[Column[Any]], room: int) -> None:
    """Take cells from the widest wide column, then from the widest other one, until it fits."""
    while sum(sizes) + _GAP * (len(sizes) - 1) > room:
        for kind in (lambda c: c.wide, lambda c: not c.right):
            able = [i for i, c in enumerate(columns) if kind(c) and sizes[i] > _LEAST]
            if able:
                sizes[max(able, key=lambda i: sizes[i])] -= 1
                break
        else:
            return


def csv_cell(value: Any) -> Any:
    """A value that a spreadsheet shows and does not run.

    Text that begins like a formula gets a leading apostrophe (OWASP, CSV injection); numbers are
    left alone.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return value
    shown = visible(value)
    return f"'{shown}" if value.startswith(_FORMULA) else shown


def listing(command: Callable[..., T]) -> Callable[..., T]:
    """Give a command --json, --csv and --local; it receives them as `out`."""

    @click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
    @click.option("--csv", "as_csv", is_flag=True, help="CSV with a header.")
    @click.option("--local", is_flag=True, help="Times in the local zone instead of UTC.")
    @functools.wraps(command)
    def wrapped(*args: Any, as_json: bool, as_csv: bool, local: bool, **kwargs: Any) -> T:
        if as_json and as_csv:
            raise UsageError("--json and --csv exclude each other: ask for one of them.")
        form = "json" if as_json else "csv" if as_csv else "table"
        return command(*args, out=Output(form, local), **kwargs)

    return wrapped
