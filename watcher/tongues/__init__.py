"""Which language a text is in, and what its sentences mean: one library each, both offline."""

from watcher.tongues.language import Language, language
from watcher.tongues.meaning import COVERED, EXTRA, available, meanings

__all__ = ["COVERED", "EXTRA", "Language", "available", "language", "meanings"]
