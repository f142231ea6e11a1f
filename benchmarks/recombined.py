"""A stream of articles of any length, made by recombining pieces of a corpus' paragraphs.

    python benchmarks/recombined.py 1000000 | watcher --db sqlite:///big.db import -

News of many outlets, not copies of one: pieces of 40 words are drawn from all over the corpus and
`--fresh` of their words are drawn anew from its vocabulary, so that word frequencies and lengths
stay as they are while passages are seldom shared. `--copies` of the articles are another outlet's
earlier one, some words edited; each outlet has a notice of its own under every article.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import corpora

OUTLETS = 500
PIECE = 40  # words, of which articles are put together
_RECENT = 2000  # articles that may be copied
_START = datetime(2020, 1, 1, tzinfo=UTC)


def articles(
    source: Path, count: int, *, fresh: float, copies: float, seed: int = 1
) -> Iterator[dict[str, str]]:
    """`count` articles, the same for the same arguments."""
    rng = random.Random(seed)
    texts = [r["text"].split("\n") for r in corpora.rows(source / "docs.jsonl.gz")]
    paragraphs = [p for t in texts for p in _whole(t)]
    lengths = [len(_whole(t)) for t in texts]
    vocabulary = [w for p in rng.sample(paragraphs, min(20_000, len(paragraphs))) for w in p]
    notices = [" ".join(rng.choices(vocabulary, k=25)) for _ in range(OUTLETS)]
    recent: list[tuple[int, list[list[str]]]] = []

    def renewed(paragraph: list[str], share: float) -> list[str]:
        words = list(paragraph)
        for at in rng.sample(range(len(words)), int(share * len(words))):
            words[at] = rng.choice(vocabulary)
        return words

    for n in range(count):
        outlet = rng.randrange(OUTLETS)
        if recent and rng.random() < copies:
            _, body = rng.choice(recent)
            edit = rng.choice((0.0, 0.01, 0.05))
            body = [renewed(p, edit) for p in body]
        else:
            body = [renewed(p, fresh) for p in rng.choices(paragraphs, k=rng.choice(lengths))]
        if len(recent) < _RECENT:
            recent.append((outlet, body))
        else:
            recent[rng.randrange(_RECENT)] = (outlet, body)
        lines = [" ".join(p) for p in body]
        yield {
            "id": f"made-{n}",
            "outlet": f"outlet-{outlet}.example",
            "published": (_START + timedelta(seconds=30 * n)).isoformat(),
            "lang": "en",
            "title": " ".join(body[0][:12]),
            "text": "\n".join([*lines, notices[outlet]]),
        }


def _whole(lines: list[str]) -> list[list[str]]:
    """The words of a text in pieces of 40, whether its lines are short or are paragraphs."""
    words = [w for line in lines for w in line.split()] or ["news"]
    return [words[i : i + PIECE] for i in range(0, len(words), PIECE)]


def main() -> int:
    parser = corpora.arguments("Articles made by recombining paragraphs, as JSON Lines.")
    parser.add_argument("count", type=int)
    parser.add_argument("--source", default="reuters_speed")
    parser.add_argument("--fresh", type=float, default=0.5, help="words drawn anew (%(default)s)")
    parser.add_argument("--copies", type=float, default=0.1, help="share of copies (%(default)s)")
    options = parser.parse_args()
    source = corpora.folder(options.data, options.source)
    for article in articles(source, options.count, fresh=options.fresh, copies=options.copies):
        print(json.dumps(article))
    return 0


if __name__ == "__main__":
    sys.exit(main())
