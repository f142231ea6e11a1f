"""Random histories of a newsroom against a careful reader, for as long as one likes.

    python benchmarks/states.py --minutes 5

Plays tests/record/states.py with new seeds until the time is over, on SQLite, and prints how much
was played; a history that the program and the reader tell differently is printed, made as short as
possible, and ends the run with exit code 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from hypothesis import seed
from hypothesis.stateful import run_state_machine_as_test

from storage.db import open_database
from tests.record.histories import OnSqlite, played
from tests.record.states import COUNTS


def main() -> None:
    """Play, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=0, help="the first of the seeds")
    given = parser.parse_args()
    end = time.monotonic() + 60 * given.minutes
    number = given.seed
    with tempfile.TemporaryDirectory() as folder:
        OnSqlite.template = Path(folder) / "template.db"
        with open_database(f"sqlite:///{OnSqlite.template}") as database:
            database.upgrade()
        while time.monotonic() < end:
            number += 1
            machine = seed(number)(type(f"Seed{number}", (OnSqlite,), {}))
            run_state_machine_as_test(machine, settings=played(5, derandomize=False))
            print(f"to seed {number}: {COUNTS}; {time.process_time():.0f} CPU s", flush=True)


if __name__ == "__main__":
    main()
