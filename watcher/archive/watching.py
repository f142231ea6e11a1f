"""What watches keep of their own: mentions of phrases, pages looked at again."""

from __future__ import annotations

from storage.reads.mentions import (
    family_mentions,
    first_mentions,
    last_mention,
    mention_gaps,
    mentioning,
    mentions,
    new_families,
    outlet_lags,
)
from storage.reads.pages import due_pages, page_checks, unchecked, untracked_checks
from storage.rows import MentionRow, PageCheckRow
from storage.writes.pages import drop_page_checks, put_page_checks
from storage.writes.watches import add_mentions

__all__ = [
    "MentionRow",
    "PageCheckRow",
    "add_mentions",
    "drop_page_checks",
    "due_pages",
    "family_mentions",
    "first_mentions",
    "last_mention",
    "mention_gaps",
    "mentioning",
    "mentions",
    "new_families",
    "outlet_lags",
    "page_checks",
    "put_page_checks",
    "unchecked",
    "untracked_checks",
]
