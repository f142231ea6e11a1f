"""Pictures of a story: in the terminal, as SVG or PNG, and as one self-contained page."""

from __future__ import annotations

from watcher.picture.page import story_page
from watcher.picture.plot import plot, png
from watcher.picture.terminal import Pen, growth, timeline, tree

__all__ = ["Pen", "growth", "plot", "png", "story_page", "timeline", "tree"]
