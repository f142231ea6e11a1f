"""The documents and expectations of other parsers' own test suites, where they are at hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]
FEEDS = HOME.parent / "shared" / "data" / "feeds"


@pytest.mark.corpus
def test_every_difference_is_explained_and_every_date_is_as_by_hand() -> None:
    if not FEEDS.is_dir():
        pytest.skip(f"the development corpora are not here: {FEEDS}")
    done = subprocess.run(
        [sys.executable, "benchmarks/formats.py", "peers", "dates"],
        cwd=HOME,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "46 dates: {'read': 45" in done.stdout
