"""The model as the walk and the schema see it: shapes, derived from the values' annotations."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from watcher.config.kinds import Kind, choice


@dataclass(frozen=True, slots=True)
class Short:
    """Annotation: a scalar in place of the mapping is short for {key: scalar}."""

    key: str


@dataclass(frozen=True, slots=True)
class AtLeastOne:
    """Annotation: the list must not be empty; `item` names what it holds."""

    item: str


@dataclass(frozen=True, slots=True)
class Named:
    """Annotation: a name alone, or {name: value} where the name has a kind."""

    options: Mapping[str, Kind | None]


# Shapes compare by identity: each is made once, and their mappings cannot be hashed.
@dataclass(frozen=True, slots=True, eq=False)
class Single:
    """A scalar."""

    kind: Kind


@dataclass(frozen=True, slots=True, eq=False)
class ListOf:
    """A list of one shape."""

    item: Shape
    needs: str | None  # what at least one is needed of


@dataclass(frozen=True, slots=True, eq=False)
class MapOf:
    """Free keys of one kind; compared without case, as header names are."""

    key: Kind
    value: Single


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """A name of `options`, alone or as the only key over its value; made into cls(name, value)."""

    cls: type[Any]
    options: Mapping[str, Kind | None]


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """One key of a record: as written, the attribute it becomes, and what it may hold."""

    name: str
    attribute: str
    shape: Shape
    required: bool
    default: Any
    description: str


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """A mapping with known keys, made into `cls`.

    Of the keys in `exactly_one` one is needed; with `none_where` (a key, an option), none where
    that key lists this option and no other.
    """

    cls: type[Any]
    keys: Mapping[str, Key]
    short: str | None
    exactly_one: tuple[str, ...]
    none_where: tuple[str, str] | None
    description: str


Shape = Single | ListOf | MapOf | Option | Record


@functools.cache
def holds_secret(shape: Shape) -> bool:
    """Whether a secret may stand anywhere inside: then nothing found in its place is shown."""
    match shape:
        case Single(kind):
            return kind.secret
        case ListOf(item):
            return holds_secret(item)
        case MapOf(_, value):
            return holds_secret(value)
        case Record(keys=keys):
            return any(holds_secret(key.shape) for key in keys.values())
    return False


def _shape(hint: Any, notes: tuple[Any, ...]) -> Shape:
    while typing.get_origin(hint) is typing.Annotated:
        hint, *more = typing.get_args(hint)
        notes = (*notes, *more)
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        # Only `X | None` occurs: None is a key left out, never a written value.
        (hint,) = (arg for arg in typing.get_args(hint) if arg is not type(None))
        return _shape(hint, notes)
    for note in notes:
        if isinstance(note, Kind):
            return Single(note)
        if isinstance(note, Named):
            return Option(hint, note.options)
    if origin is typing.Literal:
        return Single(choice(*typing.get_args(hint)))
    if origin is tuple:
        needs = next((note.item for note in notes if isinstance(note, AtLeastOne)), None)
        return ListOf(_shape(typing.get_args(hint)[0], ()), needs)
    if origin is not None and issubclass(origin, Mapping):
        key, value = (_shape(arg, ()) for arg in typing.get_args(hint))
        if isinstance(key, Single) and isinstance(value, Single):
            return MapOf(key.kind, value)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        short = next((note.key for note in notes if isinstance(note, Short)), None)
        return record(hint, short)
    raise TypeError(f"the model cannot hold {hint!r}")


def record(cls: type[Any], short: str | None = None) -> Record:
    """The shape of an annotated dataclass. Raises TypeError for what the model cannot hold."""
    hints = typing.get_type_hints(cls, include_extras=True)
    keys = {}
    for item in dataclasses.fields(cls):
        notes = typing.get_args(hints[item.name])[1:]
        required = item.default is item.default_factory is dataclasses.MISSING
        default: Any = None
        if item.default_factory is not dataclasses.MISSING:
            default = item.default_factory()
        elif not required:
            default = item.default
        name = item.metadata.get("key", item.name)
        keys[name] = Key(
            name=name,
            attribute=item.name,
            shape=_shape(hints[item.name], ()),
            required=required,
            default=default,
            description=next((note for note in notes if isinstance(note, str)), ""),
        )
    return Record(
        cls=cls,
        keys=keys,
        short=short,
        exactly_one=getattr(cls, "EXACTLY_ONE", ()),
        none_where=getattr(cls, "NONE_WHERE", None),
        description=cls.__doc__ or "",
    )
