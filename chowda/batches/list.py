"""Lists of batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from chowda.models import Batch, BatchMediaFile, MediaFile
from chowda.pagination.filters import (
    Keys,
    Period,
    contains_text,
    has_files_of_collections,
    has_name,
    in_keys,
    in_period,
)
from chowda.pagination.keyset import ListSpec, Order


@dataclass(frozen=True, slots=True)
class BatchFilter:
    names: tuple[str, ...] | None = None
    text: str | None = None
    pipelines: Keys = None
    guids: tuple[str, ...] | None = None
    collections: Keys = None
    "Batches with a media file of one of these collections."
    created: Period | None = None


def conditions(filter: BatchFilter) -> Sequence[ColumnElement[bool]]:
    result = [
        *has_name(Batch.name, filter.names),
        *contains_text([Batch.name], filter.text),
        *in_keys(Batch.pipeline_id, filter.pipelines),
        *has_files_of_collections(
            filter.collections, Batch.id, BatchMediaFile.batch_id, BatchMediaFile.media_file_id
        ),
        *in_period(Batch.created_at, filter.created),
    ]
    if filter.guids is not None:
        result.append(
            Batch.id.in_(
                select(BatchMediaFile.batch_id)
                .join(MediaFile, MediaFile.id == BatchMediaFile.media_file_id)
                .where(*has_name(MediaFile.guid, filter.guids))
            )
        )
    return result


BATCHES = ListSpec(
    "batches",
    Batch,
    {
        "CREATED": Order((Batch.id,)),
        "NAME": Order((Batch.name, Batch.id)),
        "SIZE": Order((Batch.media_file_count, Batch.id)),
    },
    conditions,
)
