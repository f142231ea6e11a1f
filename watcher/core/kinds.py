"""What one text is of another, in words (DESIGN section 4)."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What one text is of another (DESIGN section 4)."""

    VERBATIM = "verbatim"
    WRAPPED = "wrapped"
    EDITED = "edited"
    EXCERPT = "excerpt"
    CONTAINER = "container"
    PASSAGE = "passage"
    TRANSLATION = "translation"  # in another language: suggested until a person confirms
    REPOST = "repost"  # the same outlet's own text again: joins, and is never a copy
    NONE = "none"


JOINING = frozenset({Kind.VERBATIM, Kind.WRAPPED, Kind.EDITED, Kind.EXCERPT, Kind.REPOST})
CORE = JOINING - {Kind.EXCERPT}
