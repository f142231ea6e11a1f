"""The sample archive, opened for reading."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.sample import make
from watcher.report import open_reader
from watcher.report.reader import Reader


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """A reader of the sample archive."""
    with open_reader(make(tmp_path / "watcher.db")) as reader:
        yield reader
