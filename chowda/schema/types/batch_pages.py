"""Pages of what belongs to a batch, in the order in which its media files were added."""

from __future__ import annotations

from dataclasses import dataclass

import strawberry

from chowda.errors import BadUserInput, LimitExceeded
from chowda.ids import Kind, number_of
from chowda.schema.types.mmif import Mmif

PAGE = 50
MMIFS_LIMIT = 500
GUIDS_LIMIT = 10_000


@strawberry.type(description="A page of GUIDs.")
class GuidPage:
    guids: list[str]
    has_next_page: bool
    end_cursor: str | None = strawberry.field(description="Give it as `after` for what follows.")


@strawberry.type(description="A page of MMIFs, by their media files.")
class MmifPage:
    mmifs: list[Mmif]
    has_next_page: bool
    end_cursor: str | None = strawberry.field(description="Give it as `after` for what follows.")


@dataclass(frozen=True, slots=True)
class BatchPage:
    """`after` is the key of a media file."""

    batch_key: int
    first: int
    after: int

    @classmethod
    def of(cls, batch_key: int, first: int | None, after: str | None) -> BatchPage:
        size, last = page_of(first, after, MMIFS_LIMIT)
        return cls(batch_key, size, last)


def page_of(first: int | None, after: str | None, limit: int) -> tuple[int, int]:
    """How many, and after which media file's key. Raises BadUserInput and LimitExceeded."""
    size = PAGE if first is None else first
    if size < 0:
        raise BadUserInput(f"first is {size}; it must be from 0 to {limit:,}.")
    if size > limit:
        raise LimitExceeded(f"first is {size:,}; at most {limit:,} are given at once. Page with `after`.")
    last = 0 if after is None else number_of(Kind.MEDIA_FILE, after)
    if last is None:
        raise BadUserInput(f"The cursor {after!r:.80} can't be read. Use an endCursor.")
    return size, last
