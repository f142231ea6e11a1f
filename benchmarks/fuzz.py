"""Damaged feeds without end: any error but a ParseError, any answer out of bounds ends the run.

    python benchmarks/fuzz.py [--minutes N] [--seed N]

The documents and the damage are those of tests/parse. Slow answers are counted, too: a worker is
killed at its deadline, but what takes seconds for 200 kB is worth knowing.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.parse.mutate import CONTENT_TYPES, check, documents

BATCH = 500


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=0, help="of the first batch")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    slowest = (0.0, b"", "")
    until = time.monotonic() + 60 * options.minutes
    number = options.seed

    def one(body: bytes, content_type: str) -> None:
        nonlocal slowest
        started = time.process_time()
        found = check(body, content_type)
        spent = time.process_time() - started
        counts["refused" if found is None else "read" if found.entries else "read, empty"] += 1
        counts["over 1 s of CPU"] += spent > 1
        slowest = max(slowest, (spent, body, content_type))

    while time.monotonic() < until:
        run = settings(
            max_examples=BATCH,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )(given(documents(), CONTENT_TYPES)(one))
        seed(number)(run)()
        number += 1
    print(f"documents  {sum(counts[k] for k in ('refused', 'read', 'read, empty'))}")
    for what, count in sorted(counts.items()):
        print(f"{what:<17}{count}")
    print(f"slowest    {slowest[0]:.2f} s of CPU, {len(slowest[1])} bytes: {slowest[1][:60]!r}")
    print(f"seeds      {options.seed} to {number - 1}; no error but ParseError, no bound broken")
    return 0


if __name__ == "__main__":
    sys.exit(main())
