"""Archives imported on a cluster: the stories of an import by one process, whatever dies."""

from __future__ import annotations

import gzip
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import zstandard
from click.testing import CliRunner, Result

from tests.cluster.conftest import small_batches
from tests.cluster.made import NOW, Stages, everything, lines
from watcher.archive import Database, open_archive
from watcher.cli import app
from watcher.cli.base import Setup
from watcher.cluster import ClusterResult, import_archives
from watcher.core.errors import UsageError
from watcher.load import load_file

PIECE = 60_000  # bytes: several tasks an archive
COUNT = 240


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A plain archive and a gzipped one, with copies across."""
    home = tmp_path_factory.mktemp("archives")
    made = lines(COUNT)
    plain, packed = home / "plain.jsonl", home / "packed.jsonl.gz"
    plain.write_bytes(b"\n".join(made[: 2 * COUNT // 3]))
    packed.write_bytes(gzip.compress(b"\n".join(made[2 * COUNT // 3 :])))
    return [plain, packed]


@pytest.fixture(scope="module")
def by_one(archives: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of an import by one process."""
    path = tmp_path_factory.mktemp("one") / "one.db"
    with small_batches(), open_archive(f"sqlite:///{path}", create=True) as database:
        for archive in archives:
            load_file(database, archive, workers=1, progress=lambda done, size: None, now=NOW)
    return path


def run(
    database: Database, archives: list[Path], cluster: str, scratch: Path, stages: Stages
) -> ClusterResult:
    return import_archives(
        database,
        archives,
        cluster=cluster,
        workers=2,
        scratch=scratch,
        stage=stages,
        now=NOW,
        piece=PIECE,
    )


def same(database: Database, other: Path) -> bool:
    with open_archive(f"sqlite:///{other}") as one:
        return everything(one) == everything(database)


def test_every_row_is_that_of_an_import_by_one_process(
    scheduler: str, archives: list[Path], by_one: Path, sqlite_database: Database, tmp_path: Path
) -> None:
    stages = Stages()
    others = tmp_path / "watcher-import" / "another"
    others.mkdir(parents=True, mode=0o700)  # begun, and cut short
    done = run(sqlite_database, archives, scheduler, tmp_path, stages)
    assert same(sqlite_database, by_one)
    rows = everything(sqlite_database)
    kinds = {kind for kind in KINDS if any(f"'{kind}'" in row for row in rows["match"])}
    assert kinds == set(KINDS)
    assert rows["boilerplate"]
    assert (done.load.refused, done.workers) == (2, 2)
    assert done.parts > 4
    # The workers have made most comparisons; not those from before a notice was learned.
    assert done.foretold > done.compared_here
    assert stages.seen == ["Unpacking", "Reading", "Joining", "Comparing", "Landing"]
    assert {p.name for p in others.parent.iterdir()} == {"another", "lock"}


KINDS = ("verbatim", "wrapped", "edited", "excerpt", "container")


def test_a_killed_worker_loses_nothing(
    archives: list[Path], by_one: Path, sqlite_database: Database, tmp_path: Path
) -> None:
    killed: list[str] = []

    def kill(what: str, done: int) -> None:
        if what in ("Reading", "Comparing") and what not in killed:
            killed.append(what)
            for process in psutil.Process().children(recursive=True):
                if "spawn_main" in " ".join(process.cmdline()) and not process.children():
                    os.kill(process.pid, signal.SIGKILL)
                    return

    run(sqlite_database, archives, "local", tmp_path, Stages(kill))
    assert killed == ["Reading", "Comparing"]
    assert same(sqlite_database, by_one)


class _Stop(Exception):
    """The run is cut short."""


def test_begun_again_it_goes_on_where_it_was(
    scheduler: str, archives: list[Path], by_one: Path, sqlite_database: Database, tmp_path: Path
) -> None:
    def stop(what: str, done: int) -> None:
        if what == "Landing" and done > 100:
            raise _Stop

    with pytest.raises(_Stop):
        run(sqlite_database, archives, scheduler, tmp_path, Stages(stop))
    made = {p: p.stat().st_mtime_ns for p in (tmp_path / "watcher-import").glob("*/*/*")}
    assert made
    changed: list[Path] = []

    def look(what: str, done: int) -> None:
        if what == "Landing" and not changed:
            changed.extend(p for p, at in made.items() if p.stat().st_mtime_ns != at)

    done = run(sqlite_database, archives, scheduler, tmp_path, Stages(look))
    assert changed == []
    assert done.skipped > 100
    assert same(sqlite_database, by_one)
    # And once more, all of it: nothing new.
    again = run(sqlite_database, archives[1:], scheduler, tmp_path, Stages())
    assert (again.load.new, again.skipped) == (0, 0)


@pytest.fixture
def watcher(tmp_path: Path) -> Callable[..., Result]:
    """Runs a command on a database in an empty folder."""

    def invoke(*args: str | Path, db: Path) -> Result:
        url = f"sqlite:///{db}"
        return CliRunner().invoke(
            app, [*map(str, args), "--db", url], obj=Setup(clock=lambda: NOW), env={"COLUMNS": "80"}
        )

    return invoke


def test_the_command_and_what_is_exported(
    scheduler: str,
    archives: list[Path],
    by_one: Path,
    tmp_path: Path,
    watcher: Callable[..., Result],
) -> None:
    zstd = tmp_path / "packed.jsonl.zst"
    zstd.write_bytes(zstandard.compress(gzip.decompress(archives[1].read_bytes())))
    db = tmp_path / "cluster.db"
    done = watcher("import", "--cluster", scheduler, "--json", archives[0], zstd, db=db)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["articles"], told["refused"], told["workers"]) == (COUNT, 2, 2)
    assert f"{archives[0]}:121: not JSON" in done.stderr
    for what in ("stories", "matches", "sightings"):
        assert watcher("export", what, db=db).stdout == watcher("export", what, db=by_one).stdout
    again = watcher("import", "--cluster", scheduler, zstd, db=db)
    assert "(0 new)" in again.stdout
    assert "on 2 workers, " in again.stdout


# ---------------------------------------------------------------- what cannot be


def test_without_the_extra_it_says_what_to_install(
    archives: list[Path],
    tmp_path: Path,
    watcher: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = watcher("import", "--cluster", "local", archives[0], db=tmp_path / "x.db")
    assert done.exit_code == 2
    assert "pip install 'syndication-watch[cluster]'" in done.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("ARCHIVE", "ARCHIVE"), "Several files, and --scratch, go with --cluster."),
        (("--scratch", ".", "ARCHIVE"), "Several files, and --scratch, go with --cluster."),
        (("--cluster", "local", "-"), "--cluster reads files, not standard input"),
        (("--cluster", "nowhere", "ARCHIVE"), "no Dask scheduler answers at nowhere"),
    ],
)
def test_what_makes_no_sense(
    args: tuple[str, ...],
    said: str,
    archives: list[Path],
    tmp_path: Path,
    watcher: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("watcher.cluster.running._CONNECT", 0.5)
    given = [archives[0] if a == "ARCHIVE" else a for a in args]
    done = watcher("import", *given, db=tmp_path / "x.db")
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_damaged_archive(scheduler: str, tmp_path: Path, sqlite_database: Database) -> None:
    damaged = tmp_path / "damaged.jsonl.gz"
    damaged.write_bytes(gzip.compress(os.urandom(5000))[:4000])
    with pytest.raises(UsageError, match=r"damaged\.jsonl\.gz is a damaged gzip file"):
        run(sqlite_database, [damaged], scheduler, tmp_path, Stages())


def test_lines_that_are_no_articles(
    scheduler: str, tmp_path: Path, watcher: Callable[..., Result]
) -> None:
    empty, wrong = tmp_path / "empty.jsonl", tmp_path / "wrong.jsonl"
    empty.write_bytes(b"")
    wrong.write_bytes(b"{\n\n[]\n")
    done = watcher("import", "--cluster", scheduler, empty, wrong, db=tmp_path / "x.db")
    assert done.exit_code == 2, done.output
    assert done.stdout.startswith("0 articles (0 new), 0 matches, 0 stories, 2 lines left out")
    assert f"{wrong}:3: not a JSON object" in done.stderr


def test_the_scratch_folder_is_for_one_run_and_one_user(
    scheduler: str, archives: list[Path], tmp_path: Path, sqlite_database: Database
) -> None:
    def second(what: str, done: int) -> None:
        run(sqlite_database, archives, scheduler, tmp_path, Stages())

    with pytest.raises(UsageError, match="another import is at work in"):
        run(sqlite_database, archives, scheduler, tmp_path, Stages(second))
    (tmp_path / "watcher-import").chmod(0o777)
    with pytest.raises(UsageError, match="is not ours alone to write in"):
        run(sqlite_database, archives, scheduler, tmp_path, Stages())
