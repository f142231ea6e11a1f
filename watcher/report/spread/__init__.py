"""A story's spread put together: figures, origin, tree, ledgers and versions, from one view."""

from __future__ import annotations

from watcher.report.spread.assemble import story_spread, version_texts

__all__ = ["story_spread", "version_texts"]
