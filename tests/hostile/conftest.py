"""A database for each hostile case: the engine makes no difference to what the web sends."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def url(_sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "watcher.db"
    shutil.copy(_sqlite_template, path)
    return f"sqlite:///{path}"
