"""A graph as GraphML (graphml.graphdrawing.org), line by line, whatever the titles hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

# What no XML 1.0 document may hold, escaped or not (www.w3.org/TR/xml, 2.2).
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_TYPES = {"int": "long", "float": "double", "bool": "boolean"}


def lines(
    graph: Iterable[tuple[str, Mapping[str, Any]]],
    node_fields: Sequence[str],
    edge_fields: Sequence[str],
    types: Mapping[str, str],
) -> Iterator[str]:
    """The document of a graph's rows, each with "node" or "edge". Nodes have an `id`, edges
    `source` and `target`; a value that is None is left out, and so are control characters that
    XML forbids."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield (
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns'
        ' http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">\n'
    )
    keys = {("node", name): f"n_{name}" for name in node_fields if name != "id"} | {
        ("edge", name): f"e_{name}" for name in edge_fields if name not in ("source", "target")
    }
    for (of, name), key in keys.items():
        kind = _TYPES.get(types.get(name, ""), "string")
        yield f'<key id="{key}" for="{of}" attr.name="{name}" attr.type="{kind}"/>\n'
    yield '<graph edgedefault="directed">\n'
    for of, row in graph:
        if of == "node":
            ends = f"id={_attribute(row['id'])}"
        else:
            ends = f"source={_attribute(row['source'])} target={_attribute(row['target'])}"
        yield f"<{of} {ends}>{_data(of, row, keys)}</{of}>\n"
    yield "</graph>\n</graphml>\n"


def _data(of: str, row: Mapping[str, Any], keys: Mapping[tuple[str, str], str]) -> str:
    return "".join(
        f'<data key="{keys[of, name]}">{escape(_text(value))}</data>'
        for name, value in row.items()
        if (of, name) in keys and value is not None
    )


def _attribute(value: Any) -> str:
    return quoteattr(_text(value))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        stamp = value.astimezone(UTC).isoformat(timespec="seconds")
        return stamp.removesuffix("+00:00") + "Z"
    return _FORBIDDEN.sub("", str(value))
