"""Batches: media files that are run together, and starting them on a pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum

from sqlalchemy import exists, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import ids
from chowda.apps import apps_by_id
from chowda.batch_sources import (
    Sources,
    add_members,
    checked,
    refuse_other_inputs,
    refuse_two_inputs,
    require_mmifs,
)
from chowda.clams.type_check import check_pipeline
from chowda.collections import collections_by_id
from chowda.errors import BadUserInput, Conflict, LimitExceeded
from chowda.models import Batch, BatchMediaFile, BatchRun, BatchRunStep, Pipeline
from chowda.models.run import STEPS_LIMIT
from chowda.models.status import DocumentType
from chowda.names import check_line, check_name, check_text
from chowda.pipelines import RunStep, read_all_metadata, refuse_archived, require_pipeline, startable_steps
from chowda.runs import check_priority

FILES_LIMIT = 250_000
"GUIDs in one batch: what a body of 16 MB holds, and some."

DOCUMENT_TYPES = text("""
    SELECT DISTINCT types FROM (
        SELECT string_agg(DISTINCT d.type, ' ' ORDER BY d.type) AS types
        FROM batch_media_files b JOIN media_documents d USING (media_file_id)
        WHERE b.batch_id = :batch_id GROUP BY media_file_id
    ) AS files
""")

ADD_RUN = text("""
    INSERT INTO batch_runs (
        batch_id, pipeline_id, pipeline_version, pipeline_name, pipeline_description, media_file_count,
        idempotency_key, priority
    )
    SELECT b.id, p.id, CAST(:version AS integer), p.name, p.description, b.media_file_count,
           CAST(:idempotency_key AS text), CAST(:priority AS smallint)
    FROM batches b, pipelines p WHERE b.id = :batch_id AND p.id = :pipeline_id
    ON CONFLICT (idempotency_key) DO NOTHING RETURNING id
""")

# Per file: null is blank. INPUT_OR_NEWEST: the batch's own input, else the newest there is.
ADD_PIPELINE_RUNS = text("""
    INSERT INTO pipeline_runs (batch_run_id, media_file_id, mmif_id, input_mmif_id)
    SELECT CAST(:batch_run_id AS bigint), b.media_file_id, input.mmif_id, input.mmif_id
    FROM batch_media_files b CROSS JOIN LATERAL (
        SELECT coalesce(
            CASE WHEN :start_from IN ('INPUT', 'INPUT_OR_NEWEST') THEN b.input_mmif_id END,
            CASE WHEN :start_from IN ('NEWEST', 'INPUT_OR_NEWEST') THEN
                (SELECT m.id FROM mmifs m WHERE m.media_file_id = b.media_file_id ORDER BY m.id DESC LIMIT 1) END
        ) AS mmif_id OFFSET 0
    ) AS input
    WHERE b.batch_id = :batch_id ORDER BY b.media_file_id
""")

ADD_STEP_RUNS = text(f"""
    INSERT INTO step_runs (id, pipeline_run_id, batch_run_id, clams_app_id, position, ready_at)
    SELECT p.id * {STEPS_LIMIT} + s.position, p.id, p.batch_run_id, s.clams_app_id, s.position,
           CASE WHEN s.position = 1 THEN now() END
    FROM pipeline_runs p JOIN batch_run_steps s USING (batch_run_id)
    WHERE p.batch_run_id = :batch_run_id
""")

ADD_TALLIES = text("""
    INSERT INTO run_tallies (batch_run_id, position, waiting)
    SELECT r.id, s.position, r.media_file_count
    FROM batch_runs r, (
        SELECT 0 AS position UNION ALL SELECT position FROM batch_run_steps WHERE batch_run_id = :batch_run_id
    ) AS s WHERE r.id = :batch_run_id
""")


class StartFrom(StrEnum):
    """Which MMIF each file of a batch starts from. Where a file has none of that kind it starts from a blank one."""

    BLANK = "BLANK"
    INPUT = "INPUT"  # the batch's input MMIF of the file
    NEWEST = "NEWEST"  # the file's newest MMIF, wherever it was made
    INPUT_OR_NEWEST = "INPUT_OR_NEWEST"  # the batch's input MMIF of the file, else its newest


@dataclass(frozen=True, slots=True)
class NewBatch:
    """`guids` are refused where one is unknown or repeated; `sources`: what else it is made of."""

    name: str
    description: str | None
    pipeline_id: int | None
    guids: Sequence[str] = ()
    sources: Sources = field(default_factory=Sources)


@dataclass(frozen=True, slots=True)
class BatchChange:
    """None leaves it as it is; an empty description takes it away."""

    name: str | None = None
    description: str | None = None
    pipeline_id: int | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """`pipeline_id`: None is the batch's own; `pipeline_version`: None is the newest.

    `overrides`: parameters for this start alone, by position; see pipelines.startable_steps. `start_from` goes
    before `from_blank_mmif`.
    """

    batch_id: int
    pipeline_id: int | None = None
    pipeline_version: int | None = None
    overrides: Mapping[int, object] = field(default_factory=dict)
    from_blank_mmif: bool = True
    idempotency_key: str | None = None
    priority: int = 0
    start_from: StartFrom | None = None

    @property
    def origin(self) -> StartFrom:
        return self.start_from or (StartFrom.BLANK if self.from_blank_mmif else StartFrom.INPUT_OR_NEWEST)


async def create_batch(session: AsyncSession, new: NewBatch) -> Batch:
    """Refuses, with BadUserInput, an empty batch, and unknown or repeated GUIDs: all of them in `extensions`.

    Conflict where a file would have two MMIFs as input, and for a pipeline that is archived; NotFound for what is not
    there.
    """
    name = check_name("The batch's name", new.name)
    description = check_text("The batch's description", new.description)
    sources = replace(new.sources, guids=[*new.guids, *new.sources.guids])
    if sources == Sources(guids=[]):
        raise BadUserInput(f"The batch {name!r} has no media files; it needs at least one.")
    _check_count(name, len(sources.guids))
    if new.pipeline_id is not None:
        refuse_archived(await require_pipeline(session, new.pipeline_id))
    sources = await checked(session, sources)
    batch = Batch(name=name, description=description, pipeline_id=new.pipeline_id, media_file_count=0)
    session.add(batch)
    await session.flush()
    count = await add_members(session, batch.id, sources)
    if not count:
        raise BadUserInput(
            f"The batch {name!r} has no media files: what it was to be made of holds none. It needs at least one."
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
    """One batch of each collection, with its name and description. All or none."""
    found = await collections_by_id(session, collection_ids)
    for key in collection_ids:
        if key not in found:
            raise ids.not_found(ids.Kind.COLLECTION, ids.opaque(ids.Kind.COLLECTION, key))
    return [
        await create_batch(
            session,
            NewBatch(
                found[key].name, found[key].description, pipeline_id, sources=Sources(collection_ids=[key])
            ),
        )
        for key in dict.fromkeys(collection_ids)
    ]


async def update_batch(session: AsyncSession, batch_id: int, change: BatchChange) -> Batch:
    """What it is called, and the pipeline on which it is started by default. Its runs stay as they are.

    NotFound for a pipeline, Conflict for one that is archived.
    """
    batch = await _locked(session, batch_id)
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
    """Its media files and MMIF stay. Conflict for one that was started: its runs tell what was done."""
    batch = await _locked(session, batch_id)
    runs = await session.scalar(
        select(func.count()).select_from(BatchRun).where(BatchRun.batch_id == batch_id)
    )
    if runs:
        raise Conflict(
            f"The batch {batch.name!r} can't be deleted: it was started {'once' if runs == 1 else f'{runs:,} times'}, "
            "and its runs tell what was done."
        )
    await session.delete(batch)
    await session.flush()


async def add_mmifs_to_batch(
    session: AsyncSession, batch_id: int, mmif_ids: Sequence[int], replace: bool = False
) -> Batch:
    """The MMIFs become inputs of their files; files that the batch does not have yet are added to it.

    Two MMIFs of one file are a Conflict, by name; so is a file that has another input already, unless
    `replace`. Runs that were started stay as they are.
    """
    batch = await _locked(session, batch_id)
    sources = Sources(mmif_ids=list(dict.fromkeys(mmif_ids)))
    await require_mmifs(session, sources.mmif_ids)
    await refuse_two_inputs(session, sources)
    if not replace:
        await refuse_other_inputs(session, batch_id, sources.mmif_ids)
    _check_count(batch.name, await add_members(session, batch_id, sources))
    await session.refresh(batch)
    return batch


async def _locked(session: AsyncSession, batch_id: int, read: bool = False) -> Batch:
    """`read`: others may read it meanwhile, but none may change it."""
    batch = await session.get(Batch, batch_id, with_for_update={"read": read}, populate_existing=True)
    if batch is None:
        raise ids.not_found(ids.Kind.BATCH, ids.opaque(ids.Kind.BATCH, batch_id))
    return batch


async def start_batch(session: AsyncSession, start: Start) -> BatchRun:
    """Makes the rows of all runs, set by set; the pipeline is frozen as it is now.

    With an idempotency key that was used before it gives the batch run of the first call, also when the two
    calls race. NotFound for batch or pipeline, Conflict for a key of another batch, BadUserInput where there
    is no pipeline or no file has what its first step needs.
    """
    startable = await check_start(session, start)
    if isinstance(startable, BatchRun):
        return startable
    run = {
        "batch_id": startable.batch.id,
        "pipeline_id": startable.pipeline.id,
        "version": startable.version,
    }
    batch_run_id = await session.scalar(
        ADD_RUN, run | {"idempotency_key": start.idempotency_key, "priority": start.priority}
    )
    if batch_run_id is None:  # another call with this key committed meanwhile
        earlier = await _started_before(session, start)
        if earlier is None:
            raise Conflict("Another call with this idempotency key was under way. Try again.")
        return earlier
    await session.execute(
        insert(BatchRunStep), [{"batch_run_id": batch_run_id} | asdict(step) for step in startable.steps]
    )
    await session.execute(
        ADD_PIPELINE_RUNS,
        {"batch_run_id": batch_run_id, "batch_id": start.batch_id, "start_from": start.origin.value},
    )
    await session.execute(ADD_STEP_RUNS, {"batch_run_id": batch_run_id})
    await session.execute(ADD_TALLIES, {"batch_run_id": batch_run_id})
    return (await session.scalars(select(BatchRun).where(BatchRun.id == batch_run_id))).one()


@dataclass(frozen=True, slots=True)
class Startable:
    """A batch, held, and what it can be started on."""

    batch: Batch
    pipeline: Pipeline
    version: int
    steps: Sequence[RunStep]


async def check_start(session: AsyncSession, start: Start) -> Startable | BatchRun:
    """As start_batch, but nothing is made; the batch run of an earlier call with this key, if there is one."""
    check_priority(start.priority)
    if start.idempotency_key is not None:
        check_line("The idempotency key", start.idempotency_key)
    # Held, so that the files whose runs are made are those that were counted.
    batch = await _locked(session, start.batch_id, read=True)
    earlier = await _started_before(session, start)
    if earlier is not None:
        return earlier
    pipeline_id = start.pipeline_id or batch.pipeline_id
    if pipeline_id is None:
        raise BadUserInput(f"The batch {batch.name!r} has no pipeline of its own: say which with pipelineId.")
    pipeline = await require_pipeline(session, pipeline_id)
    version, steps = await startable_steps(session, pipeline, start.pipeline_version, start.overrides)
    if start.origin is StartFrom.INPUT:
        await _require_inputs(session, batch)
    if start.origin is StartFrom.BLANK:
        await _check_documents(session, batch, pipeline, steps)
    return Startable(batch, pipeline, version, steps)


async def _started_before(session: AsyncSession, start: Start) -> BatchRun | None:
    if start.idempotency_key is None:
        return None
    earlier = await session.scalar(select(BatchRun).where(BatchRun.idempotency_key == start.idempotency_key))
    if earlier is not None and earlier.batch_id != start.batch_id:
        raise Conflict(
            f"The idempotency key {start.idempotency_key!r} was used to start another batch, "
            f"{ids.opaque(ids.Kind.BATCH, earlier.batch_id)}. Use a key of its own for each start."
        )
    return earlier


async def _require_inputs(session: AsyncSession, batch: Batch) -> None:
    inputs = exists().where(BatchMediaFile.batch_id == batch.id, BatchMediaFile.input_mmif_id.is_not(None))
    if not await session.scalar(select(inputs)):
        raise BadUserInput(
            f"The batch {batch.name!r} has no input MMIF to start from. Add some (addMmifsToBatch), or start it "
            "from blank or from each file's newest."
        )


async def _check_documents(
    session: AsyncSession, batch: Batch, pipeline: Pipeline, steps: Sequence[RunStep]
) -> None:
    """Refuses a start in which no file at all has the documents that the pipeline needs."""
    metadata = read_all_metadata(steps, await apps_by_id(session, [step.clams_app_id for step in steps]))
    refusal: BadUserInput | None = None
    for types in await session.scalars(DOCUMENT_TYPES, {"batch_id": batch.id}):
        try:
            check_pipeline(metadata, [DocumentType(name) for name in types.split()])
        except BadUserInput as exc:
            refusal = exc
        else:
            return
    if refusal is not None:
        raise BadUserInput(
            f"No media file of the batch {batch.name!r} has what the pipeline {pipeline.name!r} needs. "
            + refusal.message
        )


async def batches_by_id(session: AsyncSession, batch_ids: Sequence[int]) -> dict[int, Batch]:
    batches = await session.scalars(
        select(Batch).where(text("batches.id = ANY(:ids)")), {"ids": list(batch_ids)}
    )
    return {batch.id: batch for batch in batches}
