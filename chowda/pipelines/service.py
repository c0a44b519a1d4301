"""Pipelines: an ordered list of apps with parameters, checked against the apps' metadata.

A change of the steps creates a new version. Existing versions never change, since runs refer to them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import ids
from chowda.apps.registry import apps_by_id, refuse_unusable, require_apps
from chowda.clams.metadata import AppMetadata, parse_metadata
from chowda.clams.parameters import check_parameters
from chowda.clams.runtimes.app_request import check_request_line
from chowda.clams.type_check import check_pipeline
from chowda.errors import BadUserInput, Conflict, Hint, LimitExceeded
from chowda.models import Batch, BatchRun, ClamsApp, Pipeline, PipelineStep
from chowda.pipelines.retry_policy import Policy
from chowda.pipelines.versions import Step, add_version, check_version, steps_of_versions
from chowda.text_checks import check_name, check_text, storable

STEPS_LIMIT = 100
PARAMETERS_LIMIT = 100_000
"The parameters of one step as JSON, in characters."


class Keep(Enum):
    """Marks a value that stays unchanged, where None removes the value."""

    KEEP = "keep"


KEEP: Literal[Keep.KEEP] = Keep.KEEP


@dataclass(frozen=True, slots=True)
class NewStep:
    """`parameters` is the unchecked JSON value that the client sent."""

    clams_app_id: int
    parameters: object
    retry: Policy | None = None


@dataclass(frozen=True, slots=True)
class CheckedStep:
    """A step that its app accepts. `retry` is Policy.stored."""

    position: int
    clams_app_id: int
    parameters: dict[str, Any]
    retry: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class NewPipeline:
    name: str
    description: str | None
    steps: Sequence[NewStep]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class PipelineChange:
    """None and KEEP leave a value unchanged."""

    name: str | None = None
    description: str | Literal[Keep.KEEP] | None = KEEP
    archived: bool | None = None
    steps: Sequence[NewStep] | None = None
    note: str | None = None
    "The reason for the new steps."
    expected_version: int | None = None
    "The newest version that the client has read."


async def create_pipeline(session: AsyncSession, new: NewPipeline) -> Pipeline:
    """Create a pipeline with version 1.

    Raises BadUserInput (which names the step), NotFound for an app, Conflict if the name is taken.
    """
    name = check_name("The pipeline's name", new.name)
    description = check_text("The pipeline's description", new.description)
    note = check_text("The note", new.note)
    steps = await check_steps(session, name, new.steps)
    pipeline: Pipeline | None = await session.scalar(
        insert(Pipeline)
        .values(name=name, description=description)
        .on_conflict_do_nothing(index_elements=[Pipeline.name])
        .returning(Pipeline)
    )
    if pipeline is None:
        raise Conflict(f"A pipeline named {name!r} already exists. Choose another name.")
    await add_version(session, pipeline.id, pipeline.version, steps, note)
    return pipeline


async def check_steps(session: AsyncSession, name: str, new: Sequence[NewStep]) -> list[CheckedStep]:
    """Check the steps of a pipeline. `name` is the pipeline's name, for messages.

    Raises BadUserInput (which names the step), NotFound for an app, Conflict for a deactivated app.
    """
    if not new:
        raise BadUserInput(f"The pipeline {name!r} has no steps; it needs at least one.")
    if len(new) > STEPS_LIMIT:
        raise LimitExceeded(
            f"The pipeline {name!r} has {len(new):,} steps; at most {STEPS_LIMIT} are allowed."
        )
    apps = await require_apps(session, [step.clams_app_id for step in new])
    refuse_unusable(apps.values(), to_run=False)
    steps = [
        CheckedStep(position, step.clams_app_id, _object_of(position, step), _retry_of(position, step))
        for position, step in enumerate(new, 1)
    ]
    check_against_apps(steps, apps)
    return steps


def _object_of(position: int, step: NewStep) -> dict[str, Any]:
    try:
        return object_of(step.parameters)
    except BadUserInput as exc:
        raise _in_step(position, exc) from None


def _retry_of(position: int, step: NewStep) -> dict[str, Any] | None:
    if step.retry is None:
        return None
    try:
        step.retry.check()
    except BadUserInput as exc:
        raise _in_step(position, exc) from None
    return step.retry.stored


def check_against_apps(steps: Sequence[Step], apps: Mapping[int, ClamsApp]) -> None:
    """Raises BadUserInput, which names the step, for parameters and inputs that an app does not accept."""
    metadata = read_all_metadata(steps, apps)
    for position, (step, described) in enumerate(zip(steps, metadata, strict=True), start=1):
        try:
            check_parameters(described, step.parameters)
            if endpoint := apps[step.clams_app_id].endpoint:
                check_request_line(endpoint, described, step.parameters)
        except BadUserInput as exc:
            raise _in_step(position, exc) from None
    check_pipeline(metadata)


def read_all_metadata(steps: Iterable[Step | NewStep], apps: Mapping[int, ClamsApp]) -> list[AppMetadata]:
    """The metadata of each step's app."""
    read = {app.id: parse_metadata(app.description) for app in apps.values()}
    return [read[step.clams_app_id] for step in steps]


def _in_step(position: int, exc: BadUserInput) -> BadUserInput:
    return BadUserInput(f"Step {position}: {exc.message}", {"step": position})


async def update_pipeline(session: AsyncSession, pipeline_id: int, change: PipelineChange) -> Pipeline:
    """Change a pipeline. New steps create a new version; equal steps do not.

    Raises NotFound, BadUserInput (which names the step), and Conflict: if the name is taken, for a deactivated app,
    and if `expected_version` is not the newest, so that an edit does not overwrite another one unseen.
    """
    pipeline = await require_pipeline(session, pipeline_id, to_change=True)
    if change.expected_version is not None and change.expected_version != pipeline.version:
        raise Conflict(
            f"The pipeline {pipeline.name!r} now has version {pipeline.version}, and the change was based on version "
            f"{change.expected_version}. Read the newest version, then change that.",
            {"version": pipeline.version},
        )
    if change.name is not None:
        await _rename(session, pipeline, check_name("The pipeline's name", change.name))
    if change.description is not KEEP:
        pipeline.description = check_text("The pipeline's description", change.description)
    if change.archived is not None and change.archived != (pipeline.archived_at is not None):
        pipeline.archived_at = await session.scalar(select(func.now())) if change.archived else None
    if change.steps is not None:
        note = check_text("The note", change.note)
        steps = await check_steps(session, pipeline.name, change.steps)
        if not same_steps(steps, (await steps_of(session, [pipeline.id]))[pipeline.id]):
            pipeline.version += 1
            await add_version(session, pipeline.id, pipeline.version, steps, note)
    await session.flush()
    return pipeline


async def archive(session: AsyncSession, pipeline_id: int, archived: bool) -> None:
    """Archive or unarchive. Raises NotFound, and Conflict if nothing would change."""
    pipeline = await require_pipeline(session, pipeline_id, to_change=True)
    if archived == (pipeline.archived_at is not None):
        raise Conflict(f"The pipeline {pipeline.name!r} is {'already' if archived else 'not'} archived.")
    await update_pipeline(session, pipeline_id, PipelineChange(archived=archived))


async def _rename(session: AsyncSession, pipeline: Pipeline, name: str) -> None:
    if name == pipeline.name:
        return
    pipeline.name = name
    try:
        async with session.begin_nested():
            await session.flush()
    except IntegrityError:
        raise Conflict(f"A pipeline named {name!r} already exists. Choose another name.") from None


def same_steps(steps: Sequence[Step], others: Sequence[Step]) -> bool:
    """Compares as JSON: true differs from 1, and the order of keys does not count."""
    return [_comparable(step) for step in steps] == [_comparable(step) for step in others]


def _comparable(step: Step) -> tuple[int, str]:
    return step.clams_app_id, json.dumps([step.parameters, step.retry], sort_keys=True)


async def delete_pipeline(session: AsyncSession, pipeline_id: int) -> None:
    """Delete a pipeline with all its versions. Raises NotFound, and Conflict if a run or a batch uses it."""
    pipeline = await require_pipeline(session, pipeline_id, to_delete=True)
    for one, many, used in (
        ("batch run uses it", "batch runs use it", BatchRun.pipeline_id),
        ("batch has it as its pipeline", "batches have it as their pipeline", Batch.pipeline_id),
    ):
        count = await session.scalar(select(func.count()).where(used == pipeline.id))
        if count:
            raise Conflict(
                f"The pipeline {pipeline.name!r} can't be deleted: {count:,} {one if count == 1 else many}.",
                hint=Hint.ARCHIVE_PIPELINE,
            )
    await session.delete(pipeline)
    await session.flush()


def object_of(parameters: object) -> dict[str, Any]:
    """The parameters as a JSON object that can be stored; {} for null. Raises BadUserInput."""
    if parameters is None:
        return {}
    if not isinstance(parameters, dict):
        raise BadUserInput(
            f'The parameters must be an object like {{"name": value}}, not {parameters!r:.80}.'
        )
    try:
        characters = len(json.dumps(parameters, allow_nan=False))
        valid = all(map(storable, _texts(parameters)))
    except (ValueError, RecursionError):
        raise BadUserInput(
            "The parameters contain a number that is not finite, or are nested too deeply."
        ) from None
    if characters > PARAMETERS_LIMIT:
        raise BadUserInput(
            f"The parameters have {characters:,} characters as JSON; at most {PARAMETERS_LIMIT:,} are allowed."
        )
    if not valid:
        raise BadUserInput("The parameters contain a NUL character or a lone surrogate.")
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


async def require_pipeline(
    session: AsyncSession, pipeline_id: int, *, to_change: bool = False, to_delete: bool = False
) -> Pipeline:
    """The pipeline, which is not deleted before this transaction has ended. NotFound."""
    pipeline = await session.scalar(
        select(Pipeline)
        .where(Pipeline.id == pipeline_id)
        .with_for_update(key_share=not to_delete, read=not (to_change or to_delete))
        .execution_options(populate_existing=True)
    )
    if pipeline is None:
        raise ids.not_found(ids.Kind.PIPELINE, ids.opaque(ids.Kind.PIPELINE, pipeline_id))
    return pipeline


def refuse_archived(pipeline: Pipeline) -> None:
    """Conflict for a pipeline that is kept for its runs alone."""
    if pipeline.archived_at is not None:
        raise Conflict(f"The pipeline {pipeline.name!r} is archived.", hint=Hint.UNARCHIVE_PIPELINE)


async def startable_steps(
    session: AsyncSession, pipeline: Pipeline, version: int | None, overrides: Mapping[int, object]
) -> tuple[int, list[RunStep]]:
    """The version (the newest if None) and its steps for a run, with `overrides` by position.

    An override is merged into the step's parameters; null removes a parameter, so that the app's default applies.
    Raises BadUserInput (which names the step) for what an app does not accept according to its current metadata, and
    Conflict for an archived pipeline, and for an app that is deactivated or has no endpoint.
    """
    refuse_archived(pipeline)
    version = check_version(pipeline, version)
    saved = (await steps_of_versions(session, [(pipeline.id, version)]))[pipeline.id, version]
    beyond = next((position for position in overrides if not 1 <= position <= len(saved)), None)
    if beyond is not None:
        raise BadUserInput(
            f"There is an override for step {beyond}; the pipeline {pipeline.name!r} has the steps 1 to {len(saved)}."
        )
    steps = [_overridden(step, overrides.get(step.position)) for step in saved]
    apps = await apps_by_id(session, [step.clams_app_id for step in steps])
    refuse_unusable([apps[step.clams_app_id] for step in steps], to_run=True)
    check_against_apps(steps, apps)
    return version, steps


@dataclass(frozen=True, slots=True)
class RunStep(CheckedStep):
    """A step of a run, with the overrides merged into its parameters."""

    overrides: dict[str, Any] | None


def _overridden(step: PipelineStep, override: object) -> RunStep:
    changes = _object_of(step.position, NewStep(step.clams_app_id, override))
    merged = {
        name: value
        for name, value in (step.parameters | changes).items()
        if changes.get(name, value) is not None
    }
    return RunStep(step.position, step.clams_app_id, merged, step.retry, changes or None)


async def pipelines_by_id(session: AsyncSession, pipeline_ids: Sequence[int]) -> dict[int, Pipeline]:
    pipelines = await session.scalars(
        select(Pipeline).where(text("pipelines.id = ANY(:ids)")), {"ids": list(pipeline_ids)}
    )
    return {pipeline.id: pipeline for pipeline in pipelines}


async def steps_of(session: AsyncSession, pipeline_ids: Sequence[int]) -> dict[int, list[PipelineStep]]:
    """The steps of each pipeline's newest version, in order."""
    versions = {
        pipeline.id: pipeline.version for pipeline in (await pipelines_by_id(session, pipeline_ids)).values()
    }
    found = await steps_of_versions(session, list(versions.items()))
    return {pipeline_id: found[pipeline_id, version] for pipeline_id, version in versions.items()}
