"""Adds outlets and feeds to the text of feeds.yaml and leaves every other character as it was.

PyYAML says where each node ends; the new lines are put there, in the style they find: dashes where
there are dashes, brackets where there are brackets, the file's own indentation and line ends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from watcher.config.tree import UnreadableError, compose
from watcher.core.opml import Joining, Known
from watcher.domains import registrable

# What YAML takes for itself without quotes, in a list with brackets, too.
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9._~/?=&%:+;@!()*-]*[A-Za-z0-9_/=&%~)-]\Z")
_PLAIN_NAME = re.compile(r"[A-Za-z\u00c0-\u024f][\w .()&'/+-]*[\w.)]\Z")
# Characters from, up to, and what stands there instead.
_Edit = tuple[int, int, str]
_WORDS: Final = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))


def known(text: str) -> tuple[Known, ...]:
    """The outlets in `text`, as far as it can be read. Raises UnreadableError."""
    found = []
    for _, fields in _outlets(_root(text)):
        feeds = tuple(_addresses(fields.get("feeds")))
        domain = _scalar(fields.get("domain")) or (registrable(feeds[0]) if feeds else "")
        found.append(Known(_scalar(fields.get("name")) or domain, domain, feeds))
    return tuple(found)


def add(text: str, joining: Iterable[Joining]) -> str:
    """`text` with those feeds, and an outlet for each that has none.

    Raises UnreadableError where the file has no place for them.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    if text and not text.endswith("\n"):
        text += newline
    root = _root(text)
    edits: list[_Edit] = []
    places: dict[str, Any] = {}
    for outlet, (_, fields) in zip(known(text), _outlets(root), strict=True):
        places.setdefault(outlet.domain, fields.get("feeds"))
    new: list[Joining] = []
    for each in joining:
        place = places.get(each.domain) if each.known else None
        if place is None:
            new.append(each)
        else:
            edits.append(_appended(text, place, [_url(url) for url in each.feeds], newline))
    if new:
        edits += _new_outlets(text, root, new, newline)
    # From the end, so that places stay true; of two at one place the first stands first.
    edits.sort(key=lambda edit: edit[0])
    for start, end, more in edits[::-1]:
        text = text[:start] + more + text[end:]
    return text


def _root(text: str) -> Any:
    compose(text.encode())  # its bounds: PyYAML's own composer has none
    import yaml

    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise UnreadableError(1, 1, "not a feeds.yaml: it has no sections")
    return root


def _section(root: Any) -> tuple[Any, Any]:
    """The key `outlets` and its value; None where there is none."""
    for key, value in root.value if root is not None else ():
        if key.value == "outlets":
            return key, value
    return None, None


def _outlets(root: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    section = _section(root)[1]
    if section is None or section.id != "sequence":
        return
    for item in section.value:
        if item.id == "mapping":
            yield item, {key.value: value for key, value in item.value if key.id == "scalar"}


def _addresses(feeds: Any) -> Iterator[str]:
    for item in feeds.value if feeds is not None and feeds.id == "sequence" else ():
        if item.id == "scalar":
            yield item.value
        elif item.id == "mapping":
            yield from (_scalar(value) for key, value in item.value if key.value == "url")


def _scalar(node: Any) -> str:
    return node.value.strip() if node is not None and node.id == "scalar" else ""


def _new_outlets(text: str, root: Any, new: list[Joining], newline: str) -> list[_Edit]:
    key, section = _section(root)
    if key is None:
        block = _block(new, "  ", newline).removeprefix(newline)
        return [(len(text), len(text), f"outlets:{newline}{block}")]
    if section.id == "sequence" and section.value:
        end = _end(section.value[-1])
        if section.flow_style:
            return [(end, end, "".join(f", {_flow_outlet(each)}" for each in new))]
        indent = " " * section.start_mark.column
        return [_behind(text, end, newline, _block(new, indent, newline))]
    if section.id != "sequence" and _scalar(section) not in ("", "~", "null"):
        line = section.start_mark.line + 1
        raise UnreadableError(
            line, section.start_mark.column + 1, "expected a list of outlets here"
        )
    # `outlets: []`, or nothing behind it: what stands for nothing goes, a comment stays.
    start, end = section.start_mark.index, section.end_mark.index
    block = _block(new, "  ", newline).removeprefix(newline)
    return [(start, end, ""), _behind(text, end, newline, block)]


def _appended(text: str, feeds: Any, items: list[str], newline: str) -> _Edit:
    if feeds.id != "sequence" or not feeds.value:
        line = feeds.start_mark.line + 1
        raise UnreadableError(line, feeds.start_mark.column + 1, "expected a list of feeds here")
    end = _end(feeds.value[-1])
    if feeds.flow_style:
        return end, end, "".join(f", {item}" for item in items)
    indent = " " * feeds.start_mark.column
    return _behind(text, end, newline, "".join(f"{indent}- {item}{newline}" for item in items))


def _behind(text: str, index: int, newline: str, lines: str) -> _Edit:
    """Whole lines, to be put behind the line of `index`, and its comment."""
    end = text.find("\n", index) + 1
    # A section that follows at once gets a blank line before it.
    gap = newline if lines.startswith(newline) and text[end : end + 1].isalnum() else ""
    return end, end, lines + gap


def _end(node: Any) -> int:
    """Where a node's own text ends: a block's end mark stands behind the comments after it."""
    if node.id != "scalar" and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    index: int = node.end_mark.index
    if node.id == "scalar" and node.style in ("|", ">"):
        index = node.end_mark.index - 1  # on its last line, not on the one behind
    return index


def _block(outlets: list[Joining], indent: str, newline: str) -> str:
    lines = []
    for each in outlets:
        lines += ["", f"{indent}- name: {_name(each.name)}"]
        lines += [f"{indent}  {field}" for field in _fields(each)]
        lines += [f"{indent}  feeds:", *(f"{indent}    - {_url(url)}" for url in each.feeds)]
    return newline.join(lines) + newline


def _flow_outlet(each: Joining) -> str:
    feeds = ", ".join(_url(url) for url in each.feeds)
    fields = [f"name: {json.dumps(_unsubstituted(each.name), ensure_ascii=False)}"]
    return f"{{{', '.join([*fields, *_fields(each)])}, feeds: [{feeds}]}}"


def _fields(each: Joining) -> list[str]:
    fields = []
    if each.domain != registrable(each.feeds[0]):
        fields.append(f"domain: {_name(each.domain)}")
    if each.family:
        fields.append(f"family: {_name(each.family)}")
    return fields


def _url(url: str) -> str:
    return url if _PLAIN_URL.match(url) else json.dumps(url, ensure_ascii=False)


def _name(name: str) -> str:
    if _PLAIN_NAME.match(name) and name.lower() not in _WORDS:
        return name
    return json.dumps(_unsubstituted(name), ensure_ascii=False)


def _unsubstituted(name: str) -> str:
    """feeds.yaml reads ${NAME} as an environment variable; a name from elsewhere never is one."""
    return name.replace("${", "$${")
