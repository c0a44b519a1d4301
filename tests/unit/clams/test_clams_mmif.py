"""Creating the initial MMIF of a media file, and reading the outline of a MMIF."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mmif import DocumentTypes, Mmif  # type: ignore[import-untyped]

from chowda.clams.mmif import initial_mmif, lowest_version, media_location, outline
from chowda.enums import DocumentType
from chowda.errors import BadUserInput, StepErrorCode, StepFailure

DATA = Path(__file__).parents[3] / "../shared/data/mmif"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no real MMIF beside the checkout")
GUID = "cpb-aacip-507-0r9m32nr3f"
VIDEO = (DocumentType.VIDEO, "/data/a.mp4", "video/mp4")


def mmif(
    views: list[Any] | None = None, documents: list[Any] | None = None, version: str = "1.1.0"
) -> dict[str, Any]:
    return {
        "metadata": {"mmif": f"http://mmif.clams.ai/{version}"},
        "documents": documents or [],
        "views": views or [],
    }


def write_mmif(tmp_path: Path, content: bytes | dict[str, Any]) -> Path:
    path = tmp_path / "some.mmif"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def view(**metadata: Any) -> dict[str, Any]:
    return {"id": "v_0", "metadata": {"app": "http://apps.clams.ai/a/v1", **metadata}, "annotations": []}


def refusal(path: Path) -> str:
    with pytest.raises(StepFailure) as caught:
        outline(path)
    assert caught.value.code is StepErrorCode.INVALID_MMIF
    return caught.value.message


@pytest.mark.parametrize(
    ("version", "uri"),
    [
        ("0.4.0", "http://mmif.clams.ai/0.4.0/vocabulary/VideoDocument"),
        ("1.0.5", "http://mmif.clams.ai/vocabulary/VideoDocument/v1"),
        ("1.1.0", "http://mmif.clams.ai/vocabulary/VideoDocument/v1"),
        ("1.2.0", "http://clams.ai/vocabulary/type/VideoDocument/v2"),
    ],
)
def test_initial_mmif_uses_the_type_uris_of_its_version(version: str, uri: str) -> None:
    content = json.loads(initial_mmif(GUID, [VIDEO], version))
    assert content == {
        "metadata": {"mmif": f"http://mmif.clams.ai/{version}"},
        "documents": [
            {"@type": uri, "properties": {"id": "d1", "mime": "video/mp4", "location": "file:///data/a.mp4"}}
        ],
        "views": [],
    }


def test_mmif_python_finds_the_documents_in_an_initial_mmif() -> None:
    documents = [
        VIDEO,
        (DocumentType.AUDIO, "https://example.org/a.mp3?x=1", None),
        (DocumentType.TEXT, "file:///data/a.txt", "text/plain"),
        (DocumentType.IMAGE, "baapb://cpb-aacip-1.image", None),
    ]
    for version in ("1.0.0", "1.1.0", "1.1.1", "1.2.0"):
        read = Mmif(initial_mmif(GUID, documents, version))
        assert [document.id for document in read.documents] == ["d1", "d2", "d3", "d4"]
        assert [document.location for document in read.documents][1:] == [
            location for _, location, _ in documents[1:]
        ]
        assert read.get_documents_by_type(DocumentTypes.AudioDocument)[0].id == "d2"


def test_mmif_python_resolves_a_path_with_special_characters(tmp_path: Path) -> None:
    media = tmp_path / "tape 1 (50%).mp4"
    media.touch()
    read = Mmif(initial_mmif(GUID, [(DocumentType.VIDEO, str(media), None)], "1.2.0"))
    assert read.documents[0].location_path(nonexist_ok=False) == str(media)


def test_file_without_documents_is_refused() -> None:
    with pytest.raises(BadUserInput, match=GUID):
        initial_mmif(GUID, [], "1.2.0")


@pytest.mark.parametrize("location", ["a.mp4", "data/a.mp4", "", "./a.mp4"])
def test_relative_location_is_refused(location: str) -> None:
    with pytest.raises(BadUserInput, match="neither a URI"):
        media_location(location)


def test_versions_compare_by_number() -> None:
    assert lowest_version(["1.10.0", "1.2.0", "1.9.1"]) == "1.2.0"
    for versions in ([], ["1.0.0", "new"]):
        with pytest.raises(BadUserInput, match="MMIF version"):
            lowest_version(versions)


@needs_data
@pytest.mark.parametrize(
    ("name", "version", "views"),
    [
        ("spec-0.2.1-everything.json", "0.2.0", 8),
        ("vis-image-example.json", "0.4.0", 3),
        ("vis-test-ocr-3.mmif", "0.4.0", 1),
        ("vis-test-ocr-4.mmif", "0.4.0", 1),
        ("spec-1.1.0-everything.json", "1.1.0", 8),
    ],
)
def test_outline_of_real_mmif_of_several_versions(name: str, version: str, views: int) -> None:
    found = outline(DATA / name)
    content = json.loads((DATA / name).read_bytes())
    assert (found.version, len(found.views)) == (version, views)
    assert [(d.id, d.type, d.location) for d in found.documents] == [
        (d["properties"]["id"], d["@type"], d["properties"]["location"]) for d in content["documents"]
    ]
    assert [(v.id, v.app, set(v.contains)) for v in found.views] == [
        (v["id"], v["metadata"]["app"], set(v["metadata"]["contains"])) for v in content["views"]
    ]


def test_outline_has_errors_and_warnings_of_views(tmp_path: Path) -> None:
    views = [
        view(error={"message": "bad", "stackTrace": "line 1"}),
        view(error={"message": "bad"}),
        view(error="just text"),
        view(error={}, contains={}),
        view(warnings=["one", "two"]),
        view(contains={"http://mmif.clams.ai/vocabulary/TimeFrame/v1": {"timeUnit": "ms"}}),
    ]
    found = outline(write_mmif(tmp_path, mmif(views))).views
    assert [one.error and (one.error.message, one.error.stack_trace) for one in found] == [
        ("bad", "line 1"),
        ("bad", None),
        ("just text", None),
        None,
        None,
        None,
    ]
    assert found[4].warnings == ("one", "two")
    assert found[5].contains == ("http://mmif.clams.ai/vocabulary/TimeFrame/v1",)


def test_types_exclude_failed_views(tmp_path: Path) -> None:
    documents = [{"@type": "http://x/VideoDocument", "properties": {"id": "d1"}}]
    views = [view(contains={"http://x/A": {}}), view(contains={"http://x/B": {}}, error={"message": "no"})]
    assert outline(write_mmif(tmp_path, mmif(views, documents))).types == {
        "http://x/VideoDocument",
        "http://x/A",
    }


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "it is empty"),
        (b"<html></html>", "not JSON"),
        (b"\0" * 100, "not JSON"),
        (b"[1]", "another structure"),
        (b'{"message": "hello"}', "missing required field `metadata`"),
        (b"{" + b'"a":{' * 200_000, "nested too deeply"),
        (json.dumps(mmif()).encode() + b"\0", "not JSON"),
        (json.dumps(mmif()).encode()[:-1], "not JSON"),
        (json.dumps(mmif()).encode().replace(b'"views": []', b'"views": [{}]'), "$.views[0]"),
        (json.dumps(mmif(version="new")).encode(), "contains no version"),
        (json.dumps(mmif([{"id": "v", "metadata": {}}])).encode(), "`app` of `metadata`, in view 'v'"),
        (json.dumps(mmif([view() | {"annotations": "none"}])).encode(), "not a list"),
        (json.dumps(mmif(documents=[{"@type": "x", "properties": {}}])).encode(), "$.documents[0]"),
    ],
)
def test_other_content_than_mmif_is_refused_with_the_reason(
    tmp_path: Path, content: bytes, expected: str
) -> None:
    assert expected in refusal(write_mmif(tmp_path, content))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"NaN", "not JSON"),
        (b"01", "not JSON"),
        (b'"\xff"', "not UTF-8"),
        (b"[" * 200_000 + b"]" * 200_000, "deep"),
    ],
)
def test_invalid_annotation_is_found_without_building_annotations(
    tmp_path: Path, value: bytes, expected: str
) -> None:
    good = json.dumps(mmif([view() | {"annotations": [{"properties": {"id": "PLACEHOLDER"}}]}])).encode()
    assert outline(write_mmif(tmp_path, good))
    assert expected in refusal(write_mmif(tmp_path, good.replace(b'"PLACEHOLDER"', value)))


def test_invalid_utf8_is_located_and_split_characters_are_accepted(tmp_path: Path) -> None:
    """The check reads 1 MiB at a time; é has two bytes."""
    start = b'{"metadata": {"mmif": "http://mmif.clams.ai/1.0.0"}, "documents": [], "views": [], "x": "'
    filler = b"-" * ((1 << 20) - len(start) - 1)
    assert outline(write_mmif(tmp_path, start + filler + "é".encode() + b'"}')).version == "1.0.0"
    assert f"byte {1 << 20}" in refusal(write_mmif(tmp_path, start + filler + b"-\xc3" + b'"}'))


def test_too_many_views_are_refused_while_they_are_read(tmp_path: Path) -> None:
    one = b'{"id":"v","metadata":{"app":"x"}}'
    many = (
        json.dumps(mmif()).encode().replace(b'"views": []', b'"views": [' + b",".join([one] * 100_001) + b"]")
    )
    assert "more than 100,000 views" in refusal(write_mmif(tmp_path, many))
    assert outline(write_mmif(tmp_path, mmif([view()])))


def test_view_metadata_above_the_limit_is_refused(tmp_path: Path) -> None:
    assert "4,194,304 bytes" in refusal(
        write_mmif(tmp_path, mmif([view(error={"message": "x" * (5 << 20)})]))
    )
