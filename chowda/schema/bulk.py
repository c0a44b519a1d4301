"""One change for many: by their IDs, or for all that a filter finds; and what became of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import bulk
from chowda.bulk import ITEMS_PER_TRANSACTION, Effect, Outcome, Unchanged, Verb
from chowda.errors import BadUserInput, ChowdaError
from chowda.ids import Kind, opaque
from chowda.models import MediaFile
from chowda.pagination.keyset import Column, ListQuery, PageRequest, read_column
from chowda.schema.context import Info
from chowda.schema.grouped_arguments import Resolver, gathered, optional
from chowda.schema.list_arguments import keys, values
from chowda.schema.list_field import FilterInput, ListField
from chowda.schema.media_file.list import MEDIA_FILES, MediaFileFilterInput
from chowda.schema.unset import given

T = TypeVar("T")

IDs = list[strawberry.ID] | None


@strawberry.type(description="One of many to which nothing was done.")
class UnchangedItem:
    id: strawberry.ID = strawberry.field(description="Of a media file: its GUID.")
    code: str = strawberry.field(
        description="As in the errors of this API, e.g. CONFLICT where it is so already or can't be done."
    )
    message: str = strawberry.field(description="Why; for a person.")


@strawberry.type(
    description="What became of each. One that can't be changed keeps no other from it: done and unchanged together "
    "are all that were named or found. It is done part by part, and subscriptions show how it goes on."
)
class BulkResult:
    dry_run: bool = strawberry.field(description="true: nothing was done; it says what would be.")
    total: int
    done_count: int
    done: list[strawberry.ID] = strawberry.field(
        description="Changed, or, in a dry run, what would be. Of media files their GUIDs."
    )
    unchanged: list[UnchangedItem]
    file_count: int = strawberry.field(
        description="Of the media files on their way that it concerns, or that it sends on their way."
    )
    running_count: int = strawberry.field(description="Of those, how many were running.")
    message: str = strawberry.field(
        description='For a person, e.g. "Cancels 412 files of 1 batch run; 3 are running."'
    )

    @classmethod
    def of(cls, outcomes: Sequence[Outcome], dry_run: bool, message: str) -> BulkResult:
        effects = bulk.effects_in(outcomes)
        return cls(
            dry_run=dry_run,
            total=len(outcomes),
            done_count=len(effects),
            done=[strawberry.ID(effect.id) for effect in effects],
            unchanged=[
                UnchangedItem(id=strawberry.ID(one.id), code=one.code.value, message=one.message)
                for one in outcomes
                if isinstance(one, Unchanged)
            ],
            file_count=sum(effect.files for effect in effects),
            running_count=sum(effect.running for effect in effects),
            message=message,
        )


@dataclass(frozen=True, slots=True)
class Which:
    """Those of a list that are meant: named by their IDs, or all that a filter finds."""

    listed: ListField[Any, Any]
    ids: IDs
    filter: FilterInput | None

    async def keys(self, info: Info) -> Sequence[int]:
        """Each once. BadUserInput unless it was said which."""
        asked = _asked(self.listed, "ids", given(self.ids), given(self.filter))
        if asked is None:
            return list(dict.fromkeys(keys(self.listed.kind, self.ids) or ()))
        return await found_by(info, self.listed, asked, self.listed.spec.model.id)


@dataclass(frozen=True, slots=True)
class WhichFiles:
    """As Which, for media files, which clients know by their GUIDs."""

    guids: list[str] | None
    filter: MediaFileFilterInput | None

    async def each(self, info: Info) -> Sequence[str]:
        """The GUIDs, each once. BadUserInput unless it was said which."""
        asked = _asked(MEDIA_FILES, "guids", given(self.guids), given(self.filter))
        if asked is None:
            return list(dict.fromkeys(values("guids", self.guids) or ()))
        return await found_by(info, MEDIA_FILES, asked, MediaFile.guid)


def many(listed: ListField[Any, Any]) -> Callable[[Resolver[BulkResult]], Resolver[BulkResult]]:
    """A mutation of many of a list: its resolver takes the arguments that say of which as one, called `which`."""
    arguments = [optional("ids", list[strawberry.ID]), optional("filter", listed.filter)]
    return gathered("which", arguments, partial(Which, listed))


many_files: Callable[[Resolver[BulkResult]], Resolver[BulkResult]] = gathered(
    "which", [optional("guids", list[str]), optional("filter", MEDIA_FILES.filter)], WhichFiles
)
"""As many, of media files."""


def _asked(listed: ListField[Any, Any], name: str, told: object, filter: FilterInput | None) -> Any:
    """The filter; None: they were named. BadUserInput unless it was said which."""
    if (told is None) == (filter is None):
        raise BadUserInput(
            f"Say which {listed.spec.plural}: either with `{name}` or with `filter`, and not with both."
        )
    return filter.of() if filter is not None else None


async def found_by(info: Info, listed: ListField[Any, Any], asked: Any, column: Column) -> list[Any]:
    """This column of all that the filter finds. BadUserInput for one that leaves nothing out."""
    if asked == type(asked)():
        raise BadUserInput(
            f"The filter is empty, which means all {listed.spec.plural}. Say which, e.g. by when they were made."
        )
    listing = ListQuery(listed.spec, asked, "CREATED", False, PageRequest(0))
    async with info.context.database.session() as session:
        return await read_column(session, listing, column)


def parts(all: Sequence[T]) -> list[Sequence[T]]:
    return [all[begin : begin + ITEMS_PER_TRANSACTION] for begin in range(0, len(all), ITEMS_PER_TRANSACTION)]


async def change_each(
    info: Info,
    kind: Kind,
    verb: Verb,
    keys: Sequence[int],
    change: Callable[[AsyncSession, int], Awaitable[Effect]],
    dry_run: bool,
) -> BulkResult:
    """Each in a transaction of its own, which a dry run takes back. `change` raises what keeps it from being done.

    Whoever watches a batch run that it made is notified.
    """
    outcomes: list[Outcome] = []
    for key in keys:
        try:
            async with info.context.database.session() as session:
                effect = await change(session, key)
                if dry_run:
                    await session.rollback()
        except ChowdaError as exc:
            outcomes.append(Unchanged.from_error(opaque(kind, key), exc))
        else:
            outcomes.append(effect)
            if effect.batch_run_id is not None:
                info.context.notifier.batch_run(effect.batch_run_id)
    return BulkResult.of(outcomes, dry_run, bulk.summary(verb, kind, outcomes, done=not dry_run))
