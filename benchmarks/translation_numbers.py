"""Numbers alone, asked at scale: how often they find a translation where there is none.

Texts that have no translation among the known ones (ntrex, of 2018, in six languages) are looked up
by their numbers among the news of reuters_speed and us_topstories. What is found is wrong.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from corpora import arguments, folder, load

from watcher.core.across import anchors
from watcher.core.across.verdict import NUMBERS, OF_ALL


def main() -> int:
    options = arguments(__doc__ or "").parse_args()
    where: dict[int, list[int]] = defaultdict(list)
    known: list[int] = []  # how many numbers each has
    for name in ("reuters_speed", "us_topstories"):
        for row in load(folder(options.data, name)).docs.values():
            numbers = anchors(f"{row.get('title') or ''}\n{row['text']}").numbers
            for number in numbers:
                where[number].append(len(known))
            known.append(len(numbers))
    asked = [
        anchors(f"{row.get('title') or ''}\n{row['text']}").numbers
        for i, row in load(folder(options.data, "ntrex")).docs.items()
        if i.split("|")[1] in ("fra", "deu", "spa", "rus", "arb", "zho-CN")
    ]
    print(f"{len(asked)} texts asked for among {len(known):,}")
    for least in (NUMBERS, NUMBERS + 1, NUMBERS + 2):
        wrong = 0
        for numbers in asked:
            shared = Counter(n for number in numbers for n in where.get(number, ()))
            wrong += any(
                count >= least and count >= OF_ALL * (len(numbers) + known[n] - count)
                for n, count in shared.items()
            )
        few = sum(len(numbers) < least for numbers in asked)
        print(f"{least} numbers or more in common: {wrong} wrong; {few} have no {least} numbers")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
