"""The sample archive, opened for reading."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.report.sample import fill
from watcher.report import open_reader
from watcher.report.reader import Reader


@pytest.fixture
def sample_url(database_url: str) -> str:
    """The URL of the sample archive, on each engine."""
    return fill(database_url)


@pytest.fixture
def reader(sample_url: str) -> Iterator[Reader]:
    """A reader of the sample archive."""
    with open_reader(sample_url) as reader:
        yield reader
