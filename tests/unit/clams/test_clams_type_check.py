"""Each app of a pipeline must get its required input types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chowda.clams.metadata import AppMetadata, parse_metadata
from chowda.clams.type_check import check_pipeline, missing_inputs
from chowda.enums import DocumentType
from chowda.errors import BadUserInput

DATA = Path(__file__).parents[3] / "../shared/data/app-metadata"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no metadata of real apps beside the checkout")
VIDEO, AUDIO, TEXT = DocumentType.VIDEO, DocumentType.AUDIO, DocumentType.TEXT
CURRENT = "http://clams.ai/vocabulary/type"
EARLIER = "http://mmif.clams.ai/vocabulary"


def app(name: str, inputs: list[Any], outputs: list[str]) -> AppMetadata:
    return parse_metadata(
        {
            "name": name,
            "identifier": f"http://apps.clams.ai/{name}/v1",
            "mmif_version": "1.1.0",
            "input": [[{"@type": uri} for uri in one] if isinstance(one, list) else one for one in inputs],
            "output": [{"@type": uri} for uri in outputs],
        }
    )


def required(uri: str, **properties: Any) -> dict[str, Any]:
    return {"@type": uri, "required": True} | ({"properties": properties} if properties else {})


def real(name: str) -> AppMetadata:
    return parse_metadata((DATA / f"{name}.metadata.json").read_bytes())


def refusal(*arguments: Any) -> str:
    with pytest.raises(BadUserInput) as caught:
        check_pipeline(*arguments)
    return caught.value.message


SCENES = app("scenes", [required(f"{CURRENT}/VideoDocument/v2")], [f"{CURRENT}/TimeFrame/v6"])
OCR = app(
    "ocr",
    [required(f"{EARLIER}/VideoDocument/v1"), required(f"{EARLIER}/TimeFrame/v5")],
    [f"{EARLIER}/TextDocument/v1"],
)


def test_output_of_an_earlier_step_matches_across_vocabulary_versions() -> None:
    check_pipeline([SCENES, OCR])
    check_pipeline([SCENES, OCR], [VIDEO])


def test_wrong_order_is_refused_with_missing_and_available_types() -> None:
    message = refusal([OCR, SCENES])
    assert message.startswith("Step 1 (ocr) needs TimeFrame,")
    assert "documents: AudioDocument, ImageDocument, TextDocument, VideoDocument" in message


def test_message_lists_the_outputs_of_earlier_steps() -> None:
    message = refusal([SCENES, OCR, app("ner", [required("http://vocab.lappsgrid.org/Token")], [])], [VIDEO])
    assert message.startswith("Step 3 (ner) needs Token,")
    assert "step 1 (scenes): TimeFrame; from step 2 (ocr): TextDocument" in message


def test_any_document_is_available_unless_types_are_given() -> None:
    listener = app("listener", [required(f"{CURRENT}/AudioDocument/v2")], [f"{CURRENT}/TimeFrame/v6"])
    check_pipeline([listener])
    assert "Step 1 (listener) needs AudioDocument" in refusal([listener], [VIDEO, TEXT])
    check_pipeline([listener], [VIDEO, AUDIO])


def test_types_in_the_starting_mmif_are_available() -> None:
    assert "Step 1" in refusal([OCR], [VIDEO])
    check_pipeline([OCR], [VIDEO], iter([f"{CURRENT}/TimeFrame/v6"]))
    assert "the MMIF it starts from: TimePoint" in refusal([OCR], [VIDEO], iter([f"{CURRENT}/TimePoint/v5"]))


def test_one_type_of_an_inner_list_is_enough() -> None:
    either = app("either", [[f"{CURRENT}/AudioDocument/v2", f"{CURRENT}/VideoDocument/v2"]], [])
    check_pipeline([either], [VIDEO])
    check_pipeline([either], [AUDIO])
    assert "needs AudioDocument or VideoDocument" in refusal([either], [TEXT])


def test_optional_input_is_never_missing() -> None:
    optional = app("optional", [{"@type": "http://vocab.lappsgrid.org/Token", "required": False}], [])
    assert missing_inputs(optional, []) == []


def test_properties_of_inputs_are_ignored() -> None:
    labelled = app("labelled", [required(f"{CURRENT}/TimeFrame/v6", label="slate", representatives="?")], [])
    check_pipeline([SCENES, labelled])


def test_every_document_type_counts_as_document() -> None:
    general = app("general", [required(f"{CURRENT}/Document/v2")], [])
    check_pipeline([general], [TEXT])
    assert "needs Document" in refusal([general], [])


@needs_data
def test_compatible_real_apps_are_accepted() -> None:
    check_pipeline([real("swt-detection.v8.9"), real("tesseract.v2.1"), real("spacy-wrapper.v2.2")], [VIDEO])
    check_pipeline([real("tonedetection.v2.1"), real("text-slicer.v1.0")], [AUDIO, TEXT])
    check_pipeline([real("pyscenedetect-wrapper.v5"), real("smolvlm2-captioner.v1.1")], [VIDEO])


@needs_data
def test_incompatible_real_apps_are_refused() -> None:
    assert "Step 1 (TesseractOCR Wrapper) needs TimeFrame" in refusal([real("tesseract.v2.1")])
    assert "Step 1 (CLAMS wrapper for spaCy NLP) needs TextDocument" in refusal(
        [real("spacy-wrapper.v2.2")], [VIDEO]
    )
    assert "Step 2 (Text Slicer) needs TextDocument" in refusal(
        [real("barsdetection.v1.1"), real("text-slicer.v1.0")], [VIDEO]
    )
