"""Reading what an app says about itself, and checking parameters against it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chowda.clams.metadata import (
    AppMetadata,
    check_parameters,
    parse_metadata,
    query_parameters,
    read_metadata,
)
from chowda.errors import BadUserInput

DATA = Path(__file__).parents[3] / "../shared/data/app-metadata"
REAL = {
    "barsdetection.v1.1": "1.0.0",
    "pyscenedetect-wrapper.v5": "1.2.0",
    "smolvlm2-captioner.v1.1": "1.2.0",
    "spacy-wrapper.v2.2": "1.2.0",
    "swt-detection.v8.9": "1.2.0",
    "tesseract.v2.1": "1.1.0",
    "text-slicer.v1.0": "1.0.5",
    "tonedetection.v2.1": "1.2.0",
}
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no real app descriptions beside the checkout")
LEAST = {"name": "least", "identifier": "http://apps.clams.ai/least/v1", "mmif_version": "1.1.0"}


def real(name: str) -> AppMetadata:
    return parse_metadata((DATA / f"{name}.metadata.json").read_bytes())


def app(*parameters: dict[str, Any]) -> AppMetadata:
    return parse_metadata(LEAST | {"parameters": list(parameters)})


def refusal(metadata: AppMetadata, **parameters: Any) -> str:
    with pytest.raises(BadUserInput) as caught:
        check_parameters(metadata, parameters)
    return caught.value.message


@needs_data
@pytest.mark.parametrize(("name", "mmif_version"), REAL.items())
def test_real_descriptions_load_and_their_defaults_need_no_parameters(name: str, mmif_version: str) -> None:
    metadata = real(name)
    assert metadata.mmif_version == mmif_version
    assert metadata.identifier.startswith("http://apps.clams.ai/")
    assert metadata.input
    assert metadata.output
    needed = {parameter.name for parameter in metadata.parameters if parameter.required}
    assert needed == ({"containLabel"} if name == "text-slicer.v1.0" else set())


@needs_data
def test_an_inner_list_of_inputs_is_kept_as_alternatives() -> None:
    (alternatives,) = real("tonedetection.v2.1").input
    assert isinstance(alternatives, list)
    assert [spec.type.split("/")[-2] for spec in alternatives] == ["AudioDocument", "VideoDocument"]


def test_fields_that_the_sdk_leaves_out_or_adds_later_do_not_matter() -> None:
    metadata = parse_metadata(LEAST | {"app_tags": ["new"], "est_gpu_mem_min": 400})
    assert (metadata.input, metadata.parameters, metadata.est_gpu_mem_min) == ([], [], 400)


def test_the_description_is_given_back_as_it_came() -> None:
    described = LEAST | {"app_tags": ["x"], "more": {"a": "b"}}
    assert read_metadata(json.dumps(described).encode())[1] == described


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "not JSON"),
        (b"<html>Welcome</html>", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"name": NaN}', "not JSON"),
        (b"[" * 300_000, "nested too deeply"),
        (b"[]", "a list"),
        (b'"hello"', "a string"),
        (b"null", "null"),
        (b'{"message": "hello"}', "`name`"),
        (json.dumps(LEAST | {"identifier": 7}).encode(), "$.identifier"),
        (json.dumps(LEAST | {"identifier": " "}).encode(), "`identifier` is empty"),
        (json.dumps(LEAST | {"mmif_version": "new"}).encode(), "`mmif_version`: 'new'"),
        (json.dumps(LEAST | {"input": [{"required": True}]}).encode(), "`@type` - at `$.input[0]`"),
        (json.dumps(LEAST | {"parameters": [{"name": "a", "type": "int"}]}).encode(), "$.parameters[0].type"),
        (json.dumps(LEAST | {"name": "a\0b"}).encode(), "NUL"),
    ],
)
def test_what_is_no_description_is_refused_with_the_reason(answer: bytes, said: str) -> None:
    with pytest.raises(BadUserInput) as caught:
        parse_metadata(answer)
    assert said in caught.value.message


def test_an_unknown_parameter_is_refused_with_those_that_are_near() -> None:
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


def test_null_is_not_taken_for_the_default() -> None:
    assert "leave it out" in refusal(app({"name": "p", "type": "string", "default": "x"}), p=None)


def test_a_list_for_a_single_value_is_refused() -> None:
    assert "not a list" in refusal(app({"name": "p", "type": "string", "default": "x"}), p=["a"])


def test_a_value_must_be_among_the_choices_and_they_are_listed() -> None:
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


def test_a_parameter_without_a_default_is_required() -> None:
    metadata = app({"name": "label", "type": "string", "multivalued": True}, {"name": "n", "type": "integer"})
    assert "label (string), n (integer)" in refusal(metadata)
    assert "n (integer)" in refusal(metadata, label="slate")
    assert "'label' is empty" in refusal(metadata, label=[], n=1)
    check_parameters(metadata, {"label": "slate", "n": 0})


def test_an_empty_list_is_refused_where_the_app_would_take_its_default_instead() -> None:
    metadata = app(
        {"name": "filled", "type": "string", "default": ["a"], "multivalued": True},
        {"name": "free", "type": "string", "default": [], "multivalued": True},
    )
    check_parameters(metadata, {"free": []})
    assert "leave it out to get the app's default" in refusal(metadata, filled=[])


@pytest.mark.parametrize(
    "value", [{"S": "slate", "I": "chyron"}, ["S:slate", "I:chyron"], "S:slate", {"n": 3}, {}]
)
def test_a_map_is_an_object_or_strings_with_a_colon(value: Any) -> None:
    check_parameters(app({"name": "m", "type": "map", "default": []}), {"m": value})


@pytest.mark.parametrize(
    "value", ["slate", [":x"], {"a:b": "c"}, {"": "x"}, {"a": None}, {"a": ["b"]}, 3, [1]]
)
def test_what_apps_could_not_read_as_a_map_is_refused(value: Any) -> None:
    assert "'m'" in refusal(app({"name": "m", "type": "map", "default": []}), m=value)


def test_parameters_go_into_the_query_string_as_apps_read_them() -> None:
    metadata = app(
        {"name": "many", "type": "string", "default": [], "multivalued": True},
        {"name": "map", "type": "map", "default": []},
        {"name": "flag", "type": "boolean", "default": True},
        {"name": "rate", "type": "number", "default": 1},
        {"name": "start", "type": "integer", "default": 1},
    )
    given = {
        "many": ["b", "a", "b"],
        "map": {"S": "slate:x", "on": True},
        "flag": False,
        "rate": 1e-7,
        "start": 2**63 - 1,
    }
    check_parameters(metadata, given)
    assert query_parameters(metadata, given) == [
        ("many", "b"),
        ("many", "a"),
        ("many", "b"),
        ("map", "S:slate:x"),
        ("map", "on:true"),
        ("flag", "false"),
        ("rate", "1e-07"),
        ("start", "9223372036854775807"),
    ]


def test_one_value_of_a_multivalued_parameter_is_sent_once() -> None:
    metadata = app({"name": "many", "type": "string", "multivalued": True}, {"name": "map", "type": "map"})
    assert query_parameters(metadata, {"many": "a", "map": "k:v"}) == [("many", "a"), ("map", "k:v")]
