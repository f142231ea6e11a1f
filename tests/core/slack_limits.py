"""What Slack documents that it refuses, as a check of a message's blocks.

From docs.slack.dev/reference/block-kit: blocks/header-block, blocks/section-block,
blocks/context-block, composition-objects/text-object, and docs.slack.dev/messaging.
"""

from __future__ import annotations

import re
from typing import Any

BLOCKS, HEADER, SECTION, FIELDS, FIELD, ELEMENTS, TEXT = 50, 150, 3000, 10, 2000, 10, 4000
# The only markup of ours: a link with a text. Anything else between < and > is Slack's: a user, a
# channel, a group, a date, a special mention.
_LINK = re.compile(r"<https?://[^<>|\s]+\|[^<>|]*(\|[^<>|]*)*>", re.IGNORECASE)


def refused(blocks: list[dict[str, Any]]) -> list[str]:
    """Every fault of a message's blocks; empty: Slack takes them."""
    faults = [] if 0 < len(blocks) <= BLOCKS else [f"{len(blocks)} blocks"]
    for n, block in enumerate(blocks):
        faults += [f"block {n}, {block['type']}: {fault}" for fault in _block(block)]
    return faults


def _block(block: dict[str, Any]) -> list[str]:
    keys = set(block) - {"type"}
    match block["type"]:
        case "header":
            wrong = _wrong_keys(keys, {"text"})
            return wrong + _text(block["text"], HEADER, "plain_text")
        case "divider":
            return _wrong_keys(keys, set())
        case "section":
            faults = _wrong_keys(keys, {"text"} if "text" in block else {"fields"})
            if "text" in block:
                return faults + _text(block["text"], SECTION, "mrkdwn")
            fields = block["fields"]
            faults += [] if 0 < len(fields) <= FIELDS else [f"{len(fields)} fields"]
            return faults + [f for one in fields for f in _text(one, FIELD, "mrkdwn")]
        case "context":
            elements = block["elements"]
            faults = _wrong_keys(keys, {"elements"})
            faults += [] if 0 < len(elements) <= ELEMENTS else [f"{len(elements)} elements"]
            return faults + [f for one in elements for f in _text(one, SECTION, "mrkdwn")]
        case other:
            return [f"an unknown type {other}"]


def _wrong_keys(keys: set[str], known: set[str]) -> list[str]:
    return [] if keys == known else [f"keys {sorted(keys)}, expected {sorted(known)}"]


def _text(text: dict[str, Any], most: int, kind: str) -> list[str]:
    known = {"type", "text", "verbatim" if kind == "mrkdwn" else "emoji"}
    faults = _wrong_keys(set(text), known)
    shown = text["text"]
    faults += [] if text["type"] == kind else [f"a text of type {text['type']}"]
    faults += [] if 0 < len(shown) <= most else [f"{len(shown)} characters of {most}"]
    return faults + (markup(shown) if kind == "mrkdwn" else [])


def markup(text: str) -> list[str]:
    """What in a text Slack would take for markup and is no link of ours."""
    left = _LINK.sub("", text)
    faults = [f"a bare {mark}" for mark in "<>" if mark in left]
    for entity in ("&amp;", "&lt;", "&gt;"):
        text = text.replace(entity, "")
    return faults + (["a bare &"] if "&" in text else [])
