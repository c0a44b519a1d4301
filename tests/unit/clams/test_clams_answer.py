"""Checks of an app's answer and of an upload."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chowda.clams.answer import check_answer, check_upload
from chowda.clams.mmif import DocumentOutline, MmifOutline, ViewError, ViewOutline
from chowda.enums import DocumentType
from chowda.errors import BadUserInput, StepErrorCode, StepFailure

APP = "http://apps.clams.ai/ocr/v1.0"
OTHER = "http://apps.clams.ai/scenes/v2"
VIDEO = "http://mmif.clams.ai/vocabulary/VideoDocument/v1"
D1 = DocumentOutline("d1", VIDEO, "file:///data/a b.mp4")
D2 = DocumentOutline("d2", "http://mmif.clams.ai/vocabulary/TextDocument/v1", "https://example.org/a.txt")
GUID = "cpb-aacip-507-0r9m32nr3f"
FILE = [
    (DocumentType.VIDEO, "/data/a b.mp4", "video/mp4"),
    (DocumentType.TEXT, "https://example.org/a.txt", None),
]


def view(
    identifier: str, app: str = APP, error: str | None = None, warnings: tuple[str, ...] = ()
) -> ViewOutline:
    view_error = ViewError(error, "Traceback: secret place") if error else None
    return ViewOutline(identifier, app, (), view_error, warnings)


def mmif(*views: ViewOutline, documents: tuple[DocumentOutline, ...] = (D1, D2)) -> MmifOutline:
    return MmifOutline("1.1.0", documents, views)


def failure(sent: MmifOutline, answer: MmifOutline) -> StepFailure:
    with pytest.raises(StepFailure) as caught:
        check_answer(sent, answer, APP)
    return caught.value


@pytest.mark.parametrize(
    "new",
    [
        (view("v_1"),),
        (view("v_1", warnings=("EmptyOutputWarning: nothing",)),),
        tuple(view(f"v_{number}") for number in range(1, 27)),
        (view("v_1"), view("v_2", OTHER)),
        (view("v_1", APP + "/"),),
        (view("v_1", APP.replace("http:", "https:")),),
    ],
)
def test_new_view_beside_all_earlier_views_is_valid(new: tuple[ViewOutline, ...]) -> None:
    check_answer(mmif(view("v_0", OTHER)), mmif(*new, view("v_0", OTHER)), APP)


@pytest.mark.parametrize(
    "returned",
    [
        (D2, D1),
        (DocumentOutline("d1", VIDEO, "file:///data/a%20b.mp4"), D2),
        (DocumentOutline("d1", VIDEO, "/data/a b.mp4"), D2),
        (DocumentOutline("d1", "http://clams.ai/vocabulary/type/VideoDocument/v2", D1.location), D2),
    ],
)
def test_documents_may_return_in_another_order_and_spelling(returned: tuple[DocumentOutline, ...]) -> None:
    check_answer(mmif(), mmif(view("v_0"), documents=returned), APP)


@pytest.mark.parametrize(
    "returned",
    [
        (),
        (D1,),
        (D1, D2, DocumentOutline("d3", VIDEO, "file:///data/c.mp4")),
        (DocumentOutline("d1", VIDEO, "file:///data/another.mp4"), D2),
        (DocumentOutline("m1", VIDEO, D1.location), D2),
        (DocumentOutline("d1", VIDEO.replace("Video", "Audio"), D1.location), D2),
    ],
)
def test_other_documents_are_wrong_documents_before_any_other_failure(
    returned: tuple[DocumentOutline, ...],
) -> None:
    for views in ([], [view("v_0")], [view("v_0", error="bad")]):
        assert failure(mmif(), mmif(*views, documents=returned)).code is StepErrorCode.WRONG_DOCUMENTS


def test_wrong_documents_are_listed() -> None:
    returned = (DocumentOutline("d1", VIDEO, "file:///data/another.mp4"), D2)
    message = failure(mmif(), mmif(view("v_0"), documents=returned)).message
    assert "d1 (file:///data/another.mp4) instead of d1 (file:///data/a b.mp4)" in message


def test_error_view_becomes_the_message_without_the_trace() -> None:
    found = failure(mmif(), mmif(view("v_0", error="<class 'ValueError'>: no video")))
    assert (found.code, found.message) == (StepErrorCode.APP_ERROR, "The app failed: ValueError: no video")
    assert found.detail is not None
    assert "Traceback: secret place" in found.detail


def test_error_in_the_apps_earlier_view_counts() -> None:
    sent = mmif(view("v_0"), view("v_1", OTHER))
    assert failure(sent, mmif(view("v_0", error="bad"), view("v_1", OTHER))).code is StepErrorCode.APP_ERROR


def test_error_that_was_in_the_input_does_not_count() -> None:
    sent = mmif(view("v_0", error="earlier error"), view("v_1", OTHER, error="error of another app"))
    check_answer(sent, mmif(*sent.views, view("v_2")), APP)


@pytest.mark.parametrize("kept", [[view("v_1", OTHER)], [view("v_0"), view("v_1", OTHER)], []])
def test_missing_or_reassigned_earlier_view_is_lost(kept: list[ViewOutline]) -> None:
    sent = mmif(view("v_0", OTHER), view("v_1", OTHER))
    found = failure(sent, mmif(*kept, view("v_2")))
    assert found.code is StepErrorCode.LOST_VIEWS
    assert f"v_0 of {OTHER}" in found.message


def test_answer_without_a_new_view_is_refused() -> None:
    sent = mmif(view("v_0"))
    assert failure(sent, sent).code is StepErrorCode.NO_NEW_VIEW


def test_new_view_of_another_app_version_is_refused() -> None:
    found = failure(mmif(), mmif(view("v_0", "http://apps.clams.ai/ocr/v1.1")))
    assert found.code is StepErrorCode.NO_NEW_VIEW
    assert "only by http://apps.clams.ai/ocr/v1.1: register the app again" in found.message


def upload(
    tmp_path: Path, documents: list[dict[str, Any]] | None = None, content: bytes | None = None
) -> Path:
    path = tmp_path / "upload"
    content_json = {
        "metadata": {"mmif": "http://mmif.clams.ai/1.0.5"},
        "documents": documents or [],
        "views": [],
    }
    path.write_bytes(json.dumps(content_json).encode() if content is None else content)
    return path


def document(location: str | None, kind: str = VIDEO) -> dict[str, Any]:
    return {"@type": kind, "properties": {"id": "m7"} | ({"location": location} if location else {})}


@pytest.mark.parametrize("location", ["/data/a b.mp4", "file:///data/a b.mp4", "file:///data/a%20b.mp4"])
def test_upload_with_documents_of_the_file_is_accepted(tmp_path: Path, location: str) -> None:
    assert check_upload(upload(tmp_path, [document(location)]), GUID, FILE).version == "1.0.5"


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        ([], "no documents"),
        ([document("file:///data/other.mp4")], "m7 (VideoDocument, file:///data/other.mp4)"),
        ([document("file:///data/a b.mp4", VIDEO.replace("Video", "Audio"))], "AudioDocument"),
        ([document("file:///data/a b.mp4"), document(None)], "m7"),
    ],
)
def test_upload_with_other_documents_is_refused(tmp_path: Path, documents: list[Any], expected: str) -> None:
    with pytest.raises(BadUserInput) as caught:
        check_upload(upload(tmp_path, documents), GUID, FILE)
    assert expected in caught.value.message
    assert GUID in caught.value.message


def test_upload_that_is_not_mmif_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadUserInput, match="The upload is not MMIF: it is not JSON"):
        check_upload(upload(tmp_path, content=b"PK\x03\x04"), GUID, FILE)
