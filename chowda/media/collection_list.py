"""Lists of collections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from chowda.models import Collection, CollectionMediaFile, MediaFile
from chowda.pagination.filters import Period, contains_text, has_name, in_period
from chowda.pagination.keyset import ListSpec, Order


@dataclass(frozen=True, slots=True)
class CollectionFilter:
    names: tuple[str, ...] | None = None
    text: str | None = None
    guids: tuple[str, ...] | None = None
    created: Period | None = None


def conditions(filter: CollectionFilter) -> Sequence[ColumnElement[bool]]:
    found = [
        *has_name(Collection.name, filter.names),
        *contains_text([Collection.name, Collection.description], filter.text),
        *in_period(Collection.created_at, filter.created),
    ]
    if filter.guids is not None:
        found.append(
            Collection.id.in_(
                select(CollectionMediaFile.collection_id)
                .join(MediaFile, MediaFile.id == CollectionMediaFile.media_file_id)
                .where(*has_name(MediaFile.guid, filter.guids))
            )
        )
    return found


COLLECTIONS = ListSpec(
    "collections",
    Collection,
    {"NAME": Order((Collection.name,)), "CREATED": Order((Collection.id,))},
    conditions,
)
