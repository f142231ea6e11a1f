"""How long a command takes from the shell to its answer: processes, best of several.

    python benchmarks/starting.py [--repeat 9]

A small archive is made first, by `watcher import` of texts of its own. *bare*: the same
interpreter that does nothing; *of the limit*: against .3 s, within which a command has to start.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from tests.texts import made_up, reworded  # noqa: E402

LIMIT_S = 0.3
QUESTIONS = (
    "--version", "--help", "check", "stories", "stories --title harbour", "story 1", "outlets",
    "search harbour", "feeds list", "alerts list", "tracked", "status", "match text.txt",
)  # fmt: skip


def best_of(repeat: int, command: list[str], folder: str) -> tuple[float, float]:
    """Least seconds, and least CPU seconds, of a run."""
    took, used = [], []
    for _ in range(repeat):
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": str(HERE.parent)},
        )  # fmt: skip
        _, _, usage = os.wait4(process.pid, 0)
        took.append(time.perf_counter() - begun)
        used.append(usage.ru_utime + usage.ru_stime)
    return min(took), min(used)


def main() -> None:
    asks = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asks.add_argument("--repeat", type=int, default=9)
    asked = asks.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        watcher = [sys.executable, "-m", "watcher", "--db", "sqlite:///start.db"]
        texts = [made_up(seed, 20) for seed in range(40)]
        texts += [reworded(text, 20, seed=1) for text in texts]
        lines = "".join(
            json.dumps({"outlet": f"o{n % 9}.example", "text": text}) + "\n"
            for n, text in enumerate(texts)
        )
        Path(folder, "archive.jsonl").write_text(lines)
        Path(folder, "text.txt").write_text(texts[0])
        Path(folder, "feeds.yaml").write_text("outlets: [{feeds: [https://times.example/rss]}]\n")
        environment = os.environ | {"PYTHONPATH": str(HERE.parent)}
        subprocess.run(
            [*watcher, "import", "archive.jsonl"], cwd=folder, check=True, env=environment
        )
        bare, _ = best_of(asked.repeat, [sys.executable, "-c", ""], folder)
        print(f"bare {1000 * bare:.0f} ms; load {os.getloadavg()[0]:.1f}\n")
        print("| command | ms | CPU ms | of the limit |\n| --- | --- | --- | --- |")
        for question in QUESTIONS:
            took, used = best_of(asked.repeat, [*watcher, *question.split()], folder)
            print(
                f"| {question} | {1000 * took:.0f} | {1000 * used:.0f} | {took / LIMIT_S:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
