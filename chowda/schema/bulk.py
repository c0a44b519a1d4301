"""One change for many: by their IDs, or for all that a filter finds."""

from __future__ import annotations

import strawberry

from chowda import bulk, lists
from chowda.bulk import Action, Effect, Unchanged
from chowda.errors import BadUserInput
from chowda.ids import Kind, opaque
from chowda.lists.batch_runs import BatchRunFilter
from chowda.lists.keyset import Listing, Page
from chowda.schema.context import Info
from chowda.schema.lists.arguments import given, keys
from chowda.schema.lists.batch_runs import BatchRunFilterInput

TOGETHER = 500
"So many are looked at in one transaction before a change."


@strawberry.type(description="One of many to which nothing was done.")
class UnchangedItem:
    id: strawberry.ID
    code: str = strawberry.field(description="As in the errors of this API: CONFLICT or NOT_FOUND.")
    message: str = strawberry.field(description="Why; for a person.")


@strawberry.type(
    description="What became of each. One that can't be changed keeps no other from it: done and unchanged together "
    "are all that were named or found. Each is changed on its own, so subscriptions show how it goes on."
)
class BulkResult:
    dry_run: bool = strawberry.field(description="true: nothing was done; it says what would be.")
    total: int
    done: list[strawberry.ID] = strawberry.field(description="Changed, or, in a dry run, what would be.")
    unchanged: list[UnchangedItem]
    file_count: int = strawberry.field(description="Of the media files on their way that it concerns.")
    running_count: int = strawberry.field(description="Of those, how many were running.")
    message: str = strawberry.field(
        description='For a person, e.g. "Cancels 412 files of 1 batch run; 3 are running."'
    )


async def change_batch_runs(
    info: Info,
    action: Action,
    ids: list[strawberry.ID] | None,
    filter: BatchRunFilterInput | None,
    dry_run: bool,
) -> BulkResult:
    chosen = await _chosen(info, given(ids), given(filter))
    database = info.context.database
    outcomes: list[Effect | Unchanged] = []
    if dry_run:
        for begin in range(0, len(chosen), TOGETHER):
            async with database.session() as session:
                outcomes += await bulk.foresee(session, action, chosen[begin : begin + TOGETHER])
    else:
        for key in chosen:
            async with database.session() as session:
                outcome = await bulk.change_batch_run(session, action, key)
            outcomes.append(outcome)
            if isinstance(outcome, Effect):
                info.context.nudges.batch_run(key)
    effects = [outcome for outcome in outcomes if isinstance(outcome, Effect)]
    unchanged = [outcome for outcome in outcomes if isinstance(outcome, Unchanged)]
    return BulkResult(
        dry_run=dry_run,
        total=len(outcomes),
        done=[strawberry.ID(opaque(Kind.BATCH_RUN, effect.key)) for effect in effects],
        unchanged=[
            UnchangedItem(
                id=strawberry.ID(opaque(Kind.BATCH_RUN, one.key)), code=one.code.value, message=one.message
            )
            for one in unchanged
        ],
        file_count=sum(effect.files for effect in effects),
        running_count=sum(effect.running for effect in effects),
        message=bulk.in_words(action, effects, len(unchanged), done=not dry_run),
    )


async def _chosen(
    info: Info, ids: list[strawberry.ID] | None, filter: BatchRunFilterInput | None
) -> list[int]:
    """Each once. BadUserInput unless it was said which: by IDs or by a filter that leaves something out."""
    if (ids is None) == (filter is None):
        raise BadUserInput("Say which batch runs: either with `ids` or with `filter`, and not with both.")
    if filter is None:
        return list(dict.fromkeys(keys(Kind.BATCH_RUN, ids) or ()))
    asked = filter.of()
    if asked == BatchRunFilter():
        raise BadUserInput(
            "The filter is empty, which means all batch runs. Say which, e.g. by their status."
        )
    listing = Listing(lists.batch_runs.BATCH_RUNS, asked, "CREATED", False, Page(0))
    async with info.context.database.session() as session:
        return await bulk.keys_of(session, listing)
