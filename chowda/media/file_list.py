"""Lists of media files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from chowda.enums import DocumentType
from chowda.models import BatchMediaFile, MediaDocument, MediaFile, MediaFileOutput
from chowda.pagination.filters import (
    Keys,
    Period,
    contains_text,
    files_of_collections,
    has_name,
    in_collections,
    in_keys,
    in_looked_up,
    in_period,
)
from chowda.pagination.keyset import ListSpec, Order
from chowda.pagination.version_filter import identifiers_of


@dataclass(frozen=True, slots=True)
class NoOutput:
    """Selects media files without output of an app, or without output of version `older_than` or newer."""

    app: int
    older_than: str | None = None


@dataclass(frozen=True, slots=True)
class MediaFileFilter:
    guids: tuple[str, ...] | None = None
    text: str | None = None
    "In the GUID."
    batches: Keys = None
    collections: Keys = None
    types: tuple[DocumentType, ...] | None = None
    mimes: tuple[str, ...] | None = None
    "A value that ends in a slash, such as video/, matches every MIME type with that prefix."
    has_input_mmif: bool | None = None
    "In one of `batches`, or in any."
    no_output: NoOutput | None = None
    created: Period | None = None


def conditions(filter: MediaFileFilter) -> Sequence[ColumnElement[bool]]:
    found = [
        *has_name(MediaFile.guid, filter.guids),
        *contains_text([MediaFile.guid], filter.text),
        *in_collections(MediaFile.id, filter.collections),
        *in_period(MediaFile.created_at, filter.created),
        *_with_documents(filter),
    ]
    if filter.batches is not None:
        found.append(MediaFile.id.in_(_members(filter.batches)))
    if filter.has_input_mmif is not None:
        with_input = exists().where(
            BatchMediaFile.media_file_id == MediaFile.id,
            BatchMediaFile.input_mmif_id.is_not(None),
            *in_keys(BatchMediaFile.batch_id, filter.batches),
        )
        found.append(with_input if filter.has_input_mmif else ~with_input)
    if filter.no_output is not None:
        found.append(~_has_output(filter.no_output))
    return found


def planner_hints(filter: MediaFileFilter) -> Sequence[ColumnElement[bool]]:
    found = []
    if filter.batches is not None:
        found.append(in_looked_up(MediaFile.id, _members(filter.batches)))
    if filter.collections is not None:
        found.append(in_looked_up(MediaFile.id, files_of_collections(filter.collections)))
    return found


def _members(batches: Keys) -> Select[Any]:
    return select(BatchMediaFile.media_file_id).where(*in_keys(BatchMediaFile.batch_id, batches))


def _with_documents(filter: MediaFileFilter) -> list[ColumnElement[bool]]:
    """A single document must have one of the types and one of the MIME types."""
    wanted: list[ColumnElement[bool]] = []
    if filter.types is not None:
        wanted.append(MediaDocument.type.in_([kind.value for kind in filter.types]))
    if filter.mimes is not None:
        exact = [mime for mime in filter.mimes if not mime.endswith("/")]
        prefixes = [mime for mime in filter.mimes if mime.endswith("/")]
        with_prefix = (MediaDocument.mime.startswith(prefix, autoescape=True) for prefix in prefixes)
        wanted.append(or_(MediaDocument.mime.in_(exact), *with_prefix))
    if not wanted:
        return []
    return [exists().where(MediaDocument.media_file_id == MediaFile.id, *wanted)]


def _has_output(wanted: NoOutput) -> ColumnElement[bool]:
    return exists().where(
        MediaFileOutput.media_file_id == MediaFile.id,
        MediaFileOutput.app_identifier_id == func.any(identifiers_of((wanted.app,), wanted.older_than)),
    )


MEDIA_FILES = ListSpec(
    "media files",
    MediaFile,
    {"CREATED": Order((MediaFile.id,)), "GUID": Order((MediaFile.guid,))},
    conditions,
    planner_hints=planner_hints,
)
