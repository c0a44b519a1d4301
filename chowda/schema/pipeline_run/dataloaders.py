"""Reading pipeline runs by their keys, and building them from rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import strawberry
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.ids import Kind, opaque
from chowda.media.mmifs import mmifs_by_id
from chowda.models.step_key import steps_of
from chowda.runs import wait_reasons
from chowda.runs.wait_reasons import Waiting
from chowda.schema.app.dataloaders import read_apps
from chowda.schema.enums import RunStatus
from chowda.schema.loaders import Loaders, use_one_snapshot
from chowda.schema.media_file.dataloaders import read_media_files
from chowda.schema.media_file.type import MediaFile
from chowda.schema.mmif.type import Mmif
from chowda.schema.pipeline_run.type import PipelineRun
from chowda.schema.step_run.type import StepRun

STEPS_OF = text(f"""
    SELECT s.* FROM unnest(CAST(:ids AS bigint[])) AS p(id), LATERAL (
        SELECT * FROM step_runs
        WHERE {steps_of("p.id", "id")} ORDER BY id
    ) AS s ORDER BY s.id
""")
"The step runs of pipeline runs, by the range of IDs that each pipeline run has."


async def read_pipeline_runs(
    session: AsyncSession, loaders: Loaders, keys: Sequence[int]
) -> dict[int, PipelineRun]:
    """Needs a session of its own."""
    await use_one_snapshot(session)
    rows = (
        await session.scalars(
            select(models.PipelineRun).where(text("pipeline_runs.id = ANY(:ids)")), {"ids": list(keys)}
        )
    ).all()
    runs = await build_pipeline_runs(session, loaders, rows)
    return {row.id: run for row, run in zip(rows, runs, strict=True)}


async def build_pipeline_runs(
    session: AsyncSession, loaders: Loaders, rows: Sequence[models.PipelineRun]
) -> list[PipelineRun]:
    """The runs with their steps, apps, files and MMIF, in a fixed number of statements.

    All of these are read at once rather than by resolvers: a page holds hundreds of runs, and a resolver doubles the
    cost of a field. The session must see one snapshot, so that the steps match the runs.
    """
    if not rows:
        return []
    files = await read_media_files(session, loaders, [row.media_file_id for row in rows])
    steps: dict[int, list[models.StepRun]] = defaultdict(list)
    for step in await session.scalars(
        select(models.StepRun).from_statement(STEPS_OF), {"ids": [row.id for row in rows]}
    ):
        steps[step.pipeline_run_id].append(step)
    apps = await read_apps(
        session, loaders, {step.clams_app_id for group in steps.values() for step in group}
    )
    names = loaders.field_names
    mmifs = await _mmifs(session, loaders, rows, steps.values(), files) if "mmif" in names else {}
    waits = await _waits(session, steps.values()) if "waitingFor" in names else {}
    return [
        _pipeline_run(
            row,
            steps[row.id],
            [StepRun.of(step, loaders, apps, mmifs, waits) for step in steps[row.id]],
            files,
            mmifs,
            loaders,
        )
        for row in rows
    ]


def _pipeline_run(
    row: models.PipelineRun,
    step_rows: Sequence[models.StepRun],
    steps: list[StepRun],
    files: Mapping[int, MediaFile],
    mmifs: Mapping[int, Mmif],
    loaders: Loaders,
) -> PipelineRun:
    return PipelineRun(
        media_file_key=row.media_file_id,
        batch_run_key=row.batch_run_id,
        loaders=loaders,
        id=strawberry.ID(opaque(Kind.PIPELINE_RUN, row.id)),
        media_file=files[row.media_file_id],
        status=RunStatus(row.status),
        paused=any(step.paused for step in step_rows if step.ended_at is None),
        percent=sum(step.percent for step in steps) / len(steps),
        steps=steps,
        mmif=mmifs.get(row.mmif_id) if row.mmif_id is not None else None,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


async def _waits(session: AsyncSession, steps: Iterable[Sequence[models.StepRun]]) -> dict[int, Waiting]:
    waiting_steps = [step.id for group in steps for step in group if step.status == RunStatus.WAITING]
    return await wait_reasons.read(session, waiting_steps)


async def _mmifs(
    session: AsyncSession,
    loaders: Loaders,
    rows: Sequence[models.PipelineRun],
    steps: Iterable[Sequence[models.StepRun]],
    files: Mapping[int, MediaFile],
) -> dict[int, Mmif]:
    """The MMIF of the runs and of their steps, by their keys."""
    keys = {row.mmif_id for row in rows} | {step.mmif_id for group in steps for step in group}
    found = await mmifs_by_id(session, [key for key in keys if key is not None])
    return {key: Mmif.of(row, files[row.media_file_id], loaders) for key, row in found.items()}
