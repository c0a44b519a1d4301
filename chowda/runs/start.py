"""Starting a batch on a pipeline."""

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
    SELECT p.id * {STEP_KEY_STRIDE} + s.position, p.id, p.batch_run_id, s.clams_app_id, s.position,
           CASE WHEN s.position = 1 THEN now() END
    FROM pipeline_runs p JOIN batch_run_steps s USING (batch_run_id)
    WHERE p.batch_run_id = :batch_run_id
""")

ADD_COUNTERS = text("""
    INSERT INTO run_counters (batch_run_id, position, waiting)
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
    await session.execute(ADD_COUNTERS, {"batch_run_id": batch_run_id})
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
    batch = await lock_batch(session, start.batch_id, read=True)
    earlier = await _started_before(session, start)
    if earlier is not None:
        return earlier
    pipeline_id = start.pipeline_id or batch.pipeline_id
    if pipeline_id is None:
        raise BadUserInput(f"The batch {batch.name!r} has no pipeline of its own.", hint=Hint.CHOOSE_PIPELINE)
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
