"""Checking parameters, their effective values, and their conversion from and to text."""

from __future__ import annotations

from typing import Any

import pytest
from factories import app_metadata

from chowda.clams.metadata import AppMetadata, parse_metadata
from chowda.clams.parameters import check_parameters, effective_parameters, from_text, query_parameters
from chowda.errors import BadUserInput


def app(*parameters: dict[str, Any]) -> AppMetadata:
    return parse_metadata(app_metadata("app", parameters=list(parameters)))


def refusal(metadata: AppMetadata, **parameters: Any) -> str:
    with pytest.raises(BadUserInput) as caught:
        check_parameters(metadata, parameters)
    return caught.value.message


def test_unknown_parameter_is_refused_with_similar_names() -> None:
    metadata = app(
        {"name": "threshold", "type": "number", "default": 1},
        {"name": "mode", "type": "string", "default": ""},
    )
    assert "Did you mean threshold?" in refusal(metadata, treshold=2)
    assert "It has threshold, mode." in refusal(metadata, zzz=2)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("integer", [0, -3, 2**63], [1.0, "1", True, [1], {}]),
        ("number", [0, 2.5, -1e-9], ["1", True, float("nan"), float("inf"), -float("inf")]),
        ("string", ["", "é", "a:b"], [1, True, {"a": "b"}, "\ud800"]),
        ("boolean", [True, False], ["true", 0, 1]),
    ],
)
def test_values_must_have_the_type_of_their_parameter(kind: str, good: list[Any], bad: list[Any]) -> None:
    single = app({"name": "p", "type": kind, "default": 1})
    many = app({"name": "p", "type": kind, "default": [], "multivalued": True})
    for value in good:
        check_parameters(single, {"p": value})
        check_parameters(many, {"p": value})
        check_parameters(many, {"p": [value, value]})
    for value in bad:
        assert "'p'" in refusal(single, p=value)
        if not isinstance(value, list):
            assert "'p'" in refusal(many, p=[good[0], value])


def test_null_is_refused() -> None:
    assert "leave it out" in refusal(app({"name": "p", "type": "string", "default": "x"}), p=None)


def test_list_for_a_single_value_is_refused() -> None:
    assert "not a list" in refusal(app({"name": "p", "type": "string", "default": "x"}), p=["a"])


def test_value_must_be_one_of_the_choices() -> None:
    metadata = app(
        {"name": "mode", "type": "string", "default": "a", "choices": ["a", "b"]},
        {"name": "level", "type": "integer", "default": 1, "choices": ["1", "2"]},
        {"name": "many", "type": "string", "default": [], "choices": ["x", "y"], "multivalued": True},
    )
    check_parameters(metadata, {"mode": "b", "level": 2, "many": ["x", "y"]})
    assert "one of 'a', 'b'; 'c' is not" in refusal(metadata, mode="c")
    assert "'mode'" in refusal(metadata, mode="A")
    assert "3 is not" in refusal(metadata, level=3)
    assert "'z' is not" in refusal(metadata, many=["x", "z"])


def test_parameter_without_a_default_is_required() -> None:
    metadata = app({"name": "label", "type": "string", "multivalued": True}, {"name": "n", "type": "integer"})
    assert "label (string), n (integer)" in refusal(metadata)
    assert "n (integer)" in refusal(metadata, label="slate")
    assert "'label' is empty" in refusal(metadata, label=[], n=1)
    check_parameters(metadata, {"label": "slate", "n": 0})


def test_empty_list_is_refused_if_the_app_would_use_its_default() -> None:
    metadata = app(
        {"name": "filled", "type": "string", "default": ["a"], "multivalued": True},
        {"name": "free", "type": "string", "default": [], "multivalued": True},
    )
    check_parameters(metadata, {"free": []})
    assert "Leave it out to use the app's default" in refusal(metadata, filled=[])


@pytest.mark.parametrize(
    "value", [{"S": "slate", "I": "chyron"}, ["S:slate", "I:chyron"], "S:slate", {"n": 3}, {}]
)
def test_map_may_be_an_object_or_strings_with_a_colon(value: Any) -> None:
    check_parameters(app({"name": "m", "type": "map", "default": []}), {"m": value})


@pytest.mark.parametrize(
    "value", ["slate", [":x"], {"a:b": "c"}, {"": "x"}, {"a": None}, {"a": ["b"]}, 3, [1]]
)
def test_invalid_map_is_refused(value: Any) -> None:
    assert "'m'" in refusal(app({"name": "m", "type": "map", "default": []}), m=value)


def test_query_string_has_the_form_that_apps_read() -> None:
    metadata = app(
        {"name": "many", "type": "string", "default": [], "multivalued": True},
        {"name": "map", "type": "map", "default": []},
        {"name": "flag", "type": "boolean", "default": True},
        {"name": "rate", "type": "number", "default": 1},
        {"name": "start", "type": "integer", "default": 1},
    )
    values = {
        "many": ["b", "a", "b"],
        "map": {"S": "slate:x", "on": True},
        "flag": False,
        "rate": 1e-7,
        "start": 2**63 - 1,
    }
    check_parameters(metadata, values)
    assert query_parameters(metadata, values) == [
        ("many", "b"),
        ("many", "a"),
        ("many", "b"),
        ("map", "S:slate:x"),
        ("map", "on:true"),
        ("flag", "false"),
        ("rate", "1e-07"),
        ("start", "9223372036854775807"),
    ]


def test_single_value_of_a_multivalued_parameter_is_sent_once() -> None:
    metadata = app({"name": "many", "type": "string", "multivalued": True}, {"name": "map", "type": "map"})
    assert query_parameters(metadata, {"many": "a", "map": "k:v"}) == [("many", "a"), ("map", "k:v")]


def test_effective_parameters_are_values_or_defaults_in_the_apps_order() -> None:
    metadata = app(
        {"name": "a", "type": "integer", "default": 0},
        {"name": "b", "type": "string", "default": "x"},
        {"name": "needed", "type": "string"},
        {"name": "old", "type": "boolean", "default": 0},
    )
    effective = effective_parameters(metadata, {"b": "y", "gone": 1})
    assert effective == {"a": 0, "b": "y", "old": False, "gone": 1}
    assert list(effective) == ["a", "b", "old", "gone"]
    assert effective["old"] is False


def test_effective_parameters_normalize_lists_and_maps() -> None:
    metadata = app(
        {"name": "labels", "type": "string", "multivalued": True, "default": []},
        {"name": "names", "type": "map", "multivalued": True, "default": []},
    )
    assert effective_parameters(metadata, {}) == {"labels": [], "names": {}}
    values = {"labels": "slate", "names": ["S:slate", "-:a:b"]}
    assert effective_parameters(metadata, values) == {
        "labels": ["slate"],
        "names": {"S": "slate", "-": "a:b"},
    }


def test_text_is_converted_to_the_types_of_the_parameters() -> None:
    metadata = app(
        {"name": "flag", "type": "boolean", "default": False},
        {"name": "count", "type": "integer", "default": 1},
        {"name": "share", "type": "number", "default": 0.5},
        {"name": "model", "type": "string", "default": "tiny"},
        {"name": "many", "type": "integer", "multivalued": True, "default": []},
    )
    values = {"flag": "True", "count": "250", "share": "0.05", "model": 5, "many": ["1", "x"], "unknown": "1"}
    read = from_text(metadata, values)
    assert read == {"flag": True, "count": 250, "share": 0.05, "model": "5", "many": [1, "x"], "unknown": "1"}
    assert from_text(metadata, {"count": "2.5", "flag": "yes"}) == {"count": "2.5", "flag": "yes"}


@pytest.mark.parametrize(
    ("parameter", "default"),
    [
        ({"type": "boolean", "default": 0}, False),
        ({"type": "boolean", "default": 1}, True),
        ({"type": "boolean", "default": "False"}, False),
        ({"type": "boolean", "default": "t"}, True),
        ({"type": "boolean", "default": True}, True),
        ({"type": "integer", "default": "5"}, 5),
        ({"type": "integer", "default": 5}, 5),
        ({"type": "number", "default": "0.5"}, 0.5),
        ({"type": "number", "default": "much"}, "much"),
        ({"type": "string", "default": 1}, "1"),
        ({"type": "string", "default": "x", "multivalued": True}, ["x"]),
        ({"type": "integer", "default": ["1", 2], "multivalued": True}, [1, 2]),
        ({"type": "string", "default": [], "multivalued": True}, []),
        ({"type": "map", "default": "a:b:c", "multivalued": True}, ["a:b:c"]),
        ({"type": "map", "default": {"a": "b"}}, ["a:b"]),
        ({"type": "map", "default": []}, []),
        ({"type": "string"}, None),
    ],
)
def test_default_is_as_the_sdk_gives_it(parameter: dict[str, object], default: object) -> None:
    read = parse_metadata(app_metadata("app", parameters=[{"name": "x", "description": "d", **parameter}]))
    found = read.parameters[0].default
    assert (found, type(found)) == (default, type(default))
