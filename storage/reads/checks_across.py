"""What the database says of other languages twice: asked by `watcher db verify` (checks.py)."""

from __future__ import annotations

# (what is wrong with the row, SELECT of its id): the same SQL for both engines. A gist has five
# codes of 64 bytes, and each sentence one.
QUESTIONS: tuple[tuple[str, str], ...] = (
    (
        "gist {}: its version is not there or another article's, its outlet is, or its size",
        "SELECT g.version_id FROM gist g LEFT JOIN version v ON v.id = g.version_id"
        " AND v.article_id = g.article_id LEFT JOIN article a ON a.id = g.article_id"
        " AND a.outlet_id = g.outlet_id WHERE v.id IS NULL OR a.id IS NULL"
        " OR length(g.codes) <> 320",
    ),
    (
        "gist {}: its sentences have no codes, or not whole ones",
        "SELECT g.version_id FROM gist g LEFT JOIN sentence_codes s ON s.version_id = g.version_id"
        " WHERE s.version_id IS NULL OR length(s.codes) = 0 OR length(s.codes) % 64 <> 0",
    ),
    (
        "sentence codes {}: their version has no gist",
        "SELECT s.version_id FROM sentence_codes s LEFT JOIN gist g ON g.version_id = s.version_id"
        " WHERE g.version_id IS NULL",
    ),
    (
        "match {}: only a translation is suggested, or has a likeness, and that is from 0 to 1",
        "SELECT id FROM match WHERE sure < 0 OR sure > 1"
        " OR (kind <> 'translation' AND (sure IS NOT NULL OR status = 'suggested'))",
    ),
    (
        "watch {}: its least likeness is not from 0 to 1",
        "SELECT id FROM watch WHERE translations <= 0 OR translations > 1",
    ),
)

# What never changes of one way of making codes (the meta key): a good backup has the same.
LASTING: dict[str, tuple[str, ...]] = {"gist": ("lang", "codes"), "sentence_codes": ("codes",)}
SCHEME_KEY = "across.scheme"
