"""What we stand on: locked, hashed, under licences that we may use, and explained.

And what we make: the wheel is the same bytes whoever builds it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = {name: ROOT / name for name in ("requirements.txt", "requirements-test.txt")}
# The extras of those who run it.
RUNS_WITH = ("postgresql", "plots", "parquet", "translation", "cluster")

# Whoever takes the program may run, change and pass it on under these, and so with everything in
# it. LGPL: used as libraries that anybody can replace, which pip's separate packages are.
ACCEPTED = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CNRI-Python",
    "HPND",
    "ISC",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",
    "OFL-1.1",
    "PSF-2.0",
    "PostgreSQL",
    "Unlicense",
    "Zlib",
}
# As packages say it that do not write SPDX expressions.
_WORDS = {
    "apache": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache-2.0 license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "gnu lesser general public license v3 (lgplv3)": "LGPL-3.0-only",
    "gnu lesser general public license v3 or later (lgplv3+)": "LGPL-3.0-or-later",
    "gnu library or lesser general public license (lgpl)": "LGPL-2.1-or-later",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
    "sil ofl v1.1": "OFL-1.1",
    "the mit license": "MIT",
    "the unlicense (unlicense)": "Unlicense",
}
# Packages whose metadata do not say it, or say more than it: read in the files that they ship.
_READ = {"resvg-py": "MIT"}


@cache
def locked(name: str) -> dict[str, tuple[Requirement, int]]:
    """What a lock file holds: by name, the requirement, and how many hashes it may have."""
    found = {}
    for block in re.split(r"\n(?=\S)", LOCKS[name].read_text().strip()):
        head, *hashes = (line.rstrip(" \\").strip() for line in block.splitlines())
        requirement = Requirement(head)
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line) for line in hashes), head
        found[canonicalize_name(requirement.name)] = (requirement, len(hashes))
    return found


def version(requirement: Requirement) -> str:
    [only] = requirement.specifier
    assert only.operator == "=="
    return only.version


def declared(*extras: str) -> list[Requirement]:
    """What pyproject.toml asks for, with these extras."""
    project = PROJECT["project"]
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return [r for r in map(Requirement, lines) if r.name != "syndication-watch"]


@pytest.mark.parametrize(
    ("name", "extras"),
    [("requirements.txt", RUNS_WITH), ("requirements-test.txt", (*RUNS_WITH, "dev"))],
)
def test_the_lock_holds_all_that_is_asked_for(name: str, extras: tuple[str, ...]) -> None:
    lock = locked(name)
    stale = [
        str(asked)
        for asked in declared(*extras)
        if canonicalize_name(asked.name) not in lock
        or not asked.specifier.contains(version(lock[canonicalize_name(asked.name)][0]))
    ]
    assert stale == [], "run `./run.sh lock`"
    assert all(hashes for _, hashes in lock.values())
    assert "://" not in LOCKS[name].read_text()


def test_what_runs_is_what_was_tested() -> None:
    tested = locked("requirements-test.txt")
    for name, (requirement, _) in locked("requirements.txt").items():
        assert version(tested[name][0]) == version(requirement)


def here(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def wanted_here(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate()


def test_the_tests_run_on_what_is_locked() -> None:
    other = {
        name: (found.version if (found := here(name)) else None, version(requirement))
        for name, (requirement, _) in locked("requirements-test.txt").items()
        if wanted_here(requirement)
    }
    differs = {name: pair for name, pair in other.items() if pair[0] != pair[1]}
    assert differs == {}, "installed and locked versions differ: `./run.sh test` installs them"


def licences(found: Distribution) -> list[set[str]]:
    """The licences of a package, as SPDX identifiers where they are known: what may be chosen, and
    of each choice all that hold together."""
    name = canonicalize_name(found.metadata["Name"])
    if name in _READ:
        return [{_READ[name]}]
    said = found.metadata.get("License-Expression")
    if said:
        # No package here nests an OR in an AND; were it so, its parts are no known identifiers.
        choices = re.split(r"\s+OR\s+", said)
        return [set(re.split(r"\s+(?:AND|WITH)\s+", choice)) for choice in choices]
    kinds = [
        line.rpartition(" :: ")[2]
        for line in found.metadata.get_all("Classifier") or ()
        if line.startswith("License :: ") and not line.endswith("OSI Approved")
    ]
    if not kinds:
        kinds = (found.metadata.get("License") or "").strip().splitlines()[:1]
    return [{_WORDS.get(kind.strip().lower(), kind.strip()) for kind in kinds} or {"none said"}]


def test_every_licence_is_one_that_we_accept() -> None:
    wrong = {}
    for name, (requirement, _) in locked("requirements-test.txt").items():
        found = here(name) if wanted_here(requirement) else None
        if found is not None and not any(choice <= ACCEPTED for choice in licences(found)):
            wrong[name] = licences(found)
    assert wrong == {}


def test_the_readme_says_what_each_dependency_is_for() -> None:
    readme = (ROOT / "README.md").read_text()
    [table] = re.findall(r"<!-- dependencies -->\n(.*?)<!-- /dependencies -->", readme, re.DOTALL)
    told = re.findall(r"^\| `([\w.-]+)` \| \S.*\|$", table, re.MULTILINE)
    asked = [r.name for r in declared(*RUNS_WITH)]
    assert sorted(told, key=str.lower) == sorted(asked, key=str.lower)


def test_the_wheel_is_the_same_wherever_it_is_built(tmp_path: Path) -> None:
    sums = []
    for folder, mask in (("one", 0o022), ("another/place", 0o077)):
        source = tmp_path / folder
        for name in ("watcher", "storage", "systemd"):
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("*.pyc"))
        for name in ("feeds.yaml", "README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml"):
            shutil.copy(ROOT / name, source)
        for path in source.rglob("*"):  # as another's checkout has them
            path.chmod(path.stat().st_mode & ~mask)
            os.utime(path, (1_600_000_000 + mask, 1_600_000_000 + mask))
        done = subprocess.run(
            [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "out", "."],
            cwd=source,
            capture_output=True,
            text=True,
            umask=mask,
            env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        [wheel] = (source / "out").glob("*.whl")
        sums.append(hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert sums[0] == sums[1]
