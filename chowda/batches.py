"""Batches: media files that are run together, and starting them on a pipeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import ids
from chowda.apps import apps_by_id
from chowda.clams.metadata import parse_metadata
from chowda.clams.type_check import check_pipeline
from chowda.errors import BadUserInput, Conflict, LimitExceeded
from chowda.media import listed
from chowda.models import Batch, BatchRun, Pipeline
from chowda.models.run import STEPS_LIMIT
from chowda.models.status import DocumentType
from chowda.names import check_line, check_name, check_text, storable
from chowda.pipelines import steps_of
from chowda.runs import check_priority

FILES_LIMIT = 250_000
"GUIDs in one batch: what a body of 16 MB holds, and some."
LISTED_LIMIT = 1000

UNKNOWN = text("""
    SELECT guid FROM unnest(CAST(:guids AS text[])) AS guid
    WHERE NOT EXISTS (SELECT FROM media_files f WHERE f.guid = guid.guid)
""")

ADD_FILES = text("""
    INSERT INTO batch_media_files (batch_id, media_file_id)
    SELECT CAST(:batch_id AS bigint), id FROM media_files WHERE guid = ANY(:guids) ORDER BY id
""")

DOCUMENT_TYPES = text("""
    SELECT DISTINCT types FROM (
        SELECT string_agg(DISTINCT d.type, ' ' ORDER BY d.type) AS types
        FROM batch_media_files b JOIN media_documents d USING (media_file_id)
        WHERE b.batch_id = :batch_id GROUP BY media_file_id
    ) AS files
""")

ADD_RUN = text("""
    INSERT INTO batch_runs (
        batch_id, pipeline_id, pipeline_name, pipeline_description, media_file_count, idempotency_key, priority
    )
    SELECT b.id, p.id, p.name, p.description, b.media_file_count, CAST(:idempotency_key AS text),
           CAST(:priority AS smallint)
    FROM batches b, pipelines p WHERE b.id = :batch_id AND p.id = :pipeline_id
    ON CONFLICT (idempotency_key) DO NOTHING RETURNING id
""")

FREEZE_STEPS = text("""
    INSERT INTO batch_run_steps (batch_run_id, position, clams_app_id, parameters, retry)
    SELECT :batch_run_id, position, clams_app_id, parameters, retry FROM pipeline_steps
    WHERE pipeline_id = :pipeline_id
""")

# Per file: null (blank) if asked for, else the batch's own input, else the newest there is.
ADD_PIPELINE_RUNS = text("""
    INSERT INTO pipeline_runs (batch_run_id, media_file_id, mmif_id, input_mmif_id)
    SELECT CAST(:batch_run_id AS bigint), b.media_file_id, input.mmif_id, input.mmif_id
    FROM batch_media_files b CROSS JOIN LATERAL (
        SELECT CASE WHEN NOT CAST(:from_blank AS boolean) THEN coalesce(
            b.input_mmif_id,
            (SELECT m.id FROM mmifs m WHERE m.media_file_id = b.media_file_id ORDER BY m.id DESC LIMIT 1)
        ) END AS mmif_id OFFSET 0
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


@dataclass(frozen=True, slots=True)
class NewBatch:
    name: str
    description: str | None
    pipeline_id: int | None
    guids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Start:
    """`pipeline_id`: None is the batch's own."""

    batch_id: int
    pipeline_id: int | None = None
    from_blank_mmif: bool = True
    idempotency_key: str | None = None
    priority: int = 0


async def create_batch(session: AsyncSession, new: NewBatch) -> Batch:
    """Refuses, with BadUserInput, an empty batch, and unknown or repeated GUIDs: all of them in `extensions`."""
    name = check_name("The batch's name", new.name)
    description = check_text("The batch's description", new.description)
    if not new.guids:
        raise BadUserInput(f"The batch {name!r} has no media files; it needs at least one.")
    if len(new.guids) > FILES_LIMIT:
        raise LimitExceeded(
            f"The batch {name!r} has {len(new.guids):,} media files; at most {FILES_LIMIT:,} are allowed."
        )
    if new.pipeline_id is not None:
        await _require_pipeline(session, new.pipeline_id)
    await _refuse_wrong_guids(session, new.guids)
    batch = Batch(
        name=name,
        description=description,
        pipeline_id=new.pipeline_id,
        media_file_count=len(new.guids),
    )
    session.add(batch)
    await session.flush()
    await session.execute(ADD_FILES, {"batch_id": batch.id, "guids": list(new.guids)})
    return batch


async def _refuse_wrong_guids(session: AsyncSession, guids: Sequence[str]) -> None:
    asked = [guid for guid in guids if storable(guid)]
    known_not = set(await session.scalars(UNKNOWN, {"guids": asked})) | (set(guids) - set(asked))
    times = Counter(guids)
    unknown = [guid for guid in times if guid in known_not]
    repeated = [guid for guid, count in times.items() if count > 1 and guid not in known_not]
    if not unknown and not repeated:
        return
    reasons = []
    if unknown:
        reasons.append(f"{len(unknown):,} of its GUIDs are unknown: {listed(unknown)}")
    if repeated:
        reasons.append(f"{len(repeated):,} stand in it more than once: {listed(repeated)}")
    raise BadUserInput(
        f"The batch was not made: {'; '.join(reasons)}.",
        {"guids": unknown + repeated},
    )


async def _require_pipeline(session: AsyncSession, pipeline_id: int) -> Pipeline:
    pipeline = await session.get(Pipeline, pipeline_id)
    if pipeline is None:
        raise ids.not_found(ids.Kind.PIPELINE, ids.opaque(ids.Kind.PIPELINE, pipeline_id))
    return pipeline


async def start_batch(session: AsyncSession, start: Start) -> BatchRun:
    """Makes the rows of all runs, set by set; the pipeline is frozen as it is now.

    With an idempotency key that was used before it gives the batch run of the first call, also when the two
    calls race. NotFound for batch or pipeline, Conflict for a key of another batch, BadUserInput where there
    is no pipeline or no file has what its first step needs.
    """
    check_priority(start.priority)
    if start.idempotency_key is not None:
        check_line("The idempotency key", start.idempotency_key)
    batch = await session.get(Batch, start.batch_id)
    if batch is None:
        raise ids.not_found(ids.Kind.BATCH, ids.opaque(ids.Kind.BATCH, start.batch_id))
    earlier = await _started_before(session, start)
    if earlier is not None:
        return earlier
    pipeline_id = start.pipeline_id or batch.pipeline_id
    if pipeline_id is None:
        raise BadUserInput(f"The batch {batch.name!r} has no pipeline of its own: say which with pipelineId.")
    pipeline = await _require_pipeline(session, pipeline_id)
    if start.from_blank_mmif:
        await _check_documents(session, batch, pipeline)

    run = {"batch_id": batch.id, "pipeline_id": pipeline.id}
    batch_run_id = await session.scalar(
        ADD_RUN, run | {"idempotency_key": start.idempotency_key, "priority": start.priority}
    )
    if batch_run_id is None:  # another call with this key committed meanwhile
        earlier = await _started_before(session, start)
        if earlier is None:
            raise Conflict("Another call with this idempotency key was under way. Try again.")
        return earlier
    run |= {"batch_run_id": batch_run_id}
    await session.execute(FREEZE_STEPS, {"batch_run_id": batch_run_id, "pipeline_id": pipeline.id})
    await session.execute(
        ADD_PIPELINE_RUNS,
        {"batch_run_id": batch_run_id, "batch_id": batch.id, "from_blank": start.from_blank_mmif},
    )
    await session.execute(ADD_STEP_RUNS, {"batch_run_id": batch_run_id})
    await session.execute(ADD_TALLIES, {"batch_run_id": batch_run_id})
    return (await session.scalars(select(BatchRun).where(BatchRun.id == batch_run_id))).one()


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


async def _check_documents(session: AsyncSession, batch: Batch, pipeline: Pipeline) -> None:
    """Refuses a start in which no file at all has the documents that the pipeline needs."""
    steps = (await steps_of(session, [pipeline.id]))[pipeline.id]
    apps = await apps_by_id(session, [step.clams_app_id for step in steps])
    metadata = [parse_metadata(apps[step.clams_app_id].description) for step in steps]
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


async def find_batches(session: AsyncSession, name: str | None) -> list[Batch]:
    """The newest 1,000, newest first, of all or of those with this name: a batch's name is not unique."""
    statement = select(Batch).order_by(Batch.id.desc()).limit(LISTED_LIMIT)
    if name is not None:
        if not storable(name):
            return []
        statement = statement.where(Batch.name == name.strip())
    return list(await session.scalars(statement))
