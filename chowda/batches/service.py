"""Batches: create, change and delete them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import ids
from chowda.batches.sources import (
    Sources,
    add_members,
    refuse_other_inputs,
    refuse_two_inputs,
    require_mmifs,
    validated,
)
from chowda.errors import BadUserInput, Conflict, LimitExceeded
from chowda.media.collections import collections_by_id
from chowda.models import Batch, BatchRun
from chowda.pipelines.service import (
    refuse_archived,
    require_pipeline,
)
from chowda.text_checks import check_name, check_text

FILES_LIMIT = 250_000
"A request body of 16 MB holds about as many GUIDs."


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A batch to create, of the media files of `guids` and of `sources`."""

    name: str
    description: str | None
    pipeline_id: int | None
    guids: Sequence[str] = ()
    sources: Sources = field(default_factory=Sources)


@dataclass(frozen=True, slots=True)
class BatchChange:
    """What to change. None keeps the present value; an empty description removes it."""

    name: str | None = None
    description: str | None = None
    pipeline_id: int | None = None


async def create_batch(session: AsyncSession, new: NewBatch) -> Batch:
    """Creates a batch.

    Raises BadUserInput for a batch without media files and for unknown or repeated GUIDs, with all of them in
    `extensions`; Conflict if a file would get more than one input MMIF, or if the pipeline is archived; NotFound for
    unknown IDs; LimitExceeded for too many files.
    """
    name = check_name("The batch's name", new.name)
    description = check_text("The batch's description", new.description)
    sources = replace(new.sources, guids=[*new.guids, *new.sources.guids])
    if sources == Sources(guids=[], guid_rule=sources.guid_rule):
        raise BadUserInput(f"The batch {name!r} has no media files. Add at least one.")
    _check_count(name, len(sources.guids))
    if new.pipeline_id is not None:
        refuse_archived(await require_pipeline(session, new.pipeline_id))
    sources = await validated(session, sources)
    batch = Batch(name=name, description=description, pipeline_id=new.pipeline_id, media_file_count=0)
    session.add(batch)
    await session.flush()
    count = await add_members(session, batch.id, sources)
    if not count:
        raise BadUserInput(
            f"The batch {name!r} has no media files: its sources are empty. Add at least one media file."
        )
    _check_count(name, count)
    await session.refresh(batch)
    return batch


def _check_count(name: str, count: int) -> None:
    if count > FILES_LIMIT:
        raise LimitExceeded(
            f"The batch {name!r} has {count:,} media files; at most {FILES_LIMIT:,} are allowed."
        )


async def create_batches_from_collections(
    session: AsyncSession, collection_ids: Sequence[int], pipeline_id: int | None = None
) -> list[Batch]:
    """Creates a batch from each collection, with its name and description. Raises the errors of create_batch."""
    collections = await collections_by_id(session, collection_ids)
    for key in collection_ids:
        if key not in collections:
            raise ids.not_found(ids.Kind.COLLECTION, ids.opaque(ids.Kind.COLLECTION, key))
    return [
        await create_batch(
            session,
            NewBatch(
                collections[key].name,
                collections[key].description,
                pipeline_id,
                sources=Sources(collection_ids=[key]),
            ),
        )
        for key in dict.fromkeys(collection_ids)
    ]


async def update_batch(session: AsyncSession, batch_id: int, change: BatchChange) -> Batch:
    """Changes the name, the description or the default pipeline. Runs do not change.

    Raises NotFound for an unknown batch or pipeline, Conflict for a pipeline that is archived.
    """
    batch = await lock_batch(session, batch_id)
    if change.name is not None:
        batch.name = check_name("The batch's name", change.name)
    if change.description is not None:
        batch.description = check_text("The batch's description", change.description) or None
    if change.pipeline_id is not None:
        pipeline = await require_pipeline(session, change.pipeline_id)
        refuse_archived(pipeline)
        batch.pipeline_id = pipeline.id
    await session.flush()
    return batch


async def delete_batch(session: AsyncSession, batch_id: int) -> None:
    """Deletes a batch; its media files and MMIFs stay. Raises Conflict if it was started: its runs are records."""
    batch = await lock_batch(session, batch_id)
    runs = await session.scalar(
        select(func.count()).select_from(BatchRun).where(BatchRun.batch_id == batch_id)
    )
    if runs:
        raise Conflict(
            f"The batch {batch.name!r} can't be deleted: it was started {'once' if runs == 1 else f'{runs:,} times'}, "
            "and its runs are kept."
        )
    await session.delete(batch)
    await session.flush()


async def add_mmifs_to_batch(
    session: AsyncSession, batch_id: int, mmif_ids: Sequence[int], replace: bool = False
) -> Batch:
    """Makes the MMIFs the inputs of their media files, and adds the files that the batch does not have yet.

    Runs do not change. Raises Conflict, with the GUIDs, for two MMIFs of one file, and for a file that has another
    input already unless `replace` is true.
    """
    batch = await lock_batch(session, batch_id)
    sources = Sources(mmif_ids=list(dict.fromkeys(mmif_ids)))
    await require_mmifs(session, sources.mmif_ids)
    await refuse_two_inputs(session, sources)
    if not replace:
        await refuse_other_inputs(session, batch_id, sources.mmif_ids)
    _check_count(batch.name, await add_members(session, batch_id, sources))
    await session.refresh(batch)
    return batch


async def lock_batch(session: AsyncSession, batch_id: int, read: bool = False) -> Batch:
    """Locks the batch. With `read`, other transactions may lock it for reading too. Raises NotFound."""
    batch = await session.get(Batch, batch_id, with_for_update={"read": read}, populate_existing=True)
    if batch is None:
        raise ids.not_found(ids.Kind.BATCH, ids.opaque(ids.Kind.BATCH, batch_id))
    return batch


async def batches_by_id(session: AsyncSession, batch_ids: Sequence[int]) -> dict[int, Batch]:
    batches = await session.scalars(
        select(Batch).where(text("batches.id = ANY(:ids)")), {"ids": list(batch_ids)}
    )
    return {batch.id: batch for batch in batches}
