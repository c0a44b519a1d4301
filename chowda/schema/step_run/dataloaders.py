"""Reading step runs by their keys."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.runs import wait_reasons
from chowda.schema.app.dataloaders import read_apps
from chowda.schema.enums import RunStatus
from chowda.schema.loaders import Loaders, use_one_snapshot
from chowda.schema.mmif.dataloaders import read_mmifs
from chowda.schema.step_run.type import StepRun


async def read_step_runs(session: AsyncSession, loaders: Loaders, keys: Sequence[int]) -> dict[int, StepRun]:
    """Needs a session of its own."""
    await use_one_snapshot(session)
    rows = (
        await session.scalars(
            select(models.StepRun).where(text("step_runs.id = ANY(:ids)")), {"ids": list(keys)}
        )
    ).all()
    apps = await read_apps(session, loaders, {row.clams_app_id for row in rows})
    outputs = [row.mmif_id for row in rows if row.mmif_id is not None]
    mmifs = await read_mmifs(session, loaders, outputs) if "mmif" in loaders.field_names else {}
    waits = await wait_reasons.read(session, [row.id for row in rows if row.status == RunStatus.WAITING])
    return {row.id: StepRun.of(row, loaders, apps, mmifs, waits) for row in rows}
