"""Parsing the metadata of an app."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chowda.clams.metadata import AppMetadata, parse_metadata, read_metadata
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
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no metadata of real apps beside the checkout")
MINIMAL = {"name": "minimal", "identifier": "http://apps.clams.ai/minimal/v1", "mmif_version": "1.1.0"}


def real(name: str) -> AppMetadata:
    return parse_metadata((DATA / f"{name}.metadata.json").read_bytes())


@needs_data
@pytest.mark.parametrize(("name", "mmif_version"), REAL.items())
def test_metadata_of_real_apps_is_read_with_its_required_parameters(name: str, mmif_version: str) -> None:
    metadata = real(name)
    assert metadata.mmif_version == mmif_version
    assert metadata.identifier.startswith("http://apps.clams.ai/")
    assert metadata.input
    assert metadata.output
    needed = {parameter.name for parameter in metadata.parameters if parameter.required}
    assert needed == ({"containLabel"} if name == "text-slicer.v1.0" else set())


@needs_data
def test_inner_list_of_inputs_is_a_list_of_alternatives() -> None:
    (alternatives,) = real("tonedetection.v2.1").input
    assert isinstance(alternatives, list)
    assert [spec.type.split("/")[-2] for spec in alternatives] == ["AudioDocument", "VideoDocument"]


def test_missing_and_unknown_fields_are_accepted() -> None:
    metadata = parse_metadata(MINIMAL | {"app_tags": ["new"], "est_gpu_mem_min": 400})
    assert (metadata.input, metadata.parameters, metadata.est_gpu_mem_min) == ([], [], 400)


def test_metadata_is_also_returned_unchanged() -> None:
    described = MINIMAL | {"app_tags": ["x"], "more": {"a": "b"}}
    assert read_metadata(json.dumps(described).encode())[1] == described


@pytest.mark.parametrize(
    ("answer", "expected"),
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
        (json.dumps(MINIMAL | {"identifier": 7}).encode(), "$.identifier"),
        (json.dumps(MINIMAL | {"identifier": " "}).encode(), "`identifier` is empty"),
        (json.dumps(MINIMAL | {"mmif_version": "new"}).encode(), "`mmif_version`: 'new'"),
        (json.dumps(MINIMAL | {"input": [{"required": True}]}).encode(), "`@type` - at `$.input[0]`"),
        (
            json.dumps(MINIMAL | {"parameters": [{"name": "a", "type": "int"}]}).encode(),
            "$.parameters[0].type",
        ),
        (json.dumps(MINIMAL | {"name": "a\0b"}).encode(), "NUL"),
    ],
)
def test_other_content_is_refused_with_the_reason(answer: bytes, expected: str) -> None:
    with pytest.raises(BadUserInput) as caught:
        parse_metadata(answer)
    assert expected in caught.value.message
