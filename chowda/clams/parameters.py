"""The values of an app's parameters: what a step gives, what is in force, and values that came as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chowda.clams.metadata import AppMetadata, Parameter

WORDS = {"true": True, "false": False}


def effective_parameters(metadata: AppMetadata, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter of the app, in its own order, with the value given, else the app's default.

    One value of a multivalued parameter becomes a list, a map an object. What is required and not given is left
    out; what is given and unknown to the app (it has changed since) comes last.
    """
    effective = {}
    for parameter in metadata.parameters:
        value = given.get(parameter.name, parameter.default)
        if value is not None:
            effective[parameter.name] = _in_form(parameter, value)
    return effective | {name: value for name, value in given.items() if name not in effective}


def _in_form(parameter: Parameter, value: Any) -> Any:
    if parameter.type == "map":
        items = value if isinstance(value, list | dict) else [value]
        if isinstance(items, dict):
            return items
        if all(isinstance(item, str) and ":" in item for item in items):
            return dict(item.split(":", 1) for item in items)
        return items
    if parameter.type == "boolean" and isinstance(value, int) and value in (0, 1):
        return bool(value)  # older SDKs write a boolean's default as 0 or 1
    return [value] if parameter.multivalued and not isinstance(value, list) else value


def from_text(metadata: AppMetadata, given: Mapping[str, Any]) -> dict[str, Any]:
    """Values as a command line or a query string has them ("true", "250"), in the types of the parameters.

    What can't be read so, and what the app doesn't know, stays as it is: check_parameters says what is wrong.
    """
    return {name: _typed(metadata.parameter(name), value) for name, value in given.items()}


def _typed(parameter: Parameter | None, value: Any) -> Any:
    if parameter is None:
        return value
    if isinstance(value, list):
        return [_typed(parameter, item) for item in value]
    match parameter.type:
        case "boolean" if isinstance(value, str):
            return WORDS.get(value.strip().lower(), value)
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
