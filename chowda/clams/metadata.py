"""The metadata of a CLAMS app, which it returns for GET /."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from chowda.clams.vocabulary import version_key
from chowda.errors import BadUserInput

ParameterType = Literal["integer", "number", "string", "boolean", "map"]
FALSE_TEXTS = frozenset({"False", "false", "F", "f", "0"})
"What the SDK reads as false (falsy_values); everything else is true."


class TypeSpec(msgspec.Struct, frozen=True, rename={"type": "@type"}):
    """A type in the input or output of an app. `required` only applies to inputs."""

    type: str
    properties: dict[str, Any] = {}
    required: bool | None = None
    description: str | None = None


class Parameter(msgspec.Struct, frozen=True):
    """A runtime parameter. Without a default it is required; a map is always multivalued.

    The default is as the SDK's RuntimeParameter gives it, whatever the app published: a list if the parameter is
    multivalued (of key:value strings for a map), and in the parameter's type, for which older SDKs wrote 0 and 1
    instead of false and true, and 1 instead of "1".
    """

    name: str
    type: ParameterType
    multivalued: bool = False
    choices: list[Any] | None = None
    default: Any = None
    description: str | None = None

    def __post_init__(self) -> None:
        if self.default is not None:
            msgspec.structs.force_setattr(self, "default", _default(self))

    @property
    def required(self) -> bool:
        return self.default is None

    @property
    def accepts_several(self) -> bool:
        return self.multivalued or self.type == "map"


def _default(parameter: Parameter) -> Any:
    default = parameter.default
    if isinstance(default, dict) and parameter.type == "map":
        default = [f"{key}:{item}" for key, item in default.items()]
    if isinstance(default, list):
        return [_cast(parameter.type, item) for item in default]
    default = _cast(parameter.type, default)
    return [default] if parameter.accepts_several else default


def _cast(kind: ParameterType, value: Any) -> Any:
    """A value in the type of its parameter, as the SDK casts it. A value that it cannot cast stays as it is."""
    text = str(value)
    try:
        match kind:
            case "boolean" if isinstance(value, bool | int | float | str):
                return text not in FALSE_TEXTS
            case "integer" if isinstance(value, str):
                return int(value)
            case "number" if isinstance(value, str):
                return float(value)
            case "string" if isinstance(value, bool | int | float):
                return text
    except ValueError:
        pass
    return value


class AppMetadata(msgspec.Struct, frozen=True):
    """The SDK omits fields at their default. Fields of later SDKs are ignored.

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
    """Parse metadata from an app's answer or from the database.

    Raises BadUserInput if it is not JSON, not an object, or not the metadata of an app.
    """
    return read_metadata(answer)[0]


def read_metadata(answer: bytes | Mapping[str, Any]) -> tuple[AppMetadata, dict[str, Any]]:
    """Like parse_metadata, but also return the metadata as the app sent it."""
    raw = _decode_json(answer) if isinstance(answer, bytes) else dict(answer)
    if not isinstance(raw, dict):
        raise BadUserInput(f"The metadata of a CLAMS app is a JSON object; this is {json_kind(raw)}.")
    try:
        metadata = msgspec.convert(raw, AppMetadata)
        has_nul = _has_nul(raw)
    except (msgspec.ValidationError, RecursionError) as exc:
        raise BadUserInput(f"This is not the metadata of a CLAMS app: {exc}.") from None
    for field in ("name", "identifier"):
        if not getattr(metadata, field).strip():
            raise BadUserInput(f"This is not the metadata of a CLAMS app: `{field}` is empty.")
    try:
        version_key(metadata.mmif_version)
    except ValueError as exc:
        raise BadUserInput(f"This is not the metadata of a CLAMS app: `mmif_version`: {exc}.") from None
    if has_nul:
        raise BadUserInput("The metadata contains a NUL character, which cannot be stored.")
    return metadata, raw


def _decode_json(answer: bytes) -> Any:
    try:
        return msgspec.json.decode(answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        start = answer[:60].decode(errors="replace").strip()
        raise BadUserInput(
            f"The metadata of a CLAMS app is JSON; this is not JSON ({exc}). It starts with {start!r}."
        ) from None
    except RecursionError:
        raise BadUserInput("The metadata of a CLAMS app is JSON; this is nested too deeply.") from None


def json_kind(value: object) -> str:
    """Return the kind of a JSON value for a message."""
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
