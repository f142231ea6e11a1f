"""The JSON Schema says what the reader says: same keys, same defaults, same refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from watcher.config import Config, Polling, Storage, schema
from watcher.config.shapes import ListOf, Record, Shape
from watcher.config.written import document

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


def _valid(value: Any, rule: dict[str, Any], root: dict[str, Any]) -> bool:
    """The part of JSON Schema that `schema` uses; an unknown keyword fails loudly."""
    known = {"$schema", "title", "description", "default", "examples", "$defs"}
    for word, wanted in rule.items():
        match word:
            case "$ref":
                ok = _valid(value, root["$defs"][wanted.removeprefix("#/$defs/")], root)
            case "type":
                names = wanted if isinstance(wanted, list) else [wanted]
                ok = any(isinstance(value, _TYPES[name]) for name in names)
            case "enum":
                ok = value in wanted
            case "anyOf":
                ok = any(_valid(value, each, root) for each in wanted)
            case "oneOf":
                ok = sum(_valid(value, each, root) for each in wanted) == 1
            case "not":
                ok = not _valid(value, wanted, root)
            case "required":
                ok = all(name in value for name in wanted)
            case "properties":
                ok = not isinstance(value, dict) or all(
                    _valid(value[name], each, root)
                    for name, each in wanted.items()
                    if name in value
                )
            case "additionalProperties" if wanted is False:
                ok = not isinstance(value, dict) or value.keys() <= rule["properties"].keys()
            case "additionalProperties":
                ok = not isinstance(value, dict) or all(
                    _valid(each, wanted, root) for each in value.values()
                )
            case "items":
                ok = not isinstance(value, list) or all(
                    _valid(each, wanted, root) for each in value
                )
            case "pattern":
                ok = not isinstance(value, str) or re.search(wanted, value) is not None
            case "minItems" | "minLength" | "minProperties":
                ok = value is None or len(value) >= wanted
            case "maxLength" | "maxProperties":
                ok = value is None or len(value) <= wanted
            case "minimum":
                ok = value is None or value >= wanted
            case "maximum":
                ok = value is None or value <= wanted
            case "exclusiveMinimum":
                ok = value > wanted
            case _:
                assert word in known, word
                ok = True
        if not ok:
            return False
    return True


def _accepts(text: str) -> bool:
    rule = schema()
    return _valid(yaml.safe_load(text), rule, rule)


@pytest.mark.parametrize("commented", [True, False])
def test_it_accepts_the_example(commented: bool, example: Callable[[bool], str]) -> None:
    assert _accepts(example(commented))


_OUTLETS = "outlets: [{feeds: [https://times.example/rss]}]\n"


@pytest.mark.parametrize(
    "text",
    [
        "polling: {}",
        "outlets: []",
        "outlets: [{feeds: []}]",
        "outlets: [{feeds: [times.example/rss]}]",
        _OUTLETS + "colour: red",
        _OUTLETS + "receivers: [{name: desk}]",
        _OUTLETS + "receivers: [{name: desk, url: x://y, hourly_cap: 0}]",
        _OUTLETS + "watches: [{name: w}]",
        _OUTLETS + "watches: [{name: w, phrase: a, text: b}]",
        _OUTLETS + "watches: [{name: w, phrase: a, alert_on: [resurface]}]",
        _OUTLETS + "watches: [{name: w, phrase: a, alert_on: [reach]}]",
        _OUTLETS + "watches: [{name: w, phrase: a, alert_on: [{reach: 1}]}]",
        _OUTLETS + "watches: [{name: w, phrase: a, dormant_after: soon}]",
        _OUTLETS + "watches: [{name: w, text: a, translations: 0}]",
        _OUTLETS + "watches: [{name: w, text: a, translations: 1.1}]",
        _OUTLETS + "polling: {workers: 65}",
        _OUTLETS + "watches: [{name: w, alert_on: []}]",
        _OUTLETS + "watches: [{name: w, alert_on: [feed_bad, resurfaced]}]",
        _OUTLETS + "watches: [{name: w, alert_on: [feed_bad], outlets: []}]",
    ],
)
def test_it_refuses_what_the_reader_refuses(text: str, checked: Callable[..., Any]) -> None:
    assert not _accepts(text)
    assert checked(text)[0] is None


@pytest.mark.parametrize(
    "watch",
    [
        "{name: w, alert_on: [feed_bad]}",
        "{name: w, alert_on: [feed_bad], outlets: [times.example], notify: []}",
        "{name: w, phrase: a, alert_on: [feed_bad]}",
        "{name: w, phrase: a, alert_on: [feed_bad, resurfaced], outlets: [times.example]}",
    ],
)
def test_a_watch_of_feeds_needs_no_text(watch: str, loaded: Callable[..., Config]) -> None:
    text = f"{_OUTLETS}watches: [{watch}]"
    assert _accepts(text)
    assert loaded(text).watches[0].name == "w"


def test_its_defaults_are_those_of_the_reader(loaded: Callable[..., Config]) -> None:
    properties = schema()["properties"]
    written = {name: properties[name]["default"] for name in ("polling", "storage")}
    config = loaded(_OUTLETS + yaml.safe_dump(written))
    assert (config.polling, config.storage) == (Polling(), Storage())
    alert_on = schema()["$defs"]["Watch"]["properties"]["alert_on"]["default"]
    watch = f"watches: [{{name: w, phrase: x, alert_on: {json.dumps(alert_on)}}}]"
    plain = loaded(_OUTLETS + "watches: [{name: w, phrase: x}]")
    assert loaded(_OUTLETS + watch) == plain


def _records(shape: Shape) -> Iterator[Record]:
    match shape:
        case Record():
            yield shape
            for key in shape.keys.values():
                yield from _records(key.shape)
        case ListOf(item):
            yield from _records(item)


def test_every_key_is_there_and_described() -> None:
    made = schema()
    described = [made, *made["$defs"].values()]
    records = list(_records(document()))
    assert len(described) == len(records) == 10
    for record in records:
        (twin,) = (each for each in described if each["description"] == record.description)
        assert twin["properties"].keys() == record.keys.keys()
        assert twin["required"] == [name for name, key in record.keys.items() if key.required]
        assert twin["additionalProperties"] is False
        assert all(each["description"] for each in twin["properties"].values())


def test_it_is_plain_json_and_new_each_time() -> None:
    first = schema()
    assert json.loads(json.dumps(first)) == first
    assert first["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    first["properties"].clear()
    assert schema()["properties"]
