"""A large archive made fast: rows written in bulk, with what questions need beside them.

Nothing is fetched, matched or settled: stories, matches, credits and times are drawn, and written
with the functions of `storage.writes` in batches; on PostgreSQL the full text is indexed last. Left
out, for no question reads them: sketches, identities, the candidate index, boilerplate.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import text

from storage import models
from storage.writes import articles as writes
from storage.writes import questions
from watcher.archive import Database
from watcher.archive.codec import pack_text

OUTLETS = 500
VOCABULARY = 60_000
WORDS = 250  # of a text, on average
BATCH = 2_000
START = datetime(2022, 1, 1, tzinfo=UTC)
LANGUAGES = ("en", "en", "en", "en", "en", "fr", "de", "es", "zh", "ru")
KINDS = ("verbatim",) * 5 + ("edited",) * 2 + ("wrapped",) * 2 + ("excerpt",)
VERDICTS = ("full", "full", "full", "partial", "stripped", "stripped", "none", "none", "wrong")
_LETTERS = "etaoinshrdlucmfw"


class Made:
    """Draws an archive of `count` articles over four years, one in ten of them a copy."""

    def __init__(self, count: int, seed: int = 1) -> None:
        self.rng = random.Random(seed)
        self.numbers = np.random.default_rng(seed)
        self.count = count
        self.step = timedelta(days=4 * 365) / count
        self.vocabulary = np.array(sorted({_word(n) for n in range(VOCABULARY)}), dtype=object)
        self.rng.shuffle(self.vocabulary)
        # Zipf: the n-th word is n times rarer than the first, as in any language.
        weights = 1 / np.arange(1, len(self.vocabulary) + 1)
        self.edges = np.cumsum(weights / weights.sum())
        shares = 1 / np.arange(1, OUTLETS + 1) ** 0.7
        self.outlet_edges = np.cumsum(shares / shares.sum())
        self.stories: dict[int, list[dict[str, Any]]] = {}
        self.open: list[int] = []  # stories that may still be copied
        self.hot = 0  # one that everybody copies: some hundred articles

    def texts(self, n: int) -> Iterator[str]:
        """Texts of Zipf's words, a line a sentence."""
        lengths = self.numbers.integers(WORDS // 2, WORDS * 3 // 2, n)
        drawn = np.searchsorted(self.edges, self.numbers.random(int(lengths.sum())))
        words = self.vocabulary[np.minimum(drawn, len(self.vocabulary) - 1)]
        at = 0
        for length in lengths:
            yield " ".join(words[at : at + length])
            at += int(length)

    def outlet(self) -> int:
        """An outlet; the first is the busiest."""
        return int(np.searchsorted(self.outlet_edges, self.rng.random())) % OUTLETS + 1

    def articles(self) -> Iterator[tuple[int, str, dict[str, Any]]]:
        """(id, text, row of `article`), in order of time; `self.stories` grows with them."""
        story = 0
        at = START
        for first in range(1, self.count + 1, BATCH):
            size = min(BATCH, self.count + 1 - first)
            for id_, body in enumerate(self.texts(size), first):
                at += self.step
                if self.open and self.rng.random() < 0.1:
                    recent = self.open[-int(self.rng.paretovariate(1.0)) % len(self.open)]
                    home = self.hot if self.hot and self.rng.random() < 0.1 else recent
                else:
                    story += 1
                    home = story
                    self.stories[home] = []
                    if id_ % 10_000 < 2:
                        self.hot = home
                    if self.rng.random() < 0.06:
                        self.open = [*self.open[-400:], home]
                words = body.split(" ", 9)
                row = {
                    "id": id_,
                    "outlet_id": self.outlet(),
                    "external_id": None,
                    "url": f"https://outlet.example/{id_}",
                    "title": " ".join(words[:9]),
                    "lang": self.rng.choice(LANGUAGES),
                    "seen_after": at - timedelta(minutes=15),
                    "seen_by": at,
                    "published_at": at - timedelta(minutes=self.rng.randrange(60)),
                    "clock": "seen",
                    "version_id": id_,
                    "words": body.count(" ") + 1,
                    "evidence": "full",
                    "story_id": home,
                    "role": "copy" if self.stories[home] else "root",
                }
                self.stories[home].append(
                    {k: row[k] for k in ("id", "outlet_id", "lang", "seen_by", "words", "title")}
                )
                yield id_, body, row


def _word(n: int) -> str:
    word = ""
    while n or not word:
        n, letter = divmod(n, len(_LETTERS))
        word += _LETTERS[letter]
    return word + "aeiou"[len(word) % 5]


def build(database: Database, count: int, told: Any = None) -> None:
    """Fill an empty database; `told` is told how many articles are written."""
    made = Made(count)
    postgresql = database.dialect == "postgresql"
    with database.write() as conn:
        if postgresql:
            conn.execute(text("DROP INDEX ix_search_title"))
            conn.execute(text("DROP INDEX ix_search_words"))
        writes.add(
            conn,
            models.outlet,
            [
                {"id": n, "domain": f"outlet{n}.example", "name": f"Outlet {n}",
                 "family": f"Group {n % 120}"}
                for n in range(1, OUTLETS + 1)
            ],
        )  # fmt: skip
    # Stories refer to articles and articles to stories: rows of the former first, counters later.
    batch: list[tuple[int, str, dict[str, Any]]] = []
    written = 0
    for one in made.articles():
        batch.append(one)
        if len(batch) == BATCH:
            written = _write(database, made, batch, written)
            batch.clear()
            if told:
                told(one[0])
    if batch:
        _write(database, made, batch, written)
    _settle(database, made)
    if postgresql:
        with database.write() as conn:
            for statement in models.FULL_TEXT["postgresql"][-2:]:
                conn.execute(text(statement))


def _write(
    database: Database, made: Made, batch: list[tuple[int, str, dict[str, Any]]], written: int
) -> int:
    rows = [row for _, _, row in batch]
    last = max(made.stories)
    sums: dict[tuple[int, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in rows:
        n, words = sums[row["outlet_id"], row["lang"]]
        sums[row["outlet_id"], row["lang"]] = (n + 1, words + row["words"])
    with database.write() as conn:
        writes.add(
            conn,
            models.story,
            [_story(s, made.stories[s][:1]) for s in range(written + 1, last + 1)],
        )
        writes.add(conn, models.article, rows)
        writes.add(
            conn,
            models.version,
            [
                {"id": i, "article_id": i, "n": 1, "content_hash": i, "title": r["title"],
                 "seen_by": r["seen_by"], "words": r["words"], "simhash": i}
                for i, _, r in batch
            ],
        )  # fmt: skip
        writes.add(
            conn, models.body, [{"version_id": i, "data": pack_text(t)} for i, t, _ in batch]
        )
        writes.add(
            conn,
            models.sighting,
            [
                {"article_id": i, "version_id": i, "feed_id": None, "kind": "first",
                 "after": r["seen_after"], "by": r["seen_by"], "claimed_at": r["published_at"],
                 "claimed_raw": None, "url": None, "counts": None, "counts_reason": ""}
                for i, _, r in batch
            ],
        )  # fmt: skip
        questions.add_texts(conn, [(i, r["title"], t) for i, t, r in batch])
        questions.count(conn, sums)
    return last


def _story(id_: int, members: list[dict[str, Any]]) -> dict[str, Any]:
    outlets = {m["outlet_id"] for m in members}
    families = {o % 120 for o in outlets}
    first, last = members[0], members[-1]
    return {
        "id": id_,
        "root_id": first["id"],
        "title": first["title"],
        "state": "dormant" if len(families) > 1 else "single",
        "articles": len(members),
        "outlets": len(outlets),
        "families": len(families),
        "languages": len({m["lang"] for m in members}),
        "episodes": 1,
        "first_seen_after": first["seen_by"] - timedelta(minutes=15),
        "first_seen_by": first["seen_by"],
        "last_copy_at": last["seen_by"],
        "dormant_at": last["seen_by"] + timedelta(days=7) if len(families) > 1 else None,
        "tracked": False,
        "merged_into": None,
    }


def _settle(database: Database, made: Made) -> None:
    """The stories of several articles: counters, matches, credits, episodes, and what questions
    keep of them."""
    several = [(s, m) for s, m in made.stories.items() if len(m) > 1]
    latest = made.count * made.step + START
    match = 0
    for first in range(0, len(several), BATCH):
        part = several[first : first + BATCH]
        tables: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for id_, members in part:
            row = _story(id_, members)
            if row["state"] == "dormant" and row["dormant_at"] > latest:
                row["state"] = "active"
            tables["story"].append({"story": id_, **{k: v for k, v in row.items() if k != "id"}})
            match = _members(made, id_, members, row, tables, match)
        with database.write() as conn:
            writes.update_story(conn, tables["story"])
            for table in (models.match, models.credit, models.episode):
                writes.add(conn, table, tables[table.name])
            questions.replace_taken(conn, [], [], tables["taken"])
            questions.replace_facets(conn, [], tables["facet"])


def _members(
    made: Made,
    story: int,
    members: list[dict[str, Any]],
    row: dict[str, Any],
    tables: dict[str, list[dict[str, Any]]],
    match: int,
) -> int:
    root = members[0]
    values = {("outlet", str(m["outlet_id"])) for m in members} | {
        ("lang", m["lang"]) for m in members
    }
    for member in members:
        kind, verdict = made.rng.choice(KINDS), made.rng.choice(VERDICTS)
        copy = member is not root
        source = root if copy and member["outlet_id"] != root["outlet_id"] else None
        if copy:
            values |= {("kind", kind), ("credit", verdict)}
            match += 1
            tables["match"].append(
                {"id": match, "a_id": root["id"], "b_id": member["id"], "a_version": root["id"],
                 "b_version": member["id"], "kind": kind, "paste": 0.9, "cut": 0.8, "distance": 5,
                 "words": 200, "longest": 90, "runs": b"", "reason": f"{kind}: drawn",
                 "order_known": "seen", "status": "auto", "at": member["seen_by"]}
            )  # fmt: skip
            if verdict != "none":
                tables["credit"].append(
                    {"article_id": member["id"], "version_id": member["id"],
                     "agent": f"Outlet {root['outlet_id']}", "words": "reported by an outlet",
                     "place": "head", "form": "reported", "outlet_id": None}
                )  # fmt: skip
        lag = (member["seen_by"] - root["seen_by"]).total_seconds()
        tables["taken"].append(
            {"article_id": member["id"], "story_id": story, "outlet_id": member["outlet_id"],
             "words": member["words"], "kind": kind if copy else "root", "verdict": verdict,
             "source_id": source and source["id"],
             "source_outlet_id": source and source["outlet_id"], "cut": 0.8 if source else None,
             "lag_low": max(0.0, lag - 900) if source else None,
             "lag_high": lag + 900 if source else None}
        )  # fmt: skip
    tables["facet"].extend(
        {"what": what, "value": value, "at": row["last_copy_at"], "story_id": story}
        for what, value in sorted(values)
    )
    tables["episode"].append(
        {"story_id": story, "n": 1, "opened_by": root["id"], "subtype": "first",
         "opened_at": root["seen_by"], "last_at": row["last_copy_at"], "copies": len(members) - 1}
    )  # fmt: skip
    return match
