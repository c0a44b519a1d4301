"""Bulk mutations: one change of many nodes, which are named by their IDs or found by a filter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import bulk
from chowda.bulk import ITEMS_PER_TRANSACTION, Effect, Outcome, Unchanged, Verb
from chowda.errors import BadUserInput, ChowdaError
from chowda.ids import Kind, opaque
from chowda.pagination import keyset
from chowda.pagination.keyset import Column, ListQuery, ListSpec, PageRequest
from chowda.schema.context import Info
from chowda.schema.filter_values import FilterInput, keys
from chowda.schema.optional_values import value_or_none

T = TypeVar("T")

DELETE = Verb("delete", "Deletes", "Deleted")


@strawberry.type(description="An item that a bulk mutation did not change.")
class UnchangedItem:
    id: strawberry.ID = strawberry.field(description="The ID of the item. For a media file: its GUID.")
    code: str = strawberry.field(
        description="The error code, e.g. CONFLICT if the item has the wanted state already or does not allow the "
        "change."
    )
    message: str = strawberry.field(description="The reason, for people.")


@strawberry.type(
    description="The result of a bulk mutation. An item that cannot be changed does not block the others: `done` and "
    "`unchanged` together are all items that you named or that the filter found. The items are changed in parts, and "
    "subscriptions show the progress."
)
class BulkResult:
    dry_run: bool = strawberry.field(
        description="true: nothing was changed; the result is a preview of the change."
    )
    total: int
    done_count: int
    done: list[strawberry.ID] = strawberry.field(
        description="The changed items; in a dry run, the items that would change. For media files: their GUIDs."
    )
    unchanged: list[UnchangedItem]
    file_count: int = strawberry.field(
        description="The number of pipeline runs that the change affects or creates."
    )
    running_count: int = strawberry.field(description="How many of these pipeline runs were running.")
    message: str = strawberry.field(
        description='A summary for people, e.g. "Cancels 412 files of 1 batch run; 3 are running."'
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


async def selected_keys(
    info: Info, kind: Kind, spec: ListSpec[Any], ids: list[strawberry.ID] | None, filter: FilterInput | None
) -> Sequence[int]:
    """The database keys of the rows that a client names or that its filter finds, each once.

    Raises BadUserInput unless there is either a list of IDs or a filter, and for an empty filter.
    """
    present = check_selection(spec, "ids", ids, filter)
    if present is None:
        return list(dict.fromkeys(keys(kind, ids) or ()))
    return await read_column(info, spec, present, spec.model.id)


def check_selection(
    spec: ListSpec[Any], name: str, named: Sequence[str] | None, filter: FilterInput | None
) -> FilterInput | None:
    """The filter, or None if the client names the rows. Raises BadUserInput for both or none of them."""
    present = value_or_none(filter)
    if (value_or_none(named) is None) == (present is None):
        raise BadUserInput(f"Select the {spec.plural} with either `{name}` or `filter`.")
    return present


async def read_column(info: Info, spec: ListSpec[Any], filter: FilterInput, column: Column) -> list[Any]:
    """A column of all rows that the filter finds. Raises BadUserInput for an empty filter, which finds all rows."""
    conditions = filter.to_filter()
    if conditions == type(conditions)():
        raise BadUserInput(
            f"The filter is empty, so it selects all {spec.plural}. Add a condition, e.g. a period in `created`."
        )
    query = ListQuery(spec, conditions, "CREATED", False, PageRequest(0))
    async with info.context.database.session() as session:
        return await keyset.read_column(session, query, column)


def parts(items: Sequence[T]) -> list[Sequence[T]]:
    """The items in parts of at most ITEMS_PER_TRANSACTION: one transaction each."""
    return [
        items[begin : begin + ITEMS_PER_TRANSACTION] for begin in range(0, len(items), ITEMS_PER_TRANSACTION)
    ]


async def change_each(
    info: Info,
    kind: Kind,
    verb: Verb,
    keys: Sequence[int],
    change: Callable[[AsyncSession, int], Awaitable[Effect]],
    dry_run: bool,
) -> BulkResult:
    """Changes each row in its own transaction; a dry run rolls it back.

    `change` raises a ChowdaError for a row that cannot be changed. Subscribers of a batch run that it creates are
    notified.
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


async def delete_each(
    info: Info,
    action: str,
    kind: Kind,
    keys: Sequence[int],
    delete: Callable[[AsyncSession, int], Awaitable[None]],
    dry_run: bool,
) -> BulkResult:
    """As change_each. `action` is the name of the mutation in the audit log."""

    async def change(session: AsyncSession, key: int) -> Effect:
        if not dry_run:
            await info.context.audit.record(session, action, kind, key)
        await delete(session, key)
        return Effect(opaque(kind, key))

    return await change_each(info, kind, DELETE, keys, change, dry_run)
