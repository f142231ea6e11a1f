"""The tree read by the model: every fault found in one go, the rest carried on.

`Walk.read` returns plain values (dict, list, scalars); what could not be read is `BAD`, so that
one fault neither hides the next nor causes another. `built` makes the values once there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from watcher.config import tree
from watcher.config.faults import Fault, Place, UnfitError, path_text, quoted, suggestion, unknown
from watcher.config.kinds import Kind
from watcher.config.secret import Secret, expand, resolve
from watcher.config.shapes import ListOf, MapOf, Option, Record, Shape, Single, holds_secret


class Bad:
    """What stands where a value could not be read."""


BAD: Final = Bad()


class Walk:
    """One reading of one file. `spots` remembers where each value was written."""

    def __init__(self, file: str, folder: Path, env: Mapping[str, str]) -> None:
        self.file = file
        self.folder = folder
        self.env = env
        self.faults: list[Fault] = []
        self.spots: dict[Place, tree.Node] = {}

    def fault(
        self,
        node: tree.Node,
        place: Place,
        message: str,
        severity: Literal["error", "warning"] = "error",
    ) -> Bad:
        """Note a fault at this node; returns BAD."""
        where = path_text(place)
        self.faults.append(Fault(self.file, node.line, node.column, where, message, severity))
        return BAD

    def read(self, node: tree.Node, shape: Shape, place: Place) -> Any:
        """The plain value of a node, or BAD with at least one fault noted."""
        self.spots[place] = node
        match shape:
            case Single(kind):
                return self._single(node, kind, place)
            case ListOf(item, needs):
                return self._list(node, item, needs, place)
            case MapOf():
                return self._map(node, shape, place)
            case Option():
                return self._option(node, shape, place)
            case Record():
                return self._record(node, shape, place)

    def _single(self, node: tree.Node, kind: Kind, place: Place) -> Any:
        if not isinstance(node, tree.Scalar) or node.null:
            return self.fault(node, place, f"found {_found(node)}, expected {kind.expected}")
        try:
            if not kind.secret:
                return kind.read(expand(node.text, self.env))
            value, warning = resolve(node.text, self.folder, self.env)
            if warning:
                self.fault(node, place, warning, "warning")
            return Secret(kind.read(value))
        except UnfitError as unfit:
            found = "***" if kind.secret else quoted(node.text, address=kind.address)
            return self.fault(node, place, str(unfit).replace("{found}", found))

    def _list(self, node: tree.Node, item: Shape, needs: str | None, place: Place) -> Any:
        if isinstance(node, tree.Sequence):
            if needs and not node.items:
                return self.fault(
                    node, place, f"found an empty list, expected at least one {needs}"
                )
            return [self.read(each, item, (*place, n)) for n, each in enumerate(node.items)]
        hidden = holds_secret(item)
        remedy = 'a list: begin each item with "- "'
        return self.fault(node, place, f"found {_found(node, hidden)}, expected {remedy}")

    def _map(self, node: tree.Node, shape: MapOf, place: Place) -> Any:
        if not isinstance(node, tree.Mapping):
            found = _found(node, holds_secret(shape))
            return self.fault(node, place, f"found {found}, expected a mapping, key: value")
        values: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.pairs:
            key = self._key(key_node, place, first, fold=True)
            if key is None:
                continue
            try:
                key = shape.key.read(key)
            except UnfitError as unfit:
                self.fault(key_node, place, str(unfit).replace("{found}", quoted(key)))
                key = None
            value = self.read(value_node, shape.value, (*place, key or "*"))
            values[key or "*"] = value if key else BAD
        return values

    def _option(self, node: tree.Node, shape: Option, place: Place) -> Any:
        if isinstance(node, tree.Mapping):
            if len(node.pairs) != 1:
                return self.fault(
                    node,
                    place,
                    f"found {len(node.pairs)} keys in one item, expected one: "
                    'begin each condition with its own "- "',
                )
            name_node, value_node = node.pairs[0]
        else:
            name_node, value_node = node, None
        if not isinstance(name_node, tree.Scalar) or name_node.null:
            return self.fault(node, place, f"found {_found(node)}, expected a condition")
        name = name_node.text
        if name not in shape.options:
            return self.fault(name_node, place, unknown("condition", name, shape.options))
        kind = shape.options[name]
        if kind is None:
            if value_node is None or (isinstance(value_node, tree.Scalar) and value_node.null):
                return shape.cls(name)
            return self.fault(value_node, place, f"{name} takes no value: write {name} alone")
        if value_node is None:
            return self.fault(node, place, f"{name} needs {kind.expected}: write {{{name}: ...}}")
        if kind.between and isinstance(value_node, tree.Sequence):
            items = self.read(value_node, ListOf(Single(kind), name), (*place, name))
            if items is BAD or BAD in items:
                return BAD
            return shape.cls(name, kind.between.join(items))
        value = self.read(value_node, Single(kind), (*place, name))
        return BAD if value is BAD else shape.cls(name, value)

    def _record(self, node: tree.Node, shape: Record, place: Place) -> Any:
        if shape.short and isinstance(node, tree.Scalar) and not node.null:
            key = shape.keys[shape.short]
            value = self.read(node, key.shape, place)
            self.spots[*place, key.name] = node
            return {key.attribute: value}
        if not isinstance(node, tree.Mapping):
            names = " and ".join(f"{name}:" for name, key in shape.keys.items() if key.required)
            expected = f"a mapping with {names}" if names else "a mapping, key: value"
            found = _found(node, holds_secret(shape))
            return self.fault(node, place, f"found {found}, expected {expected}")
        values: dict[str, Any] = {}
        first: dict[str, int] = {}
        meant: set[str | None] = set()  # by unknown keys: not reported as missing besides
        for key_node, value_node in node.pairs:
            name = self._key(key_node, place, first)
            if name is None:
                continue
            if name not in shape.keys:
                self.fault(key_node, place, _unknown_key(name, shape))
                meant.add(suggestion(name, shape.keys))
                continue
            key = shape.keys[name]
            if isinstance(value_node, tree.Scalar) and value_node.null and not key.required:
                continue  # "receivers:" with all of them commented out
            values[key.attribute] = self.read(value_node, key.shape, (*place, name))
        self._check_present(node, shape, meant.union(first), values, place)
        return values

    def _check_present(
        self,
        node: tree.Node,
        shape: Record,
        seen: set[str | None],
        values: dict[str, Any],
        place: Place,
    ) -> None:
        for name, key in shape.keys.items():
            if key.required and name not in seen:
                expected = _expected(key.shape)
                self.fault(node, place, f'the key "{name}" is missing, expected {name}: {expected}')
        if shape.exactly_one:
            self._check_one(node, shape, values, place)

    def _check_one(
        self, node: tree.Node, shape: Record, values: dict[str, Any], place: Place
    ) -> None:
        given = [name for name in shape.exactly_one if name in values]
        if len(given) == 1:
            return
        one_of = ", ".join(f"{name}:" for name in shape.exactly_one)
        expected = f"expected exactly one of {one_of}"
        if given or shape.none_where is None:
            found = " and ".join(given) or "none"
            self.fault(node, place, f"found {found}, {expected}")
            return
        key, option = shape.none_where
        listed = values.get(key)
        items = listed if isinstance(listed, list) else [listed]
        if BAD in items:
            return  # what it lists could not be read: it may have been this option alone
        names = {getattr(each, "name", None) for each in items}
        if names == {option}:
            return
        alone = f"; without one, {key} may list {option} alone" if option in names else ""
        self.fault(node, place, f"found none, {expected}{alone}")

    def _key(
        self, node: tree.Node, place: Place, first: dict[str, int], *, fold: bool = False
    ) -> str | None:
        """The text of a key, None with a fault where it is no plain word or was there before."""
        if not isinstance(node, tree.Scalar) or node.null:
            self.fault(node, place, f"found {_found(node)} as a key, expected a plain word")
            return None
        known = node.text.lower() if fold else node.text
        if known in first:
            message = (
                f"the key {quoted(node.text)} was set on line {first[known]} already: keep one"
            )
            self.fault(node, place, message)
            return None
        first[known] = node.line
        return node.text


def built(shape: Shape, plain: Any) -> Any:
    """The value of a plain one without BAD in it: records made into their classes."""
    match shape:
        case ListOf(item):
            return tuple(built(item, each) for each in plain)
        case Record(cls, keys):
            by_attribute = {key.attribute: key.shape for key in keys.values()}
            return cls(**{name: built(by_attribute[name], each) for name, each in plain.items()})
    return plain


def _found(node: tree.Node, hidden: bool = False) -> str:
    match node:
        case tree.Sequence():
            return "a list"
        case tree.Mapping():
            return "a mapping"
        case tree.Scalar(null=True):
            return "nothing"
    return "a single value" if hidden else quoted(node.text)


def _expected(shape: Shape) -> str:
    match shape:
        case Single(kind):
            return kind.expected
        case ListOf(_, needs):
            return f"a list with at least one {needs}" if needs else "a list"
    return "a mapping"


def _unknown_key(name: str, shape: Record) -> str:
    if name == "<<":
        return "merge keys (<<) are not read here: write the keys out"
    return unknown("key", name, shape.keys)
