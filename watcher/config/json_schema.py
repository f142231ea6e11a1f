"""The model as a JSON Schema (draft 2020-12), for editors that complete and check feeds.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watcher.config.kinds import Kind
from watcher.config.shapes import ListOf, MapOf, Option, Record, Shape, Single
from watcher.config.written import document


def schema() -> dict[str, Any]:
    """A new JSON Schema of feeds.yaml, from the same shapes that read it.

    It is a little stricter than the reader, which takes `name: 2024` for text, and cannot say
    what spans the file (names used twice, receivers that do not exist).
    """
    definitions: dict[str, Any] = {}
    root = _record(document(), definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "feeds.yaml of Syndication Watch",
        **root,
        "$defs": definitions,
    }


def _schema(shape: Shape, definitions: dict[str, Any]) -> dict[str, Any]:
    match shape:
        case Single(kind):
            return dict(kind.schema)
        case ListOf(item, needs):
            least = {"minItems": 1} if needs else {}
            return {"type": "array", "items": _schema(item, definitions), **least}
        case MapOf(_, value):
            return {"type": "object", "additionalProperties": _schema(value, definitions)}
        case Option(_, options):
            return _option(options)
        case Record(cls, keys, short):
            name = cls.__name__.removeprefix("Written")
            if name not in definitions:
                definitions[name] = {}  # holds the place while its own parts are made
                definitions[name] = _record(shape, definitions)
            reference = {"$ref": f"#/$defs/{name}"}
            if short is None:
                return reference
            return {"anyOf": [_schema(keys[short].shape, definitions), reference]}


def _record(shape: Record, definitions: dict[str, Any]) -> dict[str, Any]:
    properties = {}
    for name, key in shape.keys.items():
        described: dict[str, Any] = {"description": key.description} if key.description else {}
        if not key.required and key.default not in (None, (), {}):
            described["default"] = _written(key.shape, key.default)
        made = _schema(key.shape, definitions)
        properties[name] = (made if key.required else _or_nothing(made)) | described
    result: dict[str, Any] = {
        "type": "object",
        "description": shape.description,
        "properties": properties,
        "required": [name for name, key in shape.keys.items() if key.required],
        "additionalProperties": False,
    }
    if shape.exactly_one:
        result["oneOf"] = [{"required": [name]} for name in shape.exactly_one]
        if shape.none_where:
            result["oneOf"].append(_none(shape.exactly_one, *shape.none_where))
    return result


def _none(names: tuple[str, ...], key: str, option: str) -> dict[str, Any]:
    """None of these keys, where another lists one option and no other."""
    return {
        "required": [key],
        "properties": {key: {"minItems": 1, "items": {"enum": [option]}}},
        "not": {"anyOf": [{"required": [name]} for name in names]},
    }


def _or_nothing(made: dict[str, Any]) -> dict[str, Any]:
    """The same, or null: a key with nothing after it means its default."""
    match made:
        case {"type": str(kind)}:
            return made | {"type": [kind, "null"]}
        case {"enum": [*words]}:
            return made | {"enum": [*words, None]}
    return {"anyOf": [made, {"type": "null"}]}


def _option(options: Mapping[str, Kind | None]) -> dict[str, Any]:
    alone = [name for name, kind in options.items() if kind is None]
    valued = {name: dict(kind.schema) for name, kind in options.items() if kind is not None}
    mapping = {
        "type": "object",
        "properties": valued,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {"anyOf": [{"enum": alone}, mapping]}


def _written(shape: Shape, value: Any) -> Any:
    match shape:
        case Single(kind):
            return kind.write(value)
        case ListOf(item):
            return [_written(item, each) for each in value]
        case Option(_, options):
            valued = options[value.name]
            return {value.name: valued.write(value.value)} if valued else value.name
        case Record(_, keys):
            pairs = ((name, key.shape, getattr(value, key.attribute)) for name, key in keys.items())
            return {name: _written(part, each) for name, part, each in pairs if each is not None}
    return value
