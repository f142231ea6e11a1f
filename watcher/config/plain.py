"""The plain tree that the walk left: its lists and mappings, as far as they could be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from watcher.config import tree


def listed(plain: dict[str, Any], part: str) -> list[Any]:
    items = plain.get(part)
    return items if isinstance(items, list) else []


def items(plain: dict[str, Any], part: str) -> Iterator[tuple[int, dict[str, Any]]]:
    yield from ((n, each) for n, each in enumerate(listed(plain, part)) if isinstance(each, dict))


def text_of(node: tree.Node) -> str:
    return node.text if isinstance(node, tree.Scalar) else ""
