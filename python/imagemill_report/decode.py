"""JSON to dataclasses, by their type hints: a mistake is named with its place in the file."""

import dataclasses
import math
import types
import typing
from typing import Any, TypeVar

T = TypeVar("T")


class Mismatch(Exception):
    """The JSON does not hold what the dataclass says."""


def decode(kind: type[T], json: Any) -> T:
    """An instance of the dataclass `kind` from JSON. Unknown fields are ignored."""
    return _value(kind, json, "")


def clean(text: str) -> str:
    """The text without characters that HTML, SVG and terminals can't show: control characters, lone
    surrogates."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(
        c if c.isprintable() or c in " \n\t" else "\N{REPLACEMENT CHARACTER}" for c in whole
    )


def _value(kind: Any, json: Any, place: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        inner = next(argument for argument in arguments if argument is not types.NoneType)
        return None if json is None else _value(inner, json, place)
    if origin is tuple:
        if not isinstance(json, list):
            raise Mismatch(f"{place} is not a list")
        return tuple(_value(arguments[0], each, f"{place}[{i}]") for i, each in enumerate(json))
    if origin is dict:
        if not isinstance(json, dict):
            raise Mismatch(f"{place} is not an object")
        return {
            clean(key): _value(arguments[1], each, f"{place}.{key}") for key, each in json.items()
        }
    if dataclasses.is_dataclass(kind):
        return _object(kind, json, place)
    return _scalar(kind, json, place)


def _object(kind: Any, json: Any, place: str) -> Any:
    if not isinstance(json, dict):
        raise Mismatch(f"{place or 'the file'} is not an object")
    hints = typing.get_type_hints(kind)
    values = {}
    for field in dataclasses.fields(kind):
        name = field.metadata.get("json", field.name)
        where = f"{place}.{name}" if place else name
        if name in json:
            values[field.name] = _value(hints[field.name], json[name], where)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise Mismatch(f"lacks '{where}'")
    return kind(**values)


def _scalar(kind: type, json: Any, place: str) -> Any:
    if kind is str and isinstance(json, str):
        return clean(json)
    if kind is bool and isinstance(json, bool):
        return json
    if kind in (int, float) and isinstance(json, (int, float)) and not isinstance(json, bool):
        # A whole number may have more digits than a float has room for.
        if abs(json) < 1e300 and math.isfinite(json):
            return kind(json)
    wanted = {str: "a text", bool: "true or false", int: "a number", float: "a number"}[kind]
    raise Mismatch(f"'{place}' is not {wanted}")
