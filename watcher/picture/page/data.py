"""The story as data: what the page offers as a download."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, Final

from watcher import __version__
from watcher.report.spread_values import StorySpread, VersionText

_TEXTS: Final = 1_000_000  # letters; where the texts have more, the download goes without them


def story_data(spread: StorySpread, texts: Sequence[VersionText], now: datetime) -> str:
    """Everything the page is made of, as JSON; times in UTC (ISO 8601)."""
    size = sum(len(version.text or "") for version in texts)
    data = {
        "made_by": f"Syndication Watch {__version__}",
        "made_at": now,
        "story": spread,
        "texts": [_without(version) for version in texts] if size > _TEXTS else list(texts),
    }
    return json.dumps(data, default=_plain, ensure_ascii=False, separators=(",", ":"))


def _without(version: VersionText) -> dict[str, Any]:
    return {**_plain(version), "text": None}


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"not a value of a report: {value!r}")


def as_address(data: str) -> str:
    """`data` as a data: address (RFC 2397), which a link can offer without a script."""
    written = data.encode("utf-8", "backslashreplace")
    return f"data:application/json;base64,{base64.b64encode(written).decode()}"
