"""Commands as people call them: arguments in, exit code and two streams out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.report.sample import NOW, make
from watcher.cli import app
from watcher.cli.base import Setup

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def db(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of the sample archive; no test may write to it."""
    return make(tmp_path_factory.mktemp("archive") / "watcher.db")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command in an empty folder, 80 columns wide, at the sample archive's now."""
    monkeypatch.chdir(tmp_path)
    for name in ("WATCHER_DB", "WATCHER_CONFIG", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")

    def invoke(*args: str, input: str | bytes | None = None) -> Result:  # noqa: A002
        result = CliRunner().invoke(
            app, [str(arg) for arg in args], input=input, obj=Setup(clock=lambda: NOW)
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke
