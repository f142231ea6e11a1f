"""End to end: the wheel, built from the source archive and installed on its own, plays the demo.

The environment is a new one, the working directory is outside of the checkout and the home is
empty: what is missing from the package, or from its list of dependencies, is missing here too.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from collections.abc import Callable
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

import pytest

from tests.texts import HARBOUR, LIBRARY, ORCHARD
from watcher import __version__
from watcher.demo.script import EXPECTED, EXPECTED_ALERTS, REPORT
from watcher.demo.texts import outlets

ROOT = Path(__file__).parents[1]

# How pip words it when there is no index to be reached.
_OFFLINE = ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "ProxyError")

Watcher = Callable[..., subprocess.CompletedProcess[str]]


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name`, filled by `make` once a run: the workers of pytest-xdist share it."""
    base = factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        base = base.parent
    folder = base / name
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (base / f"{name}.done").exists():
            folder.mkdir()
            make(folder)
            (base / f"{name}.done").touch()
    return folder


def environment(home: Path) -> dict[str, str]:
    """Nothing of whoever runs the tests: no PYTHONPATH, no settings, no home."""
    return {"HOME": str(home), "PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "UTC"}


def from_the_index(*command: str | Path, cwd: Path) -> None:
    """Run what asks a package index; without one, skip loudly, or fail where CI is set."""
    # Where the index is, and a proxy, is this machine's affair.
    ours = ("PIP_", "SSL_", "REQUESTS_", "HTTP", "http", "NO_PROXY", "no_proxy", "HOME")
    env = {name: value for name, value in os.environ.items() if name.startswith(ours)}
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, env={"PATH": os.defpath, **env}
    )
    said = done.stdout + done.stderr
    if done.returncode and any(word in said for word in _OFFLINE) and not os.environ.get("CI"):
        pytest.skip("THE WHEEL WAS NOT TESTED: there is no package index to be reached")
    assert done.returncode == 0, said


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source archive: what is not in that is not in the wheel either."""

    def build(folder: Path) -> None:
        from_the_index(
            sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder
        )

    [found] = once(tmp_path_factory, "dist", build).glob("*.whl")
    return found


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of a new environment with the wheel in it."""

    def install(folder: Path) -> None:
        from_the_index(sys.executable, "-m", "venv", folder, cwd=folder)
        pip = (folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install")
        from_the_index(*pip, "--quiet", wheel, cwd=folder)

    return once(tmp_path_factory, "clean", install) / "bin"


@pytest.fixture
def watcher(installed: Path, tmp_path: Path) -> Watcher:
    """Runs the installed program in an empty folder, with an empty home."""
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()

    def run(*args: str | Path, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [installed / "watcher", *args],
            cwd=here,
            env=environment(home),
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture(scope="session")
def played(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the demo left behind: feeds.yaml, demo.db, its two streams and its exit code."""

    def play(folder: Path) -> None:
        (folder / "home").mkdir()
        done = subprocess.run(
            [installed / "watcher", "demo", "--fast", "--keep", folder],
            cwd=folder / "home",
            env=environment(folder / "home"),
            capture_output=True,
            text=True,
            timeout=180,
        )
        (folder / "out").write_text(done.stdout)
        (folder / "err").write_text(done.stderr)
        (folder / "code").write_text(str(done.returncode))

    return once(tmp_path_factory, "demo", play)


def rows(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


# What is in it


def test_the_wheel_holds_the_two_packages_whole_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        files = {name for name in archive.namelist() if not name.endswith("/")}
        unit = archive.read("watcher/share/systemd/watcher.service")
        example = archive.read("watcher/share/feeds.yaml")
    ours = {
        str(path.relative_to(ROOT))
        for package in ("watcher", "storage")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    shipped = {f"watcher/share/systemd/{path.name}" for path in (ROOT / "systemd").iterdir()}
    info = f"syndication_watch-{__version__}.dist-info"
    beside = {name for name in files if name.startswith(f"{info}/")}
    assert files - beside == ours | shipped | {"watcher/share/feeds.yaml"}
    assert {f"{info}/entry_points.txt", f"{info}/licenses/LICENSE"} <= beside
    assert any(name.startswith("storage/migrations/versions/r0001") for name in files)
    assert unit == (ROOT / "systemd" / "watcher.service").read_bytes()
    assert example == (ROOT / "feeds.yaml").read_bytes()


def test_its_metadata_says_what_pyproject_says(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = HeaderParser().parsestr(archive.read(name).decode())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert metadata["Version"] == __version__
    assert metadata["Requires-Python"] == project["requires-python"]
    assert metadata["License-Expression"] == project["license"]
    assert set(metadata.get_all("Provides-Extra", [])) == set(project["optional-dependencies"])
    needed = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert len(needed) == len(project["dependencies"])
    assert str(metadata.get_payload()).strip() == (ROOT / "README.md").read_text().strip()


def test_nothing_but_the_wheel_and_its_dependencies_can_be_imported(
    installed: Path, tmp_path: Path
) -> None:
    code = """
import importlib.util as find, json, sys, storage, watcher
print(json.dumps([sys.path, watcher.__file__, storage.__file__,
                  [name for name in ("pytest", "mypy", "tests") if find.find_spec(name)]]))
"""
    python = installed / "python"
    done = subprocess.run(
        [python, "-c", code],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
    )
    path, *doors, strangers = json.loads(done.stdout)
    assert all(Path(door).is_relative_to(installed.parent) for door in doors)
    assert strangers == []
    assert not [entry for entry in path if entry and Path(entry).is_relative_to(ROOT)]
    checked = subprocess.run(
        [python, "-m", "pip", "check"], cwd=tmp_path, env=environment(tmp_path), capture_output=True
    )
    assert checked.returncode == 0, checked.stdout


# What it does


def test_it_tells_its_version(watcher: Watcher) -> None:
    done = watcher("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"watcher {__version__}\n", "")


def test_the_example_that_it_ships_is_fine(watcher: Watcher, installed: Path) -> None:
    [example] = installed.parent.glob("lib/python*/site-packages/watcher/share/feeds.yaml")
    done = watcher("check", example)
    assert (done.returncode, done.stderr) == (0, "")
    assert "feeds.yaml is fine." in done.stdout


def test_it_makes_its_tables_and_finds_copies_in_an_archive(
    watcher: Watcher, tmp_path: Path
) -> None:
    db = ("--db", f"sqlite:///{tmp_path / 'archive.db'}")
    articles = tmp_path / "articles.jsonl"
    articles.write_text(
        "".join(
            json.dumps({"id": name, "outlet": f"{name}.example", "text": body}) + "\n"
            for name, body in (
                ("first", HARBOUR),
                ("second", f"Our correspondent\n{HARBOUR}"),
                ("other", ORCHARD),
            )
        )
    )
    made = watcher("db", "upgrade", *db)
    assert (made.returncode, made.stderr) == (0, "")
    assert watcher("import", articles, *db).returncode == 0
    [match] = rows(watcher("export", "matches", "--json", *db))
    assert {match["a"], match["b"]} == {"first", "second"}
    assert match["kind"] == "verbatim"
    [found, *_] = rows(watcher("match", "-", "--json", *db, given=HARBOUR))
    assert found["kind"] == "verbatim"
    assert watcher("match", "-", *db, given=LIBRARY).returncode == 1


def test_the_demo_ends_well_and_complains_of_nothing(played: Path) -> None:
    assert (played / "err").read_text() == ""
    assert (played / "code").read_text() == "0"


def test_the_demos_story_holds_exactly_the_copies(played: Path, watcher: Watcher) -> None:
    db = ("--json", "--db", f"sqlite:///{played / 'demo.db'}")
    [watch] = rows(watcher("tracked", *db))
    [history] = rows(watcher("story", str(watch["story"]), *db))
    names = {key: outlet.name for key, outlet in outlets().items()}
    held = {(article["outlet"], article["kind"]) for article in history["articles"]}
    assert held == {(names[truth.outlet], truth.kind) for truth in EXPECTED if truth.joins}
    [root] = [article for article in history["articles"] if article["role"] == "root"]
    assert root["outlet"] == names[REPORT[0]]
    assert len(history["episodes"]) == 2

    # The round-up is linked to it and stays outside; the others' own words are nothing to it.
    linked = {
        match["kind"]
        for match in rows(watcher("export", "matches", *db))
        if match["a"] == root["article"] and match["story_b"] != watch["story"]
    }
    assert linked == {truth.kind for truth in EXPECTED if truth.kind and not truth.joins}


def test_each_alert_of_the_demo_reached_slack_and_mail_once(played: Path, watcher: Watcher) -> None:
    alerts = rows(watcher("alerts", "list", "--json", "--db", f"sqlite:///{played / 'demo.db'}"))
    assert [alert["condition"] for alert in reversed(alerts)] == [
        name for name, _ in EXPECTED_ALERTS
    ]
    sent = Counter(
        (alert["condition"], delivery["receiver"], delivery["state"], delivery["attempts"])
        for alert in alerts
        for delivery in alert["deliveries"]
    )
    assert sent == {
        (name, receiver, "sent", 1): 1
        for name, _ in EXPECTED_ALERTS
        for receiver in ("slack", "mail")
    }
