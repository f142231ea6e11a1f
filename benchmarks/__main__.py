"""The benchmarks that need nothing but this checkout, one after the other, each cut short.

./run.sh bench              all of them, a quarter of an hour
./run.sh bench --list       every benchmark there is, and what it measures
./run.sh bench NAME ...     one of them, with options of its own
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
# In a short form; benchmarks/README.md has the figures of the long ones, and their commands.
ALL = (
    "starting --repeat 5",
    "lineage --stories 20",
    "rhythm --seeds 101",
    "silence --runs 2 --days 700",
    "flips --flips 20 --articles 200",
    "states --minutes 1",
    "delivery --alerts 0 --rows 200 --kills 6",
    "neighbours --minutes .4",
    "polling --feeds 300 --rounds 2",
)


def listed() -> None:
    """Each benchmark that can be run, with the first line of what it says of itself."""
    for path in sorted(HERE.glob("*.py")):
        source = path.read_text()
        if '__name__ == "__main__"' in source and path.stem != "__main__":
            said = ast.get_docstring(ast.parse(source)) or ""
            print(f"{path.stem:20} {said.splitlines()[0]}")


def run(name: str, *options: str) -> int:
    """One benchmark, as a process of its own; its exit code."""
    print(f"\n== {name} {' '.join(options)}\n", flush=True)
    return subprocess.run([sys.executable, str(HERE / f"{name}.py"), *options]).returncode


def main() -> int:
    """Exit code 1 where one failed, 2 where there is none of that name."""
    asked = sys.argv[1:]
    if asked in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    if asked == ["--list"]:
        listed()
        return 0
    if asked:
        if not (HERE / f"{asked[0]}.py").is_file():
            print(f"There is no benchmark {asked[0]}: `./run.sh bench --list`.", file=sys.stderr)
            return 2
        return run(*asked)
    failed = [line for line in ALL if run(*line.split())]
    print("\nfailed: " + ", ".join(failed) if failed else "\nall ran")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
