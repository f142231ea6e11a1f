"""How a story moves through time: order, episodes, figures, and where it came from.

`order` says which of two articles was first, `episodes` where its bursts begin and end, `figures`
what DESIGN section 6 asks of a story, `origin` the five answers of section 5.
"""

from __future__ import annotations

from watcher.core.spread.episodes import Episode, History, Mark, history
from watcher.core.spread.order import Seen, order

__all__ = ["Episode", "History", "Mark", "Seen", "history", "order"]
