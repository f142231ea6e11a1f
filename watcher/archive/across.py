"""The door to what is known of texts in several languages."""

from storage.reads.across import (
    codes_of,
    current_after,
    gists,
    remaining,
    runs_of,
    suggested,
)
from storage.reads.articles import get_meta, last_version_before
from storage.rows import GistRow
from storage.writes.across import keep

__all__ = [
    "GistRow",
    "codes_of",
    "current_after",
    "get_meta",
    "gists",
    "keep",
    "last_version_before",
    "remaining",
    "runs_of",
    "suggested",
]
