"""The plan of the house: arrows, file sizes, purpose lines, and what must never lie in it."""

from __future__ import annotations

import ast
import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from watcher import __version__

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"

TOP = {
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "benchmarks",
    "feeds.yaml",
    "pyproject.toml",
    "requirements-test.txt",
    "requirements.txt",
    "run.sh",
    "storage",
    "systemd",
    "tests",
    "watcher",
}

LONGEST = 320  # lines; a room that grows past it becomes a folder with the same door
LONGEST_TEST = 500  # a test file may follow what it tests, case by case
LONGER = {
    "storage/models.py": "every table, in one place to read",
    "storage/rows.py": "every row that storage hands out: one flat list of values",
    "storage/migrations/versions/r0001_initial.py": "a migration stands as it was released",
    "storage/reads/articles.py": "what the index and the recorder ask of articles, a function each",
}


@cache
def files() -> tuple[str, ...]:
    """Every file of the project: what git knows or would take, else all that .gitignore lets."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode == 0:
        names = set(listed.stdout.split("\0")) - {""}
        return tuple(sorted(name for name in names if (ROOT / name).is_file()))
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text().split()} | {".git"}
    return tuple(
        sorted(
            str(path)
            for path in (found.relative_to(ROOT) for found in ROOT.rglob("*") if found.is_file())
            if not ignored.intersection(path.parts)
        )
    )


def python_files() -> list[str]:
    return [name for name in files() if name.endswith(".py")]


def test_arrows_run_down_and_every_contract_is_kept() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [kept] = re.findall(r"(\d+) kept, 0 broken", done.stdout)
    assert int(kept) >= 6


def test_nothing_else_lies_at_the_top() -> None:
    assert {name.partition("/")[0] for name in files()} == TOP


def test_every_module_says_its_purpose_in_one_line() -> None:
    silent = []
    for name in python_files():
        told = ast.get_docstring(ast.parse((ROOT / name).read_text("utf-8")), clean=False)
        if not told or not told.splitlines()[0].rstrip().endswith((".", "?")):
            silent.append(name)
    assert silent == []


def test_no_file_is_longer_than_can_be_read() -> None:
    lines = {name: len((ROOT / name).read_text("utf-8").splitlines()) for name in python_files()}
    too_long = {
        name
        for name, count in lines.items()
        if count > (LONGEST_TEST if name.startswith("tests/") else LONGEST)
    }
    assert too_long <= LONGER.keys()
    # A file that was split does not keep its exception.
    assert [name for name in LONGER if lines.get(name, 0) <= LONGEST] == []


def test_the_changelog_begins_with_the_version_that_this_is() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ \((unreleased|\d{4}-\d\d-\d\d)\)", h) for h in headings)
    versions = [tuple(map(int, heading.partition(" ")[0].split("."))) for heading in headings]
    assert versions == sorted(set(versions), reverse=True)
    assert headings[0].partition(" ")[0] == __version__


# Folders of somebody's machine, and package indexes other than the public one.
_MACHINE = re.compile(
    r"(?<![\w./*-])/(?:work|root|home|Users|opt|mnt)/[\w.]"
    r"|file:/{2}/(?:opt|mnt)|[\w-]+\.(?:jfrog|pkg|artifactory|nexus)\.[\w.-]+"
    r"|(?:extra-)?index-url|find-links\s*=|trusted-host"
)


def test_no_machine_is_named() -> None:
    found = []
    for name in files():
        for number, line in enumerate((ROOT / name).read_text("utf-8").splitlines(), 1):
            if _MACHINE.search(line) and name != "tests/test_layout.py":
                found.append(f"{name}:{number}: {line.strip()}")
    assert found == []


_WIDTH = 8  # words of a shingle
_STRIDE = 5  # so that any twelve words in a row of a corpus hold a sampled shingle
_WORD = re.compile(r"\w+")
# What stands in the corpora and is nobody's prose.
_FORMULAS = (
    # The notice under every text of that agency: credits must know it when they see it.
    "Copyright 2018 The Associated Press. All rights reserved. This material may not be published,"
    " broadcast, rewritten or redistributed.",
    "1 2 3 4 5 6 7 8 9",
)


def words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def shingles(text: str, stride: int = 1) -> Iterator[str]:
    """Runs of words, joined, one every `stride` words."""
    run = words(text)
    for at in range(0, len(run) - _WIDTH + 1, stride):
        yield " ".join(run[at : at + _WIDTH])


def corpora() -> Iterator[tuple[str, str]]:
    """(where from, text) of what we may read and must not keep."""
    yield "seed", (DATA / "seed" / "mondialisation.txt").read_text("utf-8")
    for folder in sorted((DATA / "copies").iterdir()):
        with gzip.open(folder / "docs.jsonl.gz", "rt", encoding="utf-8") as lines:
            # Of the largest, which is there for its size, a sample.
            step = 20 if folder.name == "reuters_speed" else 1
            for number, line in enumerate(lines):
                if number % step == 0:
                    row = json.loads(line)
                    yield f"{folder.name} {row['id']}", row["text"]


@pytest.mark.corpus
def test_no_text_of_the_corpora_is_kept_here() -> None:
    if not DATA.is_dir():
        pytest.skip("THE CORPORA ARE NOT HERE: the repository was NOT searched for their texts")
    ours = {
        shingle: name for name in files() for shingle in shingles((ROOT / name).read_text("utf-8"))
    }
    assert len(ours) > 10_000
    for formula in _FORMULAS:
        for shingle in shingles(formula):
            ours.pop(shingle, None)
    found = {
        f"{ours[shingle]} has {shingle!r} of {origin}"
        for origin, text in corpora()
        for shingle in shingles(text, _STRIDE)
        if shingle in ours
    }
    assert sorted(found) == []
