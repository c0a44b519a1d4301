"""Pipelines: apps in order, checked against what each says it needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.apps import require_apps
from chowda.clams.metadata import check_parameters, parse_metadata
from chowda.clams.runtimes.web_service import check_request_line
from chowda.clams.type_check import check_pipeline
from chowda.errors import BadUserInput, Conflict, LimitExceeded
from chowda.models import Pipeline, PipelineStep
from chowda.names import check_name, check_text, storable
from chowda.retry import Policy

STEPS_LIMIT = 100
PARAMETERS_LIMIT = 100_000
"Characters of one step's parameters as JSON."


@dataclass(frozen=True, slots=True)
class NewStep:
    """`parameters` is what the client sent: anything that is JSON."""

    clams_app_id: int
    parameters: object
    retry: Policy | None = None


@dataclass(frozen=True, slots=True)
class NewPipeline:
    name: str
    description: str | None
    steps: Sequence[NewStep]


async def create_pipeline(session: AsyncSession, new: NewPipeline) -> Pipeline:
    """Raises BadUserInput (which names the step), NotFound for an app, Conflict for a name that is taken."""
    name = check_name("The pipeline's name", new.name)
    description = check_text("The pipeline's description", new.description)
    if not new.steps:
        raise BadUserInput(f"The pipeline {name!r} has no steps; it needs at least one.")
    if len(new.steps) > STEPS_LIMIT:
        raise LimitExceeded(
            f"The pipeline {name!r} has {len(new.steps):,} steps; at most {STEPS_LIMIT} are allowed."
        )
    apps = await require_apps(session, [step.clams_app_id for step in new.steps])
    metadata = {app.id: parse_metadata(app.description) for app in apps.values()}
    parameters = []
    for position, step in enumerate(new.steps, start=1):
        try:
            given = _object(step.parameters)
            check_parameters(metadata[step.clams_app_id], given)
            if step.retry is not None:
                step.retry.check()
            if endpoint := apps[step.clams_app_id].endpoint:
                check_request_line(endpoint, metadata[step.clams_app_id], given)
        except BadUserInput as exc:
            raise BadUserInput(f"Step {position}: {exc.message}", {"step": position}) from None
        parameters.append(given)
    check_pipeline([metadata[step.clams_app_id] for step in new.steps])

    pipeline: Pipeline | None = await session.scalar(
        insert(Pipeline)
        .values(name=name, description=description)
        .on_conflict_do_nothing(index_elements=[Pipeline.name])
        .returning(Pipeline)
    )
    if pipeline is None:
        raise Conflict(f"There is a pipeline named {name!r} already. Give this one another name.")
    session.add_all(
        PipelineStep(
            pipeline_id=pipeline.id,
            position=position,
            clams_app_id=step.clams_app_id,
            parameters=given,
            retry=step.retry.kept if step.retry else None,
        )
        for position, (step, given) in enumerate(zip(new.steps, parameters, strict=True), start=1)
    )
    await session.flush()
    return pipeline


def _object(parameters: object) -> dict[str, Any]:
    """The parameters as a JSON object that can be kept. Null stands for none."""
    if parameters is None:
        return {}
    if not isinstance(parameters, dict):
        raise BadUserInput(
            f'The parameters must be an object like {{"name": value}}, not {parameters!r:.80}.'
        )
    try:
        characters = len(json.dumps(parameters, allow_nan=False))
        kept = all(map(storable, _texts(parameters)))
    except (ValueError, RecursionError):
        raise BadUserInput(
            "The parameters hold a number that is not finite, or are nested too deeply."
        ) from None
    if characters > PARAMETERS_LIMIT:
        raise BadUserInput(
            f"The parameters have {characters:,} characters as JSON; at most {PARAMETERS_LIMIT:,} are allowed."
        )
    if not kept:
        raise BadUserInput("The parameters hold a NUL or half a character (a lone surrogate).")
    return parameters


def _texts(value: object) -> Iterator[str]:
    """All strings in a JSON value, keys included."""
    match value:
        case str():
            yield value
        case dict():
            for key, item in value.items():
                yield key
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)


async def pipelines_by_id(session: AsyncSession, pipeline_ids: Sequence[int]) -> dict[int, Pipeline]:
    pipelines = await session.scalars(
        select(Pipeline).where(text("pipelines.id = ANY(:ids)")), {"ids": list(pipeline_ids)}
    )
    return {pipeline.id: pipeline for pipeline in pipelines}


async def steps_of(session: AsyncSession, pipeline_ids: Sequence[int]) -> dict[int, list[PipelineStep]]:
    """By pipeline, in their order."""
    steps = await session.scalars(
        select(PipelineStep)
        .where(text("pipeline_steps.pipeline_id = ANY(:ids)"))
        .order_by(PipelineStep.pipeline_id, PipelineStep.position),
        {"ids": list(pipeline_ids)},
    )
    found: dict[int, list[PipelineStep]] = {pipeline_id: [] for pipeline_id in pipeline_ids}
    for step in steps:
        found[step.pipeline_id].append(step)
    return found


async def find_pipelines(session: AsyncSession, name: str | None) -> list[Pipeline]:
    """All pipelines by name, or the one with this name."""
    statement = select(Pipeline).order_by(Pipeline.name)
    if name is not None:
        if not storable(name):
            return []
        statement = statement.where(Pipeline.name == name.strip())
    return list(await session.scalars(statement))
