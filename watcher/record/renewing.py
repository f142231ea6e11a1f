"""Stored texts fingerprinted anew, where the program makes fingerprints in another way than it did.

Inside the caller's transaction: content hash, simhash, sketch and paragraphs of a version, the keys
that know an article by its words, and what its outlet was known to repeat. Doing it twice gives
the same, so that it can be done ahead of its turn: for the texts that somebody tracks, and for what
a poll is about to be compared with.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import numpy as np
import xxhash

from watcher.archive import articles as store
from watcher.archive import index, questions, scheme
from watcher.archive.articles import Connection
from watcher.archive.codec import pack_hashes, unpack_hashes, unpack_text
from watcher.core.fingerprint import of_words
from watcher.core.text import words
from watcher.record.memory import Memory
from watcher.record.prepare import Prepared, content_hash, key, known_by_words


def renew(conn: Connection, memory: Memory, versions: Collection[int]) -> int:
    """Fingerprint these versions anew; how many of them have no text any more."""
    change = memory.change
    if change is None:
        return 0
    wanted = {v for v in versions if v <= change.last} - memory.renewed
    rows = {v.id: v for v in store.versions(conn, wanted)}
    bodies = store.bodies(conn, rows)
    before = {s.version_id: s for s in store.sketches(conn, rows)}
    homes = {a.id: a for a in store.articles(conn, {v.article_id for v in rows.values()})}
    known: list[dict[str, int]] = []
    for row in rows.values():
        home = homes[row.article_id]
        memory.renewed.add(row.id)
        if row.id not in bodies:
            # Without its text it cannot be compared with anything: nobody finds it any more.
            store.renew_version(conn, row.id, {}, b"", b"")
            continue
        text = unpack_text(bodies[row.id])
        found = words(text)
        made = of_words(found)
        title = words(row.title)
        content = content_hash(title, found)
        store.renew_version(
            conn,
            row.id,
            {"content_hash": content, "simhash": made.simhash, "words": len(found)},
            pack_hashes(made.sketch),
            pack_hashes(np.asarray(made.paragraphs)),
        )
        if home.version_id == row.id and home.words != len(found):
            store.set_words(conn, home.id, len(found))
            after = replace(home, words=len(found))
            questions.count(conn, [], [(home, after)])
        text_hash = xxhash.xxh3_64_intdigest(found.hashes.tobytes())
        by_words = known_by_words(
            home.evidence, text_hash, len(found), content, len(title) if text != row.title else 0
        )
        if by_words is not None:
            known.append(
                {"key": key(*by_words), "outlet_id": home.outlet_id, "article_id": home.id}
            )
        if row.id in before:
            old = unpack_hashes(before[row.id].paragraphs).tolist()
            _carry(conn, memory, home.outlet_id, old, np.asarray(made.paragraphs).tolist())
        memory.own(row.id, home.id, home.outlet_id, made.simhash)
        memory.keep(row.id, text, found)
    store.add_identities(conn, known)
    again = [s for s in store.sketches(conn, rows) if s.version_id in bodies]
    memory.sketch.add(index.postings(again, "sketch"))
    memory.paragraph.add(index.postings(again, "paragraph"))
    memory.simhash.add(index.postings(again, "simhash"))
    return len(rows) - len(again)


def ahead(conn: Connection, memory: Memory, items: Sequence[Prepared]) -> None:
    """The stored articles that these drafts may be: else each would pass for an edited one."""
    if memory.change is None:
        return
    keys = {k for item in items for _, k in item.keys}
    outlets = {item.draft.outlet_id for item in items}
    found = {r.article_id for r in store.identities(conn, keys, outlets)}
    renew(conn, memory, {a.version_id for a in store.articles(conn, found)})


def tracked(conn: Connection, memory: Memory) -> None:
    """The texts of stories that a watch follows: their alerts cannot wait."""
    if memory.change is None:
        return
    wanted = set(store.tracked_versions(conn, 1, memory.change.last))
    articles = {w.article_id for w in memory.watches(conn) if w.article_id is not None}
    stories = {a.story_id for a in store.articles(conn, articles)}
    members = {a.id for a in store.members(conn, stories)}
    wanted.update(v.id for v in store.versions_of(conn, members))
    renew(conn, memory, wanted)


def _carry(
    conn: Connection, memory: Memory, outlet: int, old: Sequence[int], new: Iterable[int]
) -> None:
    """What an outlet was known to repeat by one hash, it repeats by the other."""
    listed = list(new)
    mine = memory.boilerplate.get(outlet, set()) | memory.forgotten.get(outlet, set())
    if not mine or len(old) != len(listed):
        return
    for was, now in zip(old, listed, strict=True):
        if was in mine and now not in mine and was != now:
            if store.copy_boilerplate(conn, outlet, was, now) == "learned":
                memory.learn(outlet, now)
            else:
                memory.forgotten.setdefault(outlet, set()).add(now)
            scheme.outworn(conn, outlet, was)
            mine.add(now)
