"""What a CLAMS app says about itself (GET / of the app), and the parameters of its metadata."""

from __future__ import annotations

import difflib
import math
from collections.abc import Container, Iterable, Mapping
from typing import Any, Literal, assert_never

import msgspec

from chowda.clams.vocabulary import version_key
from chowda.errors import BadUserInput

ParameterType = Literal["integer", "number", "string", "boolean", "map"]


class TypeSpec(msgspec.Struct, frozen=True, rename={"type": "@type"}):
    """A type that an app gives or takes. `required` says something of inputs alone."""

    type: str
    properties: dict[str, Any] = {}
    required: bool | None = None
    description: str | None = None


class Parameter(msgspec.Struct, frozen=True):
    """A runtime parameter. Without a default it is required; a map is always multivalued."""

    name: str
    type: ParameterType
    multivalued: bool = False
    choices: list[Any] | None = None
    default: Any = None
    description: str | None = None

    @property
    def required(self) -> bool:
        return self.default is None

    @property
    def takes_many(self) -> bool:
        return self.multivalued or self.type == "map"


class AppMetadata(msgspec.Struct, frozen=True):
    """Fields at their default are left out by the SDK; fields that it adds later are ignored here.

    An inner list in `input` means "one of these".
    """

    name: str
    identifier: str
    mmif_version: str
    app_version: str | None = None
    description: str | None = None
    analyzer_version: str | None = None
    analyzer_versions: dict[str, str] | None = None
    app_license: str | None = None
    analyzer_license: str | None = None
    url: str | None = None
    input: list[TypeSpec | list[TypeSpec]] = []
    output: list[TypeSpec] = []
    parameters: list[Parameter] = []
    est_gpu_mem_min: int = 0
    est_gpu_mem_typ: int = 0

    def parameter(self, name: str) -> Parameter | None:
        return next((parameter for parameter in self.parameters if parameter.name == name), None)


def parse_metadata(answer: bytes | Mapping[str, Any]) -> AppMetadata:
    """An app's description, as it came over the wire or as it was stored.

    Raises BadUserInput, each with its own message, for what is not JSON, not an object, or of another shape.
    """
    return read_metadata(answer)[0]


def read_metadata(answer: bytes | Mapping[str, Any]) -> tuple[AppMetadata, dict[str, Any]]:
    """As parse_metadata, with the description itself, as the app gave it."""
    described = _json(answer) if isinstance(answer, bytes) else dict(answer)
    if not isinstance(described, dict):
        raise BadUserInput(
            f"A CLAMS app describes itself with a JSON object; this is JSON, but {_kind(described)}."
        )
    try:
        metadata = msgspec.convert(described, AppMetadata)
        has_nul = _has_nul(described)
    except (msgspec.ValidationError, RecursionError) as exc:
        raise BadUserInput(f"This is not the description of a CLAMS app: {exc}.") from None
    for field in ("name", "identifier"):
        if not getattr(metadata, field).strip():
            raise BadUserInput(f"This is not the description of a CLAMS app: `{field}` is empty.")
    try:
        version_key(metadata.mmif_version)
    except ValueError as exc:
        raise BadUserInput(f"This is not the description of a CLAMS app: `mmif_version`: {exc}.") from None
    if has_nul:
        raise BadUserInput(
            "This description of a CLAMS app has a NUL character in it, which can't be stored."
        )
    return metadata, described


def _json(answer: bytes) -> Any:
    try:
        return msgspec.json.decode(answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        start = answer[:60].decode(errors="replace").strip()
        raise BadUserInput(
            f"A CLAMS app describes itself in JSON; this is not JSON ({exc}), it begins with {start!r}."
        ) from None
    except RecursionError:
        raise BadUserInput("A CLAMS app describes itself in JSON; this is nested too deeply.") from None


def _kind(value: object) -> str:
    match value:
        case list():
            return "a list"
        case str():
            return "a string"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case dict():
            return "an object"
        case _:
            return "null"


def _has_nul(value: object) -> bool:
    match value:
        case str():
            return "\0" in value
        case dict():
            return any(_has_nul(key) or _has_nul(item) for key, item in value.items())
        case list():
            return any(_has_nul(item) for item in value)
        case _:
            return False


def check_parameters(metadata: AppMetadata, parameters: Mapping[str, Any]) -> None:
    """Refuses parameters that the app would refuse, or take for something else.

    One value of a multivalued parameter stands for a list of one. A map is an object, or "key:value" strings.
    Raises BadUserInput, which names the parameter, the value and what would do.
    """
    for name, value in parameters.items():
        check_parameter(metadata, name, value)
    if missing := missing_parameters(metadata, parameters):
        raise BadUserInput(
            f"{metadata.name} needs "
            + _listed(f"{parameter.name} ({parameter.type})" for parameter in missing)
            + ", which has no default: give it a value."
        )


def check_parameter(metadata: AppMetadata, name: str, value: Any) -> None:
    """One of them, as in check_parameters."""
    parameter = metadata.parameter(name)
    if parameter is None:
        known = [parameter.name for parameter in metadata.parameters]
        near = difflib.get_close_matches(name, known, n=3) or known
        raise BadUserInput(
            f"{metadata.name} has no parameter {name!r}. "
            + (f"Did you mean {_listed(near)}?" if near is not known else f"It has {_listed(known)}.")
        )
    _check_value(metadata, parameter, value)


def missing_parameters(metadata: AppMetadata, parameters: Container[str]) -> list[Parameter]:
    """Those that are required and have no value."""
    return [
        parameter
        for parameter in metadata.parameters
        if parameter.required and parameter.name not in parameters
    ]


def query_parameters(metadata: AppMetadata, parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Checked parameters as the query string has them: names repeated, key:value for maps, true and false."""
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
    where = f"{metadata.name}'s parameter {parameter.name!r}"
    if value is None:
        raise BadUserInput(f"{where} is null: give it a value, or leave it out to get the app's default.")
    if isinstance(value, list) and not parameter.takes_many:
        raise BadUserInput(f"{where} takes one {parameter.type}, not a list.")
    if parameter.type == "map" and isinstance(value, dict):
        _check_map(where, value)
    items = _items(parameter, value)
    if not items and parameter.default not in ([], {}):
        raise BadUserInput(
            f"{where} is empty, and an app takes an empty value for none at all: leave it out"
            + (" to get the app's default." if parameter.default is not None else ", or give it a value.")
        )
    for item in items:
        if not _fits(parameter.type, item):
            raise BadUserInput(f"{where} must be {_wanted(parameter)}; {_shown(item)} is {_kind(item)}.")
        if isinstance(item, str) and not _encodable(item):
            raise BadUserInput(f"{where}: {_shown(item)} holds half a character (a lone surrogate).")
        if (
            parameter.choices
            and _as_text(item) not in map(_as_text, parameter.choices)
            and item not in parameter.choices
        ):
            raise BadUserInput(
                f"{where} must be one of {_listed(_shown(choice) for choice in parameter.choices)}; "
                f"{_shown(item)} is not."
            )


def _check_map(where: str, value: Mapping[Any, Any]) -> None:
    for key, item in value.items():
        if not key or ":" in key:
            raise BadUserInput(f"{where}: the key {key!r} is empty or has a colon, which apps cut keys at.")
        if not isinstance(item, str | int | float) or (isinstance(item, float) and not math.isfinite(item)):
            raise BadUserInput(f"{where}: the value of {key!r} must be a string, and is {_kind(item)}.")


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


def _wanted(parameter: Parameter) -> str:
    wanted = {
        "boolean": "true or false",
        "integer": "a whole number",
        "number": "a finite number",
        "string": "a string",
        "map": 'an object, or strings like "key:value"',
    }[parameter.type]
    return f"a list of values, each {wanted}" if parameter.multivalued and parameter.type != "map" else wanted


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _shown(value: Any) -> str:
    shown = repr(value) if not isinstance(value, bool) else _as_text(value)
    return shown if len(shown) <= 100 else f"{shown[:100]}…"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
