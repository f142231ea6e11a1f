"""Everything of one kind for other programs: JSON lines, CSV, GraphML, Parquet."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.base import Setup, command, pass_setup
from watcher.cli.progress import progress
from watcher.cli.render import Output
from watcher.core.errors import UsageError
from watcher.report import open_reader

if TYPE_CHECKING:
    from watcher.report.reader import Reader

_FORMS = ("json", "csv", "graphml", "parquet")
_TOLD = 500  # rows from one sign of progress to the next


@command()
@click.argument("what", type=click.Choice(("matches", "stories", "sightings", "graph")))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line (the default).")
@click.option("--csv", "as_csv", is_flag=True, help="CSV with a header; of a graph its edges.")
@click.option("--graphml", "as_graphml", is_flag=True, help="GraphML; of the graph only.")
@click.option(
    "--parquet",
    "as_parquet",
    is_flag=True,
    help="Parquet, into a file; of a graph its edges. Needs an extra.",
)
@click.option(
    "--by",
    type=click.Choice(("article", "outlet")),
    default="article",
    show_default=True,
    help="The nodes of the graph.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write there, whole or not at all; default: stdout.",
)
@pass_setup
def export(
    setup: Setup,
    what: str,
    as_json: bool,
    as_csv: bool,
    as_graphml: bool,
    as_parquet: bool,
    by: str,
    output: Path | None,
) -> None:
    """Everything of one kind, a row each, for other programs.

    The graph's nodes are the articles that match others, its edges the matches; by
    outlet, who took from whom how often. As JSON each line says in `is` whether it
    is a node or an edge.
    """
    asked = [
        form
        for form, flag in zip(_FORMS, (as_json, as_csv, as_graphml, as_parquet), strict=True)
        if flag
    ]
    if len(asked) > 1:
        raise UsageError(f"--{asked[0]} and --{asked[1]} exclude each other: ask for one of them.")
    form = asked[0] if asked else "json"
    if form == "graphml" and what != "graph":
        raise UsageError(f"--graphml is for `watcher export graph`: {what} are no graph.")
    if by != "article" and what != "graph":
        raise UsageError("--by is for `watcher export graph`.")
    if form == "parquet":
        if output is None:
            raise UsageError("--parquet writes a file: name one with --output.")
        from watcher.report import parquet

        parquet.require()
    with (
        open_reader(setup.database_url()) as reader,
        _bar(what, output) as tell,
        _whole(output) as path,
    ):
        total = None if what == "graph" else _size(reader, what, tell)
        _write(reader, what, form, by, setup.clock(), path, lambda rows: _told(rows, tell, total))


def _write(
    reader: Reader,
    what: str,
    form: str,
    by: str,
    now: datetime,
    path: Path | None,
    told: Callable[[Iterable[Any]], Iterator[Any]],
) -> None:
    from watcher.report import export as fields

    if what == "graph":
        node_fields, names = fields.graph_fields(by)
        graph = told(reader.export_graph(by, nodes=form in ("json", "graphml")))
        if form == "graphml":
            from watcher.report import graphml

            with _stdout(path):
                for line in graphml.lines(graph, node_fields, names, fields.TYPES):
                    sys.stdout.write(line)
            return
        rows = ({"is": of, **row} if form == "json" else row for of, row in graph)
    else:
        names, found = reader.export(what, now=now)
        rows = (row for row in told(found))
    if form == "parquet" and path is not None:
        from watcher.report import parquet

        parquet.write(path, rows, names, fields.TYPES)
        return
    with _stdout(path):
        Output(form).rows(rows, (), names=names)


# ---------------------------------------------------------------- where to, and how far

Tell = Callable[[int, int | None], None]


def _bar(what: str, output: Path | None) -> contextlib.AbstractContextManager[Tell | None]:
    """A progress bar, unless the rows themselves are on the terminal."""
    if output is None and sys.stdout.isatty():
        return contextlib.nullcontext()
    return progress(f"Exporting {what}")


def _size(reader: Reader, what: str, tell: Tell | None) -> int | None:
    return reader.export_size(what) if tell is not None and sys.stderr.isatty() else None


def _told(rows: Iterable[Any], tell: Tell | None, total: int | None) -> Iterator[Any]:
    done = 0
    for done, row in enumerate(rows, 1):
        yield row
        if tell is not None and done % _TOLD == 0:
            tell(done, total)


@contextmanager
def _whole(output: Path | None) -> Iterator[Path | None]:
    """A file beside `output`, which takes its place when all is written."""
    if output is None:
        yield None
        return
    part = output.with_name(f".{output.name}.part")
    try:
        yield part
        os.replace(part, output)
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _stdout(path: Path | None) -> Iterator[None]:
    if path is None:
        yield
        return
    with path.open("w", encoding="utf-8", newline="") as file, contextlib.redirect_stdout(file):
        yield
