"""Creates the initial MMIF of a media file, and reads the outline of a MMIF without its annotations."""

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
    "Type URIs in the view's metadata."
    error: ViewError | None
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MmifOutline:
    """A MMIF without its annotations."""

    version: str
    documents: tuple[DocumentOutline, ...]
    views: tuple[ViewOutline, ...]

    @property
    def types(self) -> frozenset[str]:
        """Type URIs of its documents and views, which are the possible inputs of the next app."""
        contained = {uri for view in self.views if view.error is None for uri in view.contains}
        return frozenset(contained | {document.type for document in self.documents})


def lowest_version(versions: Iterable[str]) -> str:
    """Return the lowest of these MMIF versions. Newer apps can read it, but older apps find nothing in a newer MMIF.

    Raises BadUserInput if there are none, or one of them is not a version.
    """
    candidates = list(versions)
    if not candidates:
        raise BadUserInput("There is no MMIF version, because there is no app.")
    try:
        return min(candidates, key=version_key)
    except ValueError as exc:
        raise BadUserInput(f"The MMIF version of an app is not valid: {exc}.") from None


def media_location(location: str) -> str:
    """Return the location for MMIF: a URI unchanged, an absolute path with the prefix file://.

    The path is not percent-encoded, because mmif-python does not decode it. Raises BadUserInput for a relative path.
    """
    if location.startswith("/"):
        return f"file://{location}"
    if _SCHEME.match(location):
        try:
            urlsplit(location)  # as apps do
        except ValueError as exc:
            raise BadUserInput(f"The location {location[:200]!r} is not a valid URI: {exc}.") from None
        return location
    raise BadUserInput(
        f"The location {location[:200]!r} is neither a URI (file://, https://, baapb://) nor an absolute path. "
        "Enter the location at which the apps find the file."
    )


def initial_mmif(guid: str, documents: Sequence[MediaDocument], mmif_version: str) -> bytes:
    """Return the input of the first app in this MMIF version: the file's documents (d1, d2, …) and no views.

    Raises BadUserInput for a file without documents, and for a relative path as location.
    """
    if not documents:
        raise BadUserInput(f"The media file {guid} has no documents. Add one before you run it.")
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
    """How many more views a decoder may build. msgspec checks a length limit only after it has read the whole list."""

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
    """Read the outline of a MMIF of any version and size. It blocks while it reads; see read_outline.

    Raises StepFailure(INVALID_MMIF) with the message "`what` is not MMIF: …".
    """
    with path.open("rb") as file:
        if file.seek(0, 2) == 0:
            raise _invalid(what, "it is empty")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            result = _read_outline(content)
    if isinstance(result, str):
        raise _invalid(what, result)
    return result


async def read_outline(path: Path, what: str = "This") -> MmifOutline:
    """Read the outline without blocking the event loop. A small file is read at once, which is faster than a thread."""
    if _is_small(path):
        return outline(path, what)
    return await asyncio.to_thread(outline, path, what)


def _is_small(path: Path) -> bool:
    return path.stat().st_size <= SMALL_BYTES


def _invalid(what: str, reason: str) -> StepFailure:
    return StepFailure(StepErrorCode.INVALID_MMIF, f"{what} is not MMIF: {reason}.")


def _read_outline(content: mmap.mmap) -> MmifOutline | str:
    """Return the outline, or the reason why this is not MMIF. The result keeps no reference to the map."""
    if (position := _invalid_utf8(content)) is not None:
        return f"the text is not UTF-8 (near byte {position})"
    _views_left.count = _VIEWS_LIMIT
    try:
        mmif = _decoder.decode(content)
        views = [_view_outline(view) for view in mmif.views]
    except msgspec.ValidationError as exc:
        return f"it is JSON of another structure ({exc})"
    except msgspec.DecodeError as exc:
        return f"it is not JSON ({exc})"
    except RecursionError:
        return "it is nested too deeply"
    version = re.search(r"(\d+\.\d+(?:\.\d+)?)/?$", mmif.metadata.mmif)
    if version is None:
        return f"metadata.mmif is {mmif.metadata.mmif[:100]!r}, which contains no version"
    return MmifOutline(
        version=version[1],
        documents=tuple(
            DocumentOutline(document.properties.id, document.type, document.properties.location)
            for document in mmif.documents
        ),
        views=tuple(views),
    )


def _view_outline(view: _View) -> ViewOutline:
    """Raises msgspec.ValidationError, also for metadata above the limit."""
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
    """Return the position of the first invalid byte, or None. msgspec only checks the strings that it builds."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    size = len(content)
    for start in range(0, size, _READ_BYTES):
        try:
            decoder.decode(content[start : start + _READ_BYTES], final=start + _READ_BYTES >= size)
        except UnicodeDecodeError as exc:
            return start + exc.start
    return None


def _view_error(error: Any) -> ViewError | None:
    """The SDK writes {message, stackTrace}; some apps write a plain string."""
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
