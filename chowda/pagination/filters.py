"""Conditions that the filters of several lists share. Each function returns no conditions for a filter of None."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Text, bindparam, case, false, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from chowda.errors import BadUserInput
from chowda.models import CollectionMediaFile
from chowda.text_checks import storable

TEXT_LIMIT = 255

PAIRS_LIMIT = 20_000
"Pairs of a media file and its owner: above it, owners are probed one by one."

Keys = tuple[int, ...] | None
"A filter for rows with one of these keys; None for all rows."


@dataclass(frozen=True, slots=True)
class Period:
    """A period that includes `begin` and excludes `end`; None leaves it open."""

    begin: datetime | None = None
    end: datetime | None = None


def in_period(column: InstrumentedAttribute[Any], period: Period | None) -> list[ColumnElement[bool]]:
    conditions = []
    if period is not None and period.begin is not None:
        conditions.append(column >= period.begin)
    if period is not None and period.end is not None:
        conditions.append(column < period.end)
    return conditions


def in_keys(column: ColumnElement[Any] | InstrumentedAttribute[Any], keys: Keys) -> list[ColumnElement[bool]]:
    """The keys are one array parameter, however many there are."""
    if keys is None:
        return []
    return [column == func.any(bindparam(None, list(keys), ARRAY(BigInteger)))]


def in_looked_up(column: InstrumentedAttribute[Any], keys: Select[Any]) -> ColumnElement[bool]:
    """As `column IN (keys)`, with keys that are looked up once, before the rows are read."""
    return column == func.any(func.array(keys.scalar_subquery()))


def in_collections(
    media_file_id: ColumnElement[Any] | InstrumentedAttribute[Any], collections: Keys
) -> list[ColumnElement[bool]]:
    """That the media file is in one of the collections."""
    return [media_file_id.in_(files_of_collections(collections))] if collections is not None else []


def has_files_of_collections(
    collections: Keys, key: InstrumentedAttribute[Any], owner: InstrumentedAttribute[Any], file: Any
) -> list[ColumnElement[bool]]:
    """That the row with this key owns a media file of one of the collections.

    `owner` and `file` are the two columns of the table that says which row owns which media file. The condition
    starts from the matching files. If there are more than PAIRS_LIMIT, it probes each row instead, which then finds
    a file soon. It is a CASE because the planner would choose one of the two whatever the number of files.
    """
    if collections is None:
        return []
    owners = select(owner).where(*in_collections(file, collections))
    bounded = owners.limit(PAIRS_LIMIT + 1).subquery()
    too_many = select(func.count() > PAIRS_LIMIT).select_from(bounded).scalar_subquery()
    return [case((too_many, owners.where(owner == key).exists()), else_=key.in_(owners))]


def files_of_collections(collections: Keys) -> Select[Any]:
    """The keys of the media files in the collections."""
    return select(CollectionMediaFile.media_file_id).where(
        *in_keys(CollectionMediaFile.collection_id, collections)
    )


def has_name(column: InstrumentedAttribute[Any], names: tuple[str, ...] | None) -> list[ColumnElement[bool]]:
    """That the column equals one of the names, without the white space around them, in any normal form of Unicode."""
    if names is None:
        return []
    stripped = {name.strip() for name in names if storable(name)}
    forms = {unicodedata.normalize(form, name) for name in stripped for form in ("NFC", "NFD")} | stripped
    return [column == func.any(bindparam(None, sorted(forms), ARRAY(Text)))]


def contains_text(
    columns: Sequence[InstrumentedAttribute[Any]], text: str | None
) -> list[ColumnElement[bool]]:
    """That one of the columns contains the text, in upper or lower case. Blank text is no filter.

    Raises BadUserInput for text that is too long.
    """
    if text is None or not text.strip():
        return []
    pattern = text.strip()
    if len(pattern) > TEXT_LIMIT:
        raise BadUserInput(
            f"The text to search for has {len(pattern):,} characters; at most {TEXT_LIMIT} are allowed."
        )
    if not storable(pattern):
        return [false()]
    for special in "\\%_":
        pattern = pattern.replace(special, f"\\{special}")
    return [or_(*(column.ilike(f"%{pattern}%") for column in columns))]
