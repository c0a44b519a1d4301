"""YAML as people write it, read as plain JSON values: YAML 1.2's core schema, in bounds, with the lines of errors.

PyYAML's own loader is of YAML 1.1, in which `no` is false, `1:30` is 90 and of a repeated key the last one counts.
What is read here is what JSON could say. Anchors, aliases and tags are refused: a few lines of them can stand for
gigabytes. What is written is quoted wherever a reader of either version could take it for something else.
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
            raise BadUserInput(_at(event, "anchors and aliases (& and *) are not taken: write it out."))
        return super().compose_node(parent, index)


class _Dumper(yaml.SafeDumper):
    """Writes everything out, however often it stands in the value."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def write_text(self, data: str) -> yaml.Node:
        style = "|" if "\n" in data else None
        if _OTHER_BREAKS.search(data):  # which other styles would fold into spaces
            style = '"'
        return self.represent_scalar(f"{_PREFIX}str", data, style=style)


for _tag, _form, _first in _CORE:
    for _class in (_Loader, _Dumper):  # the dumper knows YAML 1.1's forms besides
        _class.add_implicit_resolver(f"{_PREFIX}{_tag}", re.compile(_form), ["", *_first])
_Dumper.add_representer(str, _Dumper.write_text)


def write(value: Mapping[str, Any]) -> str:
    """A JSON object as YAML, in the order of its keys."""
    return str(
        yaml.dump(
            value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=False
        )
    )


def read(text: str) -> tuple[Any, dict[int, int]]:
    """The value as JSON would have it, and the line (from 1) of each object and list, by its id().

    Raises BadUserInput, with the line, for what is not YAML, too large or too deep, or more than JSON can say.
    """
    if len(text) > LIMIT_CHARACTERS:
        raise BadUserInput(
            f"It has {len(text):,} characters; as YAML at most {LIMIT_CHARACTERS:,} are taken, as JSON more."
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
            read: dict[str, Any] = {}
            for key, item in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise BadUserInput(_at(key, "a key must be a word, not a list or an object."))
                if key.value in read:
                    raise BadUserInput(_at(key, f"the key {key.value!r} stands there twice."))
                read[key.value] = _value(item, lines)
            lines[id(read)] = node.start_mark.line + 1
            return read
        case yaml.SequenceNode(tag="tag:yaml.org,2002:seq"):
            items = [_value(item, lines) for item in node.value]
            lines[id(items)] = node.start_mark.line + 1
            return items
        case yaml.ScalarNode():
            return _scalar(node)
        case _:
            raise BadUserInput(_at(node, f"the tag {node.tag!r} is not taken."))


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
        raise BadUserInput(_at(node, f"{node.value[:60]!r} is not a number that can be read.")) from None
    raise BadUserInput(_at(node, f"the tag {node.tag!r} is not taken."))


def _at(place: Any, problem: str) -> str:
    return f"line {place.start_mark.line + 1}: {problem}"
