"""YAML text to a tree that remembers line and column, within bounds and without guessing types.

The tree is composed here from PyYAML's events, not by `yaml.compose`: that one recurses once a
level, in C, so that 100 kB of `- - - -` end the process instead of raising. Scalars keep the text
that was written: YAML 1.1 would read `no` as false and `22:00` as 1320.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

MOST_BYTES = 1_000_000
_DEEPEST = 32
_TOO_DEEP = f"nested more than {_DEEPEST} levels deep"
# Values after aliases are expanded; a 1 MB file without aliases has about 100,000.
_MOST_NODES = 250_000

_UNREADABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"  # YAML 1.1, c-printable
)
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_NULLS = ("", "~", "null", "Null", "NULL")
_TAGS = ("!", *(f"tag:yaml.org,2002:{t}" for t in ("str", "int", "float", "bool", "map", "seq")))


class UnreadableError(Exception):
    """The text is not YAML that we read; with the line and column, from 1, where that shows."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as written. `null` is true for nothing, `~` and an unquoted null."""

    line: int
    column: int
    text: str
    null: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    line: int
    column: int
    items: list[Node]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order written, duplicates included."""

    line: int
    column: int
    pairs: list[tuple[Node, Node]]


Node = Scalar | Sequence | Mapping


def compose(data: bytes) -> Node:
    """The tree of one YAML document; an empty one is a null scalar. Raises UnreadableError."""
    text = _decoded(data)
    import yaml  # late: 40 ms, and only reading a file needs it

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    composer = _Composer()
    try:
        for event in yaml.parse(text, Loader=loader):
            composer.take(event, yaml)
    except yaml.MarkedYAMLError as error:
        line, column = _blamed(error, text)
        raise UnreadableError(line, column, _explained(error, text, line, column)) from None
    except yaml.YAMLError:
        raise UnreadableError(1, 1, "not readable as YAML") from None
    return composer.root


def _decoded(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise UnreadableError(1, 1, "larger than 1 MB: this cannot be a list of feeds")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _position(data[: error.start].decode("utf-8-sig"))
        raise UnreadableError(
            line, column, f"byte 0x{data[error.start]:02x} is not UTF-8: save the file as UTF-8"
        ) from None
    bad = _UNREADABLE.search(text)
    if bad:
        line, column = _position(text[: bad.start()])
        raise UnreadableError(line, column, f"control character U+{ord(bad[0]):04X}: remove it")
    return text


def _position(before: str) -> tuple[int, int]:
    lines = _BREAK.split(before)
    return len(lines), len(lines[-1]) + 1


class _Composer:
    """Events to nodes with a stack of our own; counts depth and expanded size as it goes."""

    def __init__(self) -> None:
        self.root: Node = Scalar(1, 1, "", null=True)
        self._documents = 0
        self._open: list[list[Node]] = []  # children of each open list or mapping
        self._starts: list[tuple[Any, int]] = []  # its start event, and the weight before it
        self._weight = 0
        self._anchors: dict[str, tuple[Node, int] | None] = {}  # None: still open

    def take(self, event: Any, yaml: Any) -> None:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise UnreadableError(
                    line, column, 'a second document begins here: remove the "---"'
                )
        elif isinstance(event, yaml.ScalarEvent):
            self._check_tag(event, line, column)
            null = event.value in _NULLS and event.implicit[0] and event.tag is None
            self._weigh(1, line, column)
            self._add(Scalar(line, column, event.value, null), event.anchor, 1)
        elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            self._check_tag(event, line, column)
            if len(self._open) == _DEEPEST:
                raise UnreadableError(line, column, _TOO_DEEP)
            if event.anchor:
                self._anchors[event.anchor] = None
            self._open.append([])
            self._starts.append((event, self._weight))
            self._weigh(1, line, column)
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            self._close(isinstance(event, yaml.MappingEndEvent))
        elif isinstance(event, yaml.AliasEvent):
            known = self._anchors.get(event.anchor)
            if known is None:
                raise UnreadableError(
                    line,
                    column,
                    "this alias names nothing written before it: quote a value that begins with *",
                )
            self._weigh(known[1], line, column)
            self._add(known[0], None, known[1])

    def _close(self, mapping: bool) -> None:
        start, weight = self._starts.pop()
        children = self._open.pop()
        line, column = start.start_mark.line + 1, start.start_mark.column + 1
        node: Node
        if mapping:
            node = Mapping(line, column, list(zip(children[::2], children[1::2], strict=True)))
        else:
            node = Sequence(line, column, children)
        self._add(node, start.anchor, self._weight - weight)

    def _add(self, node: Node, anchor: str | None, weight: int) -> None:
        if anchor:
            self._anchors[anchor] = (node, weight)
        if self._open:
            self._open[-1].append(node)
        else:
            self.root = node

    def _weigh(self, weight: int, line: int, column: int) -> None:
        self._weight += weight
        if self._weight > _MOST_NODES:
            raise UnreadableError(
                line, column, f"more than {_MOST_NODES:,} values with aliases expanded"
            )

    def _check_tag(self, event: Any, line: int, column: int) -> None:
        if event.tag is not None and event.tag not in _TAGS:
            raise UnreadableError(
                line, column, "tags (!name) are not read here: write the plain value"
            )


def _blamed(error: Any, text: str) -> tuple[int, int]:
    """Where to look: at the fault; for what the end of the file leaves open, where that opened."""
    last, end = _position(text.rstrip())
    marks = (mark for mark in (error.problem_mark, error.context_mark) if mark is not None)
    spots = [(mark.line + 1, mark.column + 1) for mark in marks]
    return next((spot for spot in spots if spot < (last, end)), (last, max(1, end - 1)))


# What PyYAML and libyaml say of the usual slips, and what to write instead.
_REMEDIES = (
    (
        "mapping values are not allowed",
        'quote a value that contains ": ", or check the indentation',
    ),
    ("expected ',' or", "close the bracket, and quote a value that contains ${...} inside it"),
    ("node content", "a bracket is not closed, or a value is missing"),
    ("unknown escape", r"write \\ for a backslash, or use single quotes"),
    ("quoted scalar", "close the quote"),
    ("expected <block end>", "line this up with the lines above"),
    ("expected key", "line this up with the lines above"),
    ("expected '-' indicator", "line this up with the lines above"),
    ("expected alphabetic or numeric", "quote a value that begins with * or &"),
    ("could not find expected ':'", 'write "key: value", with a space after the colon'),
    ("incompatible YAML document", "remove the %YAML line"),
)


def _explained(error: Any, text: str, line: int, column: int) -> str:
    # The parser's own words may quote the file, and the file may hold secrets.
    problem = re.sub(r"'[^'\s]{4,}'", "...", error.problem or "")
    both = f"{error.context or ''} {problem}"
    if "maximum nesting depth" in both:  # some versions of libyaml stop before we see an event
        return _TOO_DEEP
    if "cannot start any token" in both:
        lines = _BREAK.split(text)
        char = lines[line - 1][column - 1 : column] if line <= len(lines) else ""
        if char == "\t":
            return "not readable as YAML: a tab: indent with spaces"
        return f"not readable as YAML: quote a value that begins with {char or 'this'}"
    remedy = next((r for words, r in _REMEDIES if words in both), None)
    opened = error.context_mark
    if remedy and remedy.startswith("close") and opened is not None and opened.line + 1 != line:
        remedy += f" (opened on line {opened.line + 1})"
    return f"not readable as YAML: {problem}" + (f": {remedy}" if remedy else "")
