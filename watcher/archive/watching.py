"""What watches keep of their own: mentions of phrases, pages looked at again."""

from __future__ import annotations

from storage.reads.articles import articles, outlets, stories
from storage.reads.feeds import paused_hosts
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
from storage.reads.pages import due_pages, outlet_checks, page_checks, unchecked, untracked_checks
from storage.reads.watches import alert_states, sighted, sighted_between, version_titles
from storage.rows import ArticleRow, MentionRow, OutletRow, PageCheckRow, SightedRow, WatchRow
from storage.writes.pages import drop_page_checks, put_page_checks
from storage.writes.watches import add_mentions

__all__ = [
    "ArticleRow",
    "MentionRow",
    "OutletRow",
    "PageCheckRow",
    "SightedRow",
    "WatchRow",
    "add_mentions",
    "alert_states",
    "articles",
    "drop_page_checks",
    "due_pages",
    "family_mentions",
    "first_mentions",
    "last_mention",
    "mention_gaps",
    "mentioning",
    "mentions",
    "new_families",
    "outlet_checks",
    "outlet_lags",
    "outlets",
    "page_checks",
    "paused_hosts",
    "put_page_checks",
    "sighted",
    "sighted_between",
    "stories",
    "unchecked",
    "untracked_checks",
    "version_titles",
]
