"""The parameters of an app: checks, effective values, and conversion from and to text."""

from __future__ import annotations

import difflib
import math
from collections.abc import Container, Iterable, Mapping
from typing import Any, assert_never

from chowda.clams.metadata import AppMetadata, Parameter, ParameterType, json_kind
from chowda.errors import BadUserInput

BOOLEANS = {"true": True, "false": False}


def check_parameters(metadata: AppMetadata, parameters: Mapping[str, Any]) -> None:
    """Raise BadUserInput for parameters that the app would reject or misinterpret.

    A single value of a multivalued parameter counts as a list of one. A map is an object, or "key:value" strings.
    """
    for name, value in parameters.items():
        check_parameter(metadata, name, value)
    if missing := missing_parameters(metadata, parameters):
        raise BadUserInput(
            f"{metadata.name} needs "
            + _join(f"{parameter.name} ({parameter.type})" for parameter in missing)
            + ", which has no default. Set a value."
        )


def check_parameter(metadata: AppMetadata, name: str, value: Any) -> None:
    """Raise BadUserInput for one parameter, as check_parameters does."""
    parameter = metadata.parameter(name)
    if parameter is None:
        known = [parameter.name for parameter in metadata.parameters]
        similar = difflib.get_close_matches(name, known, n=3)
        raise BadUserInput(
            f"{metadata.name} has no parameter {name!r}. "
            + (f"Did you mean {_join(similar)}?" if similar else f"It has {_join(known)}.")
        )
    _check_value(metadata, parameter, value)


def missing_parameters(metadata: AppMetadata, parameters: Container[str]) -> list[Parameter]:
    """Return the required parameters without a value."""
    return [
        parameter
        for parameter in metadata.parameters
        if parameter.required and parameter.name not in parameters
    ]


def query_parameters(metadata: AppMetadata, parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return checked parameters for the query string: repeated names, key:value for maps, true and false."""
    return [
        (name, _as_text(item))
        for name, value in parameters.items()
        for item in _items(metadata.parameter(name), value)
    ]


def _items(parameter: Parameter | None, value: Any) -> list[Any]:
    if isinstance(value, dict) and (parameter is None or parameter.type == "map"):
        return [f"{key}:{_as_text(item)}" for key, item in value.items()]
    return value if isinstance(value, list) else [value]


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _check_value(metadata: AppMetadata, parameter: Parameter, value: Any) -> None:
    label = f"{metadata.name}'s parameter {parameter.name!r}"
    if value is None:
        raise BadUserInput(f"{label} is null. Set a value, or leave it out to use the app's default.")
    if isinstance(value, list) and not parameter.accepts_several:
        raise BadUserInput(f"{label} accepts a single {parameter.type}, not a list.")
    if parameter.type == "map" and isinstance(value, dict):
        _check_map(label, value)
    items = _items(parameter, value)
    if not items and parameter.default not in ([], {}):
        raise BadUserInput(
            f"{label} is empty, which an app treats as no value. "
            + ("Leave it out to use the app's default." if parameter.default is not None else "Set a value.")
        )
    for item in items:
        if not _fits(parameter.type, item):
            raise BadUserInput(
                f"{label} must be {_expected(parameter)}; {_display(item)} is {json_kind(item)}."
            )
        if isinstance(item, str) and not _encodable(item):
            raise BadUserInput(f"{label}: {_display(item)} contains a lone surrogate, half a character.")
        if (
            parameter.choices
            and _as_text(item) not in map(_as_text, parameter.choices)
            and item not in parameter.choices
        ):
            raise BadUserInput(
                f"{label} must be one of {_join(_display(choice) for choice in parameter.choices)}; "
                f"{_display(item)} is not."
            )


def _check_map(label: str, value: Mapping[Any, Any]) -> None:
    for key, item in value.items():
        if not key or ":" in key:
            raise BadUserInput(f"{label}: the key {key!r} is empty or contains a colon, which ends a key.")
        if not isinstance(item, str | int | float) or (isinstance(item, float) and not math.isfinite(item)):
            raise BadUserInput(f"{label}: the value of {key!r} must be a string; it is {json_kind(item)}.")


def _fits(kind: ParameterType, value: Any) -> bool:
    match kind:
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return _fits("integer", value) or (isinstance(value, float) and math.isfinite(value))
        case "string":
            return isinstance(value, str)
        case "map":
            return isinstance(value, str) and not value.startswith(":") and ":" in value
        case _:
            assert_never(kind)


def _expected(parameter: Parameter) -> str:
    expected = {
        "boolean": "true or false",
        "integer": "a whole number",
        "number": "a finite number",
        "string": "a string",
        "map": 'an object, or strings like "key:value"',
    }[parameter.type]
    return (
        f"a list of values, each {expected}"
        if parameter.multivalued and parameter.type != "map"
        else expected
    )


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _display(value: Any) -> str:
    text = repr(value) if not isinstance(value, bool) else _as_text(value)
    return text if len(text) <= 100 else f"{text[:100]}…"


def _join(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def effective_parameters(metadata: AppMetadata, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return every parameter in the order of the app, with its value or the app's default.

    A single value of a multivalued parameter becomes a list, a map becomes an object. A required parameter without a
    value is omitted. A value for a parameter that the app no longer has comes last.
    """
    effective = {}
    for parameter in metadata.parameters:
        value = values.get(parameter.name, parameter.default)
        if value is not None:
            effective[parameter.name] = _normalized(parameter, value)
    return effective | {name: value for name, value in values.items() if name not in effective}


def _normalized(parameter: Parameter, value: Any) -> Any:
    if parameter.type == "map":
        items = value if isinstance(value, list | dict) else [value]
        if isinstance(items, dict):
            return items
        if all(isinstance(item, str) and ":" in item for item in items):
            return dict(item.split(":", 1) for item in items)
        return items
    return [value] if parameter.multivalued and not isinstance(value, list) else value


def from_text(metadata: AppMetadata, values: Mapping[str, Any]) -> dict[str, Any]:
    """Convert values from a command line or a query string ("true", "250") to the types of the parameters.

    Values that cannot be converted and unknown parameters stay unchanged: check_parameters reports them.
    """
    return {name: _typed(metadata.parameter(name), value) for name, value in values.items()}


def _typed(parameter: Parameter | None, value: Any) -> Any:
    if parameter is None:
        return value
    if isinstance(value, list):
        return [_typed(parameter, item) for item in value]
    match parameter.type:
        case "boolean" if isinstance(value, str):
            return BOOLEANS.get(value.strip().lower(), value)
        case "integer" | "number" if isinstance(value, str):
            return _number(value, whole=parameter.type == "integer")
        case "string" if isinstance(value, bool):
            return "true" if value else "false"
        case "string" if isinstance(value, int | float):
            return str(value)
        case _:
            return value


def _number(text: str, *, whole: bool) -> Any:
    for read in (int,) if whole else (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text
