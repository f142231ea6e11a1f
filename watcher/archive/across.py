"""The door to what is known of texts in several languages."""

from storage.reads.across import (
    any_gist,
    codes_of,
    current_after,
    gists,
    last_match,
    remaining,
    runs_of,
    suggested,
    translations_to,
)
from storage.reads.articles import get_meta, last_version_before
from storage.rows import GistRow
from storage.writes.across import change_match, drop, drop_all, drop_matches, keep
from storage.writes.renewing import drop_meta

__all__ = [
    "GistRow",
    "any_gist",
    "change_match",
    "codes_of",
    "current_after",
    "drop",
    "drop_all",
    "drop_matches",
    "drop_meta",
    "get_meta",
    "gists",
    "keep",
    "last_match",
    "last_version_before",
    "remaining",
    "runs_of",
    "suggested",
    "translations_to",
]
