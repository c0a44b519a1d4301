"""Lists of MMIF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, literal_column, select

from chowda.models import MediaFile, Mmif, MmifOrigin
from chowda.pagination.filters import Keys, Period, contains_text, has_name, in_collections, in_period
from chowda.pagination.keyset import ListSpec, Order
from chowda.pagination.version_filter import identifiers_of


@dataclass(frozen=True, slots=True)
class MmifFilter:
    origins: tuple[MmifOrigin, ...] | None = None
    apps: Keys = None
    "Made by any version of these apps."
    guids: tuple[str, ...] | None = None
    text: str | None = None
    "In the GUID of the media file."
    collections: Keys = None
    created: Period | None = None


def conditions(filter: MmifFilter) -> Sequence[ColumnElement[bool]]:
    found = [
        *in_period(Mmif.created_at, filter.created),
        *in_collections(Mmif.media_file_id, filter.collections),
    ]
    if filter.origins is not None:
        origins = ", ".join(f"'{MmifOrigin(origin).value}'" for origin in filter.origins) or "NULL"
        found.append(literal_column(f"mmifs.origin IN ({origins})"))
    if filter.apps is not None:
        found.append(Mmif.app_identifier_id == func.any(identifiers_of(filter.apps)))
    files = [*has_name(MediaFile.guid, filter.guids), *contains_text([MediaFile.guid], filter.text)]
    if files:
        found.append(Mmif.media_file_id.in_(select(MediaFile.id).where(*files)))
    return found


MMIFS = ListSpec(
    "MMIF",
    Mmif,
    {"CREATED": Order((Mmif.id,)), "SIZE": Order((Mmif.size_bytes, Mmif.id))},
    conditions,
)
