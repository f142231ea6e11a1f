"""The quality floor: figures of benchmarks/detection.py that a change must not lower."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parents[1]
_CORPORA = Path(os.environ.get("WATCHER_CORPORA", _ROOT.parent / "shared" / "data"))
_FLOOR: dict[str, dict[str, dict[str, float]]] = json.loads(
    (_ROOT / "benchmarks" / "quality_floor.json").read_text()
)

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        not (_CORPORA / "copies").is_dir(),
        reason=f"QUALITY NOT CHECKED: no corpora at {_CORPORA} (set WATCHER_CORPORA)",
    ),
]


@cache
def _measured() -> dict[str, dict[str, Any]]:
    # Exit code 1 says that a bar is missed: the floor below says by how much.
    done = subprocess.run(
        [
            sys.executable,
            str(_ROOT / "benchmarks" / "detection.py"),
            *("--data", str(_CORPORA), "--json", "helsinki2018", "ntrex"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["corpus"]: row for row in rows}


@pytest.mark.parametrize(
    ("corpus", "figure", "least"),
    [(c, f, v) for c, bounds in _FLOOR.items() for f, v in bounds["at least"].items()],
)
def test_no_figure_falls_below_its_floor(corpus: str, figure: str, least: float) -> None:
    assert _measured()[corpus][figure] >= least


@pytest.mark.parametrize(
    ("corpus", "figure", "most"),
    [(c, f, v) for c, bounds in _FLOOR.items() for f, v in bounds["at most"].items()],
)
def test_no_count_of_faults_rises_above_its_bound(corpus: str, figure: str, most: float) -> None:
    assert _measured()[corpus][figure] <= most
