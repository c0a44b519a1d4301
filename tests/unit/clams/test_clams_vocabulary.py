"""Comparison of type URIs, checked against the vocabulary of mmif-python."""

from __future__ import annotations

import warnings

import pytest
from clams_vocabulary import URI_TO_TYPE  # type: ignore[import-untyped]

from chowda.clams.vocabulary import document_type_uri, same_type, type_name, version_key
from chowda.enums import DocumentType


def latest(short_name: str) -> type:
    """Return the class that apps compare with, such as AnnotationTypes.TimeFrame."""
    return next(kind for kind in URI_TO_TYPE.values() if kind.__name__ == short_name)


@pytest.mark.parametrize("short_name", sorted({kind.shortname for kind in URI_TO_TYPE.values()}))
def test_comparison_agrees_with_mmif_python(short_name: str) -> None:
    expected = latest(short_name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for uri in URI_TO_TYPE:
            assert same_type(expected.uri, uri) == (expected == uri), uri


@pytest.mark.parametrize(
    ("uri", "other"),
    [
        ("http://mmif.clams.ai/vocabulary/TimeFrame/v1", "http://clams.ai/vocabulary/type/TimeFrame/v6"),
        ("http://mmif.clams.ai/0.4.0/vocabulary/TimeFrame", "http://mmif.clams.ai/vocabulary/TimeFrame/v5"),
        ("http://mmif.clams.ai/0.1.0/TextDocument", "https://clams.ai/vocabulary/type/TextDocument/v2/"),
        ("http://vocab.lappsgrid.org/Token", "http://clams.ai/vocabulary/type/Token/v1"),
        ("http://example.org/Shot/", "http://example.org/Shot"),
    ],
)
def test_types_are_equal_across_generations(uri: str, other: str) -> None:
    assert same_type(uri, other)


@pytest.mark.parametrize(
    ("uri", "other"),
    [
        ("http://mmif.clams.ai/vocabulary/TimeFrame/v1", "http://mmif.clams.ai/vocabulary/TimePoint/v1"),
        ("http://vocab.lappsgrid.org/Token", "http://vocab.lappsgrid.org/Token#pos"),
        ("http://vocab.lappsgrid.org/Date", "http://clams.ai/vocabulary/type/Date/v1"),
        ("http://example.org/TimeFrame/v1", "http://mmif.clams.ai/vocabulary/TimeFrame/v1"),
    ],
)
def test_other_types_are_not_equal(uri: str, other: str) -> None:
    assert not same_type(uri, other)


@pytest.mark.parametrize(
    ("version", "uri"),
    [
        ("1.2.0", "http://clams.ai/vocabulary/type/VideoDocument/v2"),
        ("1.1.1", "http://clams.ai/vocabulary/type/VideoDocument/v2"),
        ("1.1.0", "http://mmif.clams.ai/vocabulary/VideoDocument/v1"),
        ("0.5.0", "http://mmif.clams.ai/vocabulary/VideoDocument/v1"),
        ("0.4.2", "http://mmif.clams.ai/0.4.2/vocabulary/VideoDocument"),
    ],
)
def test_document_uri_depends_on_the_mmif_version(version: str, uri: str) -> None:
    assert document_type_uri(DocumentType.VIDEO, version) == uri
    assert type_name(uri) == "VideoDocument"


def test_versions_compare_as_numbers() -> None:
    assert version_key("1.10.0") > version_key("1.9.3") > version_key("1.0") == version_key("v1.0.0")


@pytest.mark.parametrize("version", ["", "1", "latest", "1.x", "1.0.0/", "١.٠"])
def test_invalid_version_is_refused(version: str) -> None:
    with pytest.raises(ValueError, match="not a version"):
        version_key(version)
