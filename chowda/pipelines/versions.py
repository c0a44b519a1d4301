"""Versions of pipelines. A version never changes, so the steps of every run stay known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import ids
from chowda.errors import BadUserInput
from chowda.models import Pipeline, PipelineStep, PipelineVersion

VersionKey = tuple[int, int]
"Pipeline key and version."

STEPS = text("""
    SELECT s.pipeline_id, s.version, s.position, s.clams_app_id, s.parameters, s.retry
    FROM unnest(CAST(:pipeline_ids AS bigint[]), CAST(:versions AS integer[])) AS wanted (pipeline_id, version)
    JOIN pipeline_steps s USING (pipeline_id, version)
    ORDER BY s.pipeline_id, s.version, s.position
""")


class Step(Protocol):
    """A checked step of any version. `position` counts from 1."""

    @property
    def position(self) -> int: ...
    @property
    def clams_app_id(self) -> int: ...
    @property
    def parameters(self) -> dict[str, Any]: ...
    @property
    def retry(self) -> dict[str, Any] | None: ...


async def add_version(
    session: AsyncSession, pipeline_id: int, version: int, steps: Sequence[Step], note: str | None
) -> None:
    session.add(PipelineVersion(pipeline_id=pipeline_id, version=version, note=note))
    await session.flush()
    session.add_all(
        PipelineStep(
            pipeline_id=pipeline_id,
            version=version,
            position=step.position,
            clams_app_id=step.clams_app_id,
            parameters=step.parameters,
            retry=step.retry,
        )
        for step in steps
    )
    await session.flush()


async def steps_of_versions(
    session: AsyncSession, keys: Sequence[VersionKey]
) -> dict[VersionKey, list[PipelineStep]]:
    """By pipeline and version, in order."""
    statement = select(PipelineStep).from_statement(STEPS)
    rows = await session.scalars(
        statement, {"pipeline_ids": [key[0] for key in keys], "versions": [key[1] for key in keys]}
    )
    found: dict[VersionKey, list[PipelineStep]] = {key: [] for key in keys}
    for step in rows:
        found[step.pipeline_id, step.version].append(step)
    return found


async def versions_of(session: AsyncSession, pipeline_ids: Sequence[int]) -> dict[int, list[PipelineVersion]]:
    """By pipeline, newest first."""
    rows = await session.scalars(
        select(PipelineVersion)
        .where(text("pipeline_versions.pipeline_id = ANY(:ids)"))
        .order_by(PipelineVersion.pipeline_id, PipelineVersion.version.desc()),
        {"ids": list(pipeline_ids)},
    )
    found: dict[int, list[PipelineVersion]] = {pipeline_id: [] for pipeline_id in pipeline_ids}
    for row in rows:
        found[row.pipeline_id].append(row)
    return found


def check_version(pipeline: Pipeline, version: int | None) -> int:
    """The version, or the newest if it is None. Raises BadUserInput if there is no such version."""
    if version is None:
        return pipeline.version
    if not 1 <= version <= pipeline.version:
        there = "is only version 1" if pipeline.version == 1 else f"are versions 1 to {pipeline.version}"
        raise BadUserInput(
            f"The pipeline {pipeline.name!r} has no version {version}; there {there}.",
            {"id": ids.opaque(ids.Kind.PIPELINE, pipeline.id)},
        )
    return version
