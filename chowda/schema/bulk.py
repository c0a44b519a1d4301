"""One change for many: by their IDs, or for all that a filter finds; and what became of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import bulk
from chowda.bulk import TOGETHER, Effect, Outcome, Unchanged, Verb
from chowda.errors import BadUserInput, ChowdaError
from chowda.ids import Kind, opaque
from chowda.lists.keyset import Column, Listing, Noun, Page
from chowda.models import MediaFile
from chowda.schema.context import Info
from chowda.schema.inputs import given
from chowda.schema.lists.arguments import keys, values
from chowda.schema.lists.media_files import MEDIA_FILES, MediaFileFilterInput

T = TypeVar("T")

IDs = list[strawberry.ID] | None


class FilterInput(Protocol):
    """A filter of a list, as it is given."""

    def of(self) -> Any: ...


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


async def chosen(
    info: Info, kind: Kind, noun: Noun[Any], ids: IDs, filter: FilterInput | None
) -> Sequence[int]:
    """The keys of those that were named or that the filter finds, each once."""
    asked = _asked(noun, "ids", given(ids), given(filter))
    if asked is None:
        return list(dict.fromkeys(keys(kind, ids) or ()))
    return await found_by(info, noun, asked, noun.model.id)


async def chosen_media_files(
    info: Info, guids: list[str] | None, filter: MediaFileFilterInput | None
) -> Sequence[str]:
    """As chosen, by their GUIDs."""
    asked = _asked(MEDIA_FILES.noun, "guids", given(guids), given(filter))
    if asked is None:
        return list(dict.fromkeys(values("guids", guids) or ()))
    return await found_by(info, MEDIA_FILES.noun, asked, MediaFile.guid)


def _asked(noun: Noun[Any], name: str, told: object, filter: FilterInput | None) -> Any:
    """The filter; None: they were named. BadUserInput unless it was said which."""
    if (told is None) == (filter is None):
        raise BadUserInput(
            f"Say which {noun.plural}: either with `{name}` or with `filter`, and not with both."
        )
    return filter.of() if filter is not None else None


async def found_by(info: Info, noun: Noun[Any], asked: Any, column: Column) -> list[Any]:
    """This column of all that the filter finds. BadUserInput for one that leaves nothing out."""
    if asked == type(asked)():
        raise BadUserInput(
            f"The filter is empty, which means all {noun.plural}. Say which, e.g. by when they were made."
        )
    listing = Listing(noun, asked, "CREATED", False, Page(0))
    async with info.context.database.session() as session:
        return await bulk.all_of(session, listing, column)


def parts(all: Sequence[T]) -> list[Sequence[T]]:
    return [all[begin : begin + TOGETHER] for begin in range(0, len(all), TOGETHER)]


async def change_each(
    info: Info,
    kind: Kind,
    verb: Verb,
    keys: Sequence[int],
    change: Callable[[AsyncSession, int], Awaitable[Effect]],
    dry_run: bool,
) -> BulkResult:
    """Each in a transaction of its own, which a dry run takes back. `change` raises what keeps it from being done.

    Whoever watches a batch run that it made is nudged.
    """
    outcomes: list[Outcome] = []
    for key in keys:
        try:
            async with info.context.database.session() as session:
                effect = await change(session, key)
                if dry_run:
                    await session.rollback()
        except ChowdaError as exc:
            outcomes.append(Unchanged.because(opaque(kind, key), exc))
        else:
            outcomes.append(effect)
            if effect.batch_run_id is not None:
                info.context.nudges.batch_run(effect.batch_run_id)
    return BulkResult.of(outcomes, dry_run, bulk.in_words(verb, kind, outcomes, done=not dry_run))
