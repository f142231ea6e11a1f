"""How much of one document is read."""

from __future__ import annotations

from typing import Final

MAX_BYTES: Final = 32_000_000
MAX_ENTRIES: Final = 2_000
MAX_HTML: Final = 500_000  # characters of one entry's content
