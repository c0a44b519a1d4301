"""Whether the apps of a pipeline get the types they take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chowda.clams.metadata import AppMetadata, parse_metadata
from chowda.clams.type_check import check_pipeline, missing_inputs
from chowda.enums import DocumentType
from chowda.errors import BadUserInput

DATA = Path(__file__).parents[3] / "../shared/data/app-metadata"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no real app descriptions beside the checkout")
VIDEO, AUDIO, TEXT = DocumentType.VIDEO, DocumentType.AUDIO, DocumentType.TEXT
NOW = "http://clams.ai/vocabulary/type"
THEN = "http://mmif.clams.ai/vocabulary"


def app(name: str, takes: list[Any], gives: list[str]) -> AppMetadata:
    return parse_metadata(
        {
            "name": name,
            "identifier": f"http://apps.clams.ai/{name}/v1",
            "mmif_version": "1.1.0",
            "input": [[{"@type": uri} for uri in one] if isinstance(one, list) else one for one in takes],
            "output": [{"@type": uri} for uri in gives],
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


SCENES = app("scenes", [required(f"{NOW}/VideoDocument/v2")], [f"{NOW}/TimeFrame/v6"])
OCR = app(
    "ocr",
    [required(f"{THEN}/VideoDocument/v1"), required(f"{THEN}/TimeFrame/v5")],
    [f"{THEN}/TextDocument/v1"],
)


def test_an_earlier_step_gives_what_a_later_one_takes_in_another_generation_of_the_vocabulary() -> None:
    check_pipeline([SCENES, OCR])
    check_pipeline([SCENES, OCR], [VIDEO])


def test_steps_in_the_wrong_order_are_refused_with_step_lack_and_offer() -> None:
    message = refusal([OCR, SCENES])
    assert message.startswith("Step 1 (ocr) needs TimeFrame,")
    assert "documents: AudioDocument, ImageDocument, TextDocument, VideoDocument" in message


def test_the_refusal_says_what_earlier_steps_give() -> None:
    message = refusal([SCENES, OCR, app("ner", [required("http://vocab.lappsgrid.org/Token")], [])], [VIDEO])
    assert message.startswith("Step 3 (ner) needs Token,")
    assert "step 1 (scenes): TimeFrame; from step 2 (ocr): TextDocument" in message


def test_documents_of_any_kind_count_until_it_is_known_which_there_are() -> None:
    listener = app("listener", [required(f"{NOW}/AudioDocument/v2")], [f"{NOW}/TimeFrame/v6"])
    check_pipeline([listener])
    assert "Step 1 (listener) needs AudioDocument" in refusal([listener], [VIDEO, TEXT])
    check_pipeline([listener], [VIDEO, AUDIO])


def test_what_the_mmif_at_the_start_holds_counts_too() -> None:
    assert "Step 1" in refusal([OCR], [VIDEO])
    check_pipeline([OCR], [VIDEO], iter([f"{NOW}/TimeFrame/v6"]))
    assert "the MMIF it starts from: TimePoint" in refusal([OCR], [VIDEO], iter([f"{NOW}/TimePoint/v5"]))


def test_an_inner_list_is_satisfied_by_any_of_it() -> None:
    either = app("either", [[f"{NOW}/AudioDocument/v2", f"{NOW}/VideoDocument/v2"]], [])
    check_pipeline([either], [VIDEO])
    check_pipeline([either], [AUDIO])
    assert "needs AudioDocument or VideoDocument" in refusal([either], [TEXT])


def test_an_input_that_is_not_required_does_not_block() -> None:
    optional = app("optional", [{"@type": "http://vocab.lappsgrid.org/Token", "required": False}], [])
    assert missing_inputs(optional, []) == []


def test_properties_do_not_block() -> None:
    labelled = app("labelled", [required(f"{NOW}/TimeFrame/v6", label="slate", representatives="?")], [])
    check_pipeline([SCENES, labelled])


def test_any_document_does_where_just_a_document_is_wanted() -> None:
    general = app("general", [required(f"{NOW}/Document/v2")], [])
    check_pipeline([general], [TEXT])
    assert "needs Document" in refusal([general], [])


@needs_data
def test_real_apps_that_go_together_pass() -> None:
    check_pipeline([real("swt-detection.v8.9"), real("tesseract.v2.1"), real("spacy-wrapper.v2.2")], [VIDEO])
    check_pipeline([real("tonedetection.v2.1"), real("text-slicer.v1.0")], [AUDIO, TEXT])
    check_pipeline([real("pyscenedetect-wrapper.v5"), real("smolvlm2-captioner.v1.1")], [VIDEO])


@needs_data
def test_real_apps_that_do_not_go_together_are_refused() -> None:
    assert "Step 1 (TesseractOCR Wrapper) needs TimeFrame" in refusal([real("tesseract.v2.1")])
    assert "Step 1 (CLAMS wrapper for spaCy NLP) needs TextDocument" in refusal(
        [real("spacy-wrapper.v2.2")], [VIDEO]
    )
    assert "Step 2 (Text Slicer) needs TextDocument" in refusal(
        [real("barsdetection.v1.1"), real("text-slicer.v1.0")], [VIDEO]
    )
