"""YAML 1.2's core schema, read as JSON values, with bounds and with the lines of errors.

PyYAML's own loader implements YAML 1.1, in which `no` is false, `1:30` is 90 and the last of two equal keys wins. This
one accepts only what JSON can express, and refuses anchors, aliases and tags, a few lines of which can expand to
gigabytes. Values are quoted on output wherever a reader of either YAML version would read another type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from chowda.errors import BadUserInput

LIMIT_CHARACTERS = 128 * 1024
_PREFIX = "tag:yaml.org,2002:"
_OTHER_BREAKS = re.compile("[\r\x85\u2028\u2029\ufeff]")
_CORE: tuple[tuple[str, str, str], ...] = (
    ("null", r"^(?:~|null|Null|NULL|)$", "~nN"),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+0123456789."),
    ("float", r"^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$", "-+."),
)


class _Loader(yaml.SafeLoader):
    """Composes nodes; their tags are resolved by the core schema."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise BadUserInput(
                _at(event, "anchors and aliases (& and *) are not allowed. Write the value out.")
            )
        return super().compose_node(parent, index)


class _Dumper(yaml.SafeDumper):
    """Writes values without anchors, even if they occur several times."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def write_text(self, data: str) -> yaml.Node:
        style = "|" if "\n" in data else None
        if _OTHER_BREAKS.search(data):  # other styles would fold these into spaces
            style = '"'
        return self.represent_scalar(f"{_PREFIX}str", data, style=style)


for _tag, _form, _first in _CORE:
    for _class in (_Loader, _Dumper):  # in addition to YAML 1.1 for the dumper
        _class.add_implicit_resolver(f"{_PREFIX}{_tag}", re.compile(_form), ["", *_first])
_Dumper.add_representer(str, _Dumper.write_text)


def write(value: Mapping[str, Any]) -> str:
    """A JSON object as YAML. Keeps the order of the keys."""
    return str(
        yaml.dump(
            value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=False
        )
    )


def read(text: str) -> tuple[Any, dict[int, int]]:
    """The JSON value, and the line (from 1) of each object and list, by id().

    Raises BadUserInput, which names the line, for text that is not YAML, too large, too deep, or not JSON-like.
    """
    if len(text) > LIMIT_CHARACTERS:
        raise BadUserInput(
            f"It has {len(text):,} characters; at most {LIMIT_CHARACTERS:,} are allowed as YAML. Use JSON for more."
        )
    lines: dict[int, int] = {}
    try:
        node = yaml.compose(text, Loader=_Loader)
        value = _value(node, lines) if node is not None else None
    except yaml.MarkedYAMLError as exc:
        where = exc.problem_mark or exc.context_mark
        line = f"line {where.line + 1}, column {where.column + 1}: " if where else ""
        raise BadUserInput(f"{line}{exc.problem or exc.context}.") from None
    except yaml.YAMLError as exc:
        raise BadUserInput(f"It can't be read: {str(exc).splitlines()[0]}.") from None
    except RecursionError:
        raise BadUserInput("It is nested too deeply.") from None
    return value, lines


def _value(node: yaml.Node, lines: dict[int, int]) -> Any:
    match node:
        case yaml.MappingNode(tag="tag:yaml.org,2002:map"):
            value: dict[str, Any] = {}
            for key, item in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise BadUserInput(_at(key, "a key must be text, not a list or an object."))
                if key.value in value:
                    raise BadUserInput(_at(key, f"the key {key.value!r} occurs twice."))
                value[key.value] = _value(item, lines)
            lines[id(value)] = node.start_mark.line + 1
            return value
        case yaml.SequenceNode(tag="tag:yaml.org,2002:seq"):
            items = [_value(item, lines) for item in node.value]
            lines[id(items)] = node.start_mark.line + 1
            return items
        case yaml.ScalarNode():
            return _scalar(node)
        case _:
            raise BadUserInput(_at(node, f"the tag {node.tag!r} is not allowed."))


def _scalar(node: yaml.ScalarNode) -> Any:
    try:
        match node.tag.removeprefix(_PREFIX):
            case "str":
                return str(node.value)
            case "null":
                return None
            case "bool":
                return node.value.lower() == "true"
            case "int":
                return int(node.value)
            case "float":
                return float(node.value.lower().replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        raise BadUserInput(_at(node, f"{node.value[:60]!r} is not a valid number.")) from None
    raise BadUserInput(_at(node, f"the tag {node.tag!r} is not allowed."))


def _at(node: Any, problem: str) -> str:
    return f"line {node.start_mark.line + 1}: {problem}"
