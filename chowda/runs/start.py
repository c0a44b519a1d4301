"""The start of a batch on a pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from sqlalchemy import exists, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import ids
from chowda.apps.registry import apps_by_id
from chowda.batches.service import lock_batch
from chowda.clams.type_check import check_pipeline
from chowda.enums import DocumentType
from chowda.errors import BadUserInput, Conflict, Hint
from chowda.models import Batch, BatchMediaFile, BatchRun, BatchRunStep, Pipeline
from chowda.models.step_key import STEP_KEY_STRIDE
from chowda.pipelines.service import RunStep, read_all_metadata, require_pipeline, startable_steps
from chowda.runs.batch_runs import check_priority
from chowda.text_checks import check_line

# Finds the combinations of document types that the media files of a batch have.
DOCUMENT_TYPES = text("""
    SELECT DISTINCT types FROM (
        SELECT string_agg(DISTINCT d.type, ' ' ORDER BY d.type) AS types
        FROM batch_media_files b JOIN media_documents d USING (media_file_id)
        WHERE b.batch_id = :batch_id GROUP BY media_file_id
    ) AS files
""")

# Adds the batch run, unless the idempotency key was used before.
ADD_BATCH_RUN = text("""
    INSERT INTO batch_runs (
        batch_id, pipeline_id, pipeline_version, pipeline_name, pipeline_description, media_file_count,
        idempotency_key, priority
    )
    SELECT b.id, p.id, CAST(:version AS integer), p.name, p.description, b.media_file_count,
           CAST(:idempotency_key AS text), CAST(:priority AS smallint)
    FROM batches b, pipelines p WHERE b.id = :batch_id AND p.id = :pipeline_id
    ON CONFLICT (idempotency_key) DO NOTHING RETURNING id
""")

# Adds a pipeline run for each media file, with the MMIF that it starts from. NULL: from scratch.
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

# Adds a step run for each pipeline run and step. The first steps are ready.
ADD_STEP_RUNS = text(f"""
    INSERT INTO step_runs (id, pipeline_run_id, batch_run_id, clams_app_id, position, ready_at)
    SELECT p.id * {STEP_KEY_STRIDE} + s.position, p.id, p.batch_run_id, s.clams_app_id, s.position,
           CASE WHEN s.position = 1 THEN now() END
    FROM pipeline_runs p JOIN batch_run_steps s USING (batch_run_id)
    WHERE p.batch_run_id = :batch_run_id
""")

# Adds the counters: all parts are waiting.
ADD_COUNTERS = text("""
    INSERT INTO run_counters (batch_run_id, position, waiting)
    SELECT r.id, s.position, r.media_file_count
    FROM batch_runs r, (
        SELECT 0 AS position UNION ALL SELECT position FROM batch_run_steps WHERE batch_run_id = :batch_run_id
    ) AS s WHERE r.id = :batch_run_id
""")


class StartFrom(StrEnum):
    """The MMIF that each media file starts from. A file without such a MMIF starts from scratch."""

    BLANK = "BLANK"  # from scratch: from an initial MMIF that names only the media documents
    INPUT = "INPUT"  # the input MMIF of the file in this batch
    NEWEST = "NEWEST"  # the newest MMIF of the file, of any origin
    INPUT_OR_NEWEST = "INPUT_OR_NEWEST"  # the input MMIF of the file in this batch, else its newest MMIF


@dataclass(frozen=True, slots=True)
class Start:
    """How to start a batch.

    Without `pipeline_id` the batch starts on its default pipeline, without `pipeline_version` on the newest version.
    `overrides` are parameters for this start only, by position: see pipelines.service.startable_steps.
    `start_from` takes precedence over `from_blank_mmif`.
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
    def effective_start_from(self) -> StartFrom:
        return self.start_from or (StartFrom.BLANK if self.from_blank_mmif else StartFrom.INPUT_OR_NEWEST)


async def start_batch(session: AsyncSession, start: Start) -> BatchRun:
    """Creates the batch run with all its pipeline runs and step runs. The pipeline is frozen as it is now.

    If the idempotency key was used before, returns the batch run of the earlier call, also if the two calls race.
    Raises NotFound for an unknown batch or pipeline; Conflict for a key that was used for another batch; BadUserInput
    if there is no pipeline, or if no media file has the documents that the pipeline needs.
    """
    startable = await check_start(session, start)
    if isinstance(startable, BatchRun):
        return startable
    batch_run_id = await session.scalar(
        ADD_BATCH_RUN,
        {
            "batch_id": startable.batch.id,
            "pipeline_id": startable.pipeline.id,
            "version": startable.version,
            "idempotency_key": start.idempotency_key,
            "priority": start.priority,
        },
    )
    if batch_run_id is None:  # another call with this key has committed meanwhile
        earlier = await _earlier_batch_run(session, start)
        if earlier is None:
            raise Conflict("Another request is using this idempotency key. Try again.")
        return earlier
    await session.execute(
        insert(BatchRunStep), [{"batch_run_id": batch_run_id} | asdict(step) for step in startable.steps]
    )
    await session.execute(
        ADD_PIPELINE_RUNS,
        {
            "batch_run_id": batch_run_id,
            "batch_id": start.batch_id,
            "start_from": start.effective_start_from.value,
        },
    )
    await session.execute(ADD_STEP_RUNS, {"batch_run_id": batch_run_id})
    await session.execute(ADD_COUNTERS, {"batch_run_id": batch_run_id})
    return (await session.scalars(select(BatchRun).where(BatchRun.id == batch_run_id))).one()


@dataclass(frozen=True, slots=True)
class Startable:
    """A batch whose row is locked, and the pipeline steps that it can be started on."""

    batch: Batch
    pipeline: Pipeline
    version: int
    steps: Sequence[RunStep]


async def check_start(session: AsyncSession, start: Start) -> Startable | BatchRun:
    """Makes all checks of start_batch and raises its errors, but creates nothing.

    Returns the batch run of an earlier call with the same idempotency key, if there is one.
    """
    check_priority(start.priority)
    if start.idempotency_key is not None:
        check_line("The idempotency key", start.idempotency_key)
    # Locked, so that no media file is added between the count and the start.
    batch = await lock_batch(session, start.batch_id, read=True)
    earlier = await _earlier_batch_run(session, start)
    if earlier is not None:
        return earlier
    pipeline_id = start.pipeline_id or batch.pipeline_id
    if pipeline_id is None:
        raise BadUserInput(f"The batch {batch.name!r} has no pipeline of its own.", hint=Hint.CHOOSE_PIPELINE)
    pipeline = await require_pipeline(session, pipeline_id)
    version, steps = await startable_steps(session, pipeline, start.pipeline_version, start.overrides)
    if start.effective_start_from is StartFrom.INPUT:
        await _require_inputs(session, batch)
    if start.effective_start_from is StartFrom.BLANK:
        await _check_documents(session, batch, pipeline, steps)
    return Startable(batch, pipeline, version, steps)


async def _earlier_batch_run(session: AsyncSession, start: Start) -> BatchRun | None:
    if start.idempotency_key is None:
        return None
    earlier = await session.scalar(select(BatchRun).where(BatchRun.idempotency_key == start.idempotency_key))
    if earlier is not None and earlier.batch_id != start.batch_id:
        raise Conflict(
            f"The idempotency key {start.idempotency_key!r} was used to start another batch, "
            f"{ids.opaque(ids.Kind.BATCH, earlier.batch_id)}. Use a new key for each start."
        )
    return earlier


async def _require_inputs(session: AsyncSession, batch: Batch) -> None:
    inputs = exists().where(BatchMediaFile.batch_id == batch.id, BatchMediaFile.input_mmif_id.is_not(None))
    if not await session.scalar(select(inputs)):
        raise BadUserInput(
            f"The batch {batch.name!r} has no input MMIF to start from. Add input MMIF (addMmifsToBatch), or start "
            "from scratch (BLANK) or from the newest MMIF of each file (NEWEST)."
        )


async def _check_documents(
    session: AsyncSession, batch: Batch, pipeline: Pipeline, steps: Sequence[RunStep]
) -> None:
    """Raises BadUserInput if no media file has the documents that the pipeline needs."""
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
            f"No media file of the batch {batch.name!r} has the documents that the pipeline {pipeline.name!r} needs. "
            + refusal.message
        )
