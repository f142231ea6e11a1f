"""Every system call by which a poll changes its database: killed at it, or failed by the disk.

    python benchmarks/faults.py [--most N] [--kills] [--alone | --together]

For each call of a round of polls (counted first, under strace) that one is killed at, or gets
ENOSPC or EIO; then what was acknowledged before must be there, the next round in peace must make up
for all the rest, and nobody may be told twice. `--most`: of each kind of call only so many, evenly;
`--kills`: no failing disk.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.e2e.faulty import CALLS, points, scene

FAULTS = ("signal=KILL", "error=ENOSPC", "error=EIO")


async def sweep(outlets: int, most: int, faults: tuple[str, ...]) -> int:
    lost = 0
    with tempfile.TemporaryDirectory() as folder:
        async with scene(Path(folder), outlets) as made:
            total = await made.count()
            print(f"{outlets} feeds: {sum(total.values())} calls: {dict(total)}")
            for call in CALLS:
                for fault in faults:
                    ends: Counter[str] = Counter()
                    for at in points(total[call], most):
                        try:
                            ends[await made.survives("-e", f"inject={call}:{fault}:when={at}")] += 1
                        except AssertionError as error:
                            lost += 1
                            print(f"LOST at {call} {at}, {fault}: {str(error)[:300]}")
                    if ends:
                        said = "; ".join(f"{n} x {end}" for end, n in ends.items())
                        print(f"  {call:9} {fault:12} {sum(ends.values())} points: {said}")
                        sys.stdout.flush()
    return lost


def main() -> int:
    asks = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asks.add_argument("--most", type=int, default=10**6)
    asks.add_argument("--kills", action="store_true")
    asks.add_argument("--alone", action="store_true")
    asks.add_argument("--together", action="store_true")
    asked = asks.parse_args()
    lost = 0
    for outlets, wanted in ((1, asked.alone), (3, asked.together)):
        if wanted or not (asked.alone or asked.together):
            lost += asyncio.run(sweep(outlets, asked.most, FAULTS[: 1 if asked.kills else None]))
    print(f"lost: {lost}")
    return bool(lost)


if __name__ == "__main__":
    sys.exit(main())
