"""Parts of filters that several nouns share."""

from __future__ import annotations

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
"Of files and what they are in: more are not gathered for one page."

Keys = tuple[int, ...] | None
"Of rows: any of them will do. None: whichever."


@dataclass(frozen=True, slots=True)
class Period:
    """From a time on, up to a time but without it; None is open."""

    begin: datetime | None = None
    end: datetime | None = None

    def conditions(self, column: InstrumentedAttribute[Any]) -> list[ColumnElement[bool]]:
        found = []
        if self.begin is not None:
            found.append(column >= self.begin)
        if self.end is not None:
            found.append(column < self.end)
        return found


def within(column: InstrumentedAttribute[Any], period: Period | None) -> list[ColumnElement[bool]]:
    return period.conditions(column) if period is not None else []


def one_of(column: ColumnElement[Any] | InstrumentedAttribute[Any], keys: Keys) -> list[ColumnElement[bool]]:
    """As one parameter, however many there are."""
    if keys is None:
        return []
    return [column == func.any(bindparam(None, list(keys), ARRAY(BigInteger)))]


def among(column: InstrumentedAttribute[Any], keys: Select[Any]) -> ColumnElement[bool]:
    """One of these keys, which are looked up once, before the rows are."""
    return column == func.any(func.array(keys.scalar_subquery()))


def in_collections(
    media_file_id: ColumnElement[Any] | InstrumentedAttribute[Any], collections: Keys
) -> list[ColumnElement[bool]]:
    """That the media file is in one of these collections."""
    return [media_file_id.in_(held_by(collections))] if collections is not None else []


def with_files_of(
    collections: Keys, key: InstrumentedAttribute[Any], owner: InstrumentedAttribute[Any], file: Any
) -> list[ColumnElement[bool]]:
    """That the one with this key has a media file of these collections: `owner` and `file` say who has which.

    Found from the files, all at once, so that what few have is not looked for in all; where that are too many, one
    by one, where the first file tells. A CASE, since the planner would take one of the two ways whatever it finds.
    """
    if collections is None:
        return []
    pairs = select(owner).where(*in_collections(file, collections))
    some = pairs.limit(PAIRS_LIMIT + 1).subquery()
    in_many = select(func.count() > PAIRS_LIMIT).select_from(some).scalar_subquery()
    return [case((in_many, pairs.where(owner == key).exists()), else_=key.in_(pairs))]


def held_by(collections: Keys) -> Select[Any]:
    """The keys of their media files."""
    return select(CollectionMediaFile.media_file_id).where(
        *one_of(CollectionMediaFile.collection_id, collections)
    )


def named(column: InstrumentedAttribute[Any], names: tuple[str, ...] | None) -> list[ColumnElement[bool]]:
    """Exactly one of these names, without white space around it."""
    if names is None:
        return []
    kept = [name.strip() for name in names if storable(name)]
    return [column == func.any(bindparam(None, kept, ARRAY(Text)))]


def contains(
    columns: Sequence[InstrumentedAttribute[Any]], searched: str | None
) -> list[ColumnElement[bool]]:
    """That one of the columns holds the text, in whatever case. Blank text holds nowhere and is no condition."""
    if searched is None or not searched.strip():
        return []
    sought = searched.strip()
    if len(sought) > TEXT_LIMIT:
        raise BadUserInput(
            f"The text to look for has {len(sought):,} characters; at most {TEXT_LIMIT} are allowed."
        )
    if not storable(sought):
        return [false()]
    for special in "\\%_":
        sought = sought.replace(special, f"\\{special}")
    return [or_(*(column.ilike(f"%{sought}%") for column in columns))]
