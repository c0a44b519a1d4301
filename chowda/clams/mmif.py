"""MMIF: the first one of a media file, and the outline of any. Annotations are never built."""

from __future__ import annotations

import asyncio
import codecs
import mmap
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from mmif import Document, Mmif  # type: ignore[import-untyped]

from chowda.clams.vocabulary import document_type_uri, version_key
from chowda.enums import DocumentType
from chowda.errors import BadUserInput, StepErrorCode, StepFailure

SMALL_BYTES = 1 << 16
_READ_BYTES = 1 << 20
_MESSAGE_CHARACTERS = 2_000
_TRACE_CHARACTERS = StepFailure.DETAIL_LIMIT
_WARNINGS_KEPT = 20
_VIEWS_LIMIT = 100_000
_METADATA_LIMIT_BYTES = 4 << 20
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")

MediaDocument = tuple[DocumentType, str, str | None]
"""Type, location, MIME type."""


@dataclass(frozen=True, slots=True)
class DocumentOutline:
    id: str
    type: str
    location: str | None


@dataclass(frozen=True, slots=True)
class ViewError:
    message: str
    stack_trace: str | None


@dataclass(frozen=True, slots=True)
class ViewOutline:
    id: str
    app: str
    contains: tuple[str, ...]
    "Type URIs of what the view says it holds."
    error: ViewError | None
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MmifOutline:
    """What can be known of a MMIF without its annotations."""

    version: str
    documents: tuple[DocumentOutline, ...]
    views: tuple[ViewOutline, ...]

    @property
    def types(self) -> frozenset[str]:
        """Type URIs of its documents and of what its views hold: what a next app can start from."""
        held = {uri for view in self.views if view.error is None for uri in view.contains}
        return frozenset(held | {document.type for document in self.documents})


def lowest_version(versions: Iterable[str]) -> str:
    """The lowest of these MMIF versions: newer apps read it, while older ones find nothing in a newer MMIF.

    Raises BadUserInput if there are none, or one of them is not a version.
    """
    try:
        return min(versions, key=version_key)
    except ValueError as exc:
        raise BadUserInput(f"No MMIF version that the apps share: {exc}.") from None


def media_location(location: str) -> str:
    """The location as MMIF holds it: a URI stays as it is, an absolute path gets file:// before it.

    The path is not percent-encoded: mmif-python, which apps read it with, does not decode it.
    Raises BadUserInput for a relative path.
    """
    if location.startswith("/"):
        return f"file://{location}"
    if _SCHEME.match(location):
        try:
            urlsplit(location)  # as apps do
        except ValueError as exc:
            raise BadUserInput(f"The location {location[:200]!r} is no URI: {exc}.") from None
        return location
    raise BadUserInput(
        f"The location {location[:200]!r} is neither a URI (file://, https://, baapb://) nor an absolute path. "
        "Give the place where the apps find the file."
    )


def initial_mmif(guid: str, documents: Sequence[MediaDocument], mmif_version: str) -> bytes:
    """The MMIF that the first app gets: the file's documents (d1, d2, …), no views, as this version has it.

    Raises BadUserInput for a file without documents, and for a relative path as location.
    """
    if not documents:
        raise BadUserInput(f"The media file {guid} has no documents; add one before it is run.")
    mmif = Mmif()
    mmif.metadata.mmif = f"http://mmif.clams.ai/{mmif_version}"
    for number, (document_type, location, mime) in enumerate(documents, start=1):
        document = Document()
        document.at_type = document_type_uri(document_type, mmif_version)
        document.id = f"d{number}"
        document.location = media_location(location)
        if mime:
            document.properties.mime = mime
        mmif.add_document(document)
    return bytes(mmif.serialize().encode())


class _Properties(msgspec.Struct):
    id: str
    location: str | None = None


class _Document(msgspec.Struct):
    type: str = msgspec.field(name="@type")
    properties: _Properties


class _ViewMetadata(msgspec.Struct):
    app: str
    contains: dict[str, msgspec.Raw] | None = None
    error: Any = None
    warnings: Any = None


class _ViewsLeft(threading.local):
    """How many more views a decoder may build: a length limit is looked at when all of a list is in memory."""

    count = 0


_views_left = _ViewsLeft()


class _View(msgspec.Struct):
    id: str
    metadata: msgspec.Raw
    annotations: msgspec.Raw = msgspec.Raw(b"[]")

    def __post_init__(self) -> None:
        _views_left.count -= 1
        if _views_left.count < 0:
            raise ValueError(f"more than {_VIEWS_LIMIT:,} views")


class _Metadata(msgspec.Struct):
    mmif: str


class _Mmif(msgspec.Struct):
    metadata: _Metadata
    documents: list[_Document]
    views: list[_View]


_decoder = msgspec.json.Decoder(_Mmif)
_metadata_decoder = msgspec.json.Decoder(_ViewMetadata)


def outline(path: Path, what: str = "This") -> MmifOutline:
    """Reads a MMIF file's frame: any version, any size; blocks, so call it in a thread where that matters.

    Raises StepFailure(INVALID_MMIF) for whatever is not MMIF: "`what` is not MMIF: …".
    """
    with path.open("rb") as file:
        if file.seek(0, 2) == 0:
            raise _invalid(what, "it is empty")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            found = _outlined(content)
    if isinstance(found, str):
        raise _invalid(what, found)
    return found


async def read_outline(path: Path, what: str = "This") -> MmifOutline:
    """The same for an event loop: what is small is read at once, which takes less than a hop to a thread."""
    if _is_small(path):
        return outline(path, what)
    return await asyncio.to_thread(outline, path, what)


def _is_small(path: Path) -> bool:
    return path.stat().st_size <= SMALL_BYTES


def _invalid(what: str, reason: str) -> StepFailure:
    return StepFailure(StepErrorCode.INVALID_MMIF, f"{what} is not MMIF: {reason}.")


def _outlined(content: mmap.mmap) -> MmifOutline | str:
    """The outline, or why there is none. Nothing of the result refers to the map: it can then be closed."""
    if (place := _invalid_utf8(content)) is not None:
        return f"the text is not UTF-8 (near byte {place})"
    _views_left.count = _VIEWS_LIMIT
    try:
        read = _decoder.decode(content)
        views = [_view_outline(view) for view in read.views]
    except msgspec.ValidationError as exc:
        return f"it is JSON of another shape ({exc})"
    except msgspec.DecodeError as exc:
        return f"it is not JSON ({exc})"
    except RecursionError:
        return "it is nested too deeply"
    version = re.search(r"(\d+\.\d+(?:\.\d+)?)/?$", read.metadata.mmif)
    if version is None:
        return f"metadata.mmif is {read.metadata.mmif[:100]!r}, which names no version"
    return MmifOutline(
        version=version[1],
        documents=tuple(
            DocumentOutline(document.properties.id, document.type, document.properties.location)
            for document in read.documents
        ),
        views=tuple(views),
    )


def _view_outline(view: _View) -> ViewOutline:
    """Raises msgspec.ValidationError; what is too large to be looked at counts as of the wrong shape."""
    where = f"in view {view.id[:100]!r}"
    if bytes(memoryview(view.annotations)[:1]) != b"[":
        raise msgspec.ValidationError(f"`annotations` is not a list, {where}")
    if len(memoryview(view.metadata)) > _METADATA_LIMIT_BYTES:
        raise msgspec.ValidationError(f"`metadata` has more than {_METADATA_LIMIT_BYTES:,} bytes, {where}")
    try:
        metadata = _metadata_decoder.decode(view.metadata)
    except msgspec.ValidationError as exc:
        raise msgspec.ValidationError(f"{exc} of `metadata`, {where}") from None
    return ViewOutline(
        id=view.id,
        app=metadata.app,
        contains=tuple(metadata.contains or ()),
        error=_view_error(metadata.error),
        warnings=_warnings(metadata.warnings),
    )


def _invalid_utf8(content: mmap.mmap) -> int | None:
    """Where the text stops being UTF-8: msgspec checks only the strings that it builds."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    size = len(content)
    for start in range(0, size, _READ_BYTES):
        try:
            decoder.decode(content[start : start + _READ_BYTES], final=start + _READ_BYTES >= size)
        except UnicodeDecodeError as exc:
            return start + exc.start
    return None


def _view_error(error: Any) -> ViewError | None:
    """The SDK writes {message, stackTrace}; hand-written apps have been seen to write a plain string."""
    if not error:
        return None
    if isinstance(error, dict):
        message, trace = error.get("message"), error.get("stackTrace")
        return ViewError(
            message=str(message or "no message")[:_MESSAGE_CHARACTERS],
            stack_trace=str(trace)[:_TRACE_CHARACTERS] if trace else None,
        )
    return ViewError(message=str(error)[:_MESSAGE_CHARACTERS], stack_trace=None)


def _warnings(warnings: Any) -> tuple[str, ...]:
    if not warnings:
        return ()
    listed = warnings if isinstance(warnings, list) else [warnings]
    return tuple(str(warning)[:_MESSAGE_CHARACTERS] for warning in listed[:_WARNINGS_KEPT])
