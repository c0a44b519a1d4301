"""Pipelines: apps in order, checked against what each says it needs.

Whatever changes the steps makes a new version; those that there are stay as they are, for the runs made on them.
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
from chowda.clams.metadata import AppMetadata, check_parameters, parse_metadata
from chowda.clams.runtimes.web_service import check_request_line
from chowda.clams.type_check import check_pipeline
from chowda.errors import BadUserInput, Conflict, Hint, LimitExceeded
from chowda.models import Batch, BatchRun, ClamsApp, Pipeline, PipelineStep
from chowda.pipelines.retry_policy import Policy
from chowda.pipelines.versions import Step, add_version, check_version, steps_of_versions
from chowda.text_checks import check_name, check_text, storable

STEPS_LIMIT = 100
PARAMETERS_LIMIT = 100_000
"Characters of one step's parameters as JSON."


class Keep(Enum):
    """Stands for a value that is left as it is, where None means that there is none."""

    KEEP = "keep"


KEEP: Literal[Keep.KEEP] = Keep.KEEP


@dataclass(frozen=True, slots=True)
class NewStep:
    """`parameters` is what the client sent: anything that is JSON."""

    clams_app_id: int
    parameters: object
    retry: Policy | None = None


@dataclass(frozen=True, slots=True)
class CheckedStep:
    """A step that its app would take. `retry` is a policy as it is kept."""

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
    """What a person changes; None and KEEP: stays as it is."""

    name: str | None = None
    description: str | Literal[Keep.KEEP] | None = KEEP
    archived: bool | None = None
    steps: Sequence[NewStep] | None = None
    note: str | None = None
    "Why the steps are changed."
    expected_version: int | None = None
    "The newest version that the person has seen."


async def create_pipeline(session: AsyncSession, new: NewPipeline) -> Pipeline:
    """Its version 1. BadUserInput (which names the step), NotFound for an app, Conflict for a name that is taken."""
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
        raise Conflict(f"There is a pipeline named {name!r} already. Give this one another name.")
    await add_version(session, pipeline.id, pipeline.version, steps, note)
    return pipeline


async def check_steps(session: AsyncSession, name: str, new: Sequence[NewStep]) -> list[CheckedStep]:
    """The steps, if a pipeline can be made of them. `name` is the pipeline's, for messages.

    Raises BadUserInput (which names the step), NotFound for an app, Conflict for one that is deactivated.
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
        raise _of_step(position, exc) from None


def _retry_of(position: int, step: NewStep) -> dict[str, Any] | None:
    if step.retry is None:
        return None
    try:
        step.retry.check()
    except BadUserInput as exc:
        raise _of_step(position, exc) from None
    return step.retry.kept


def check_against_apps(steps: Sequence[Step], apps: Mapping[int, ClamsApp]) -> None:
    """Refuses, with BadUserInput that names the step, parameters and inputs that the apps would not take."""
    metadata = read_all_metadata(steps, apps)
    for position, (step, described) in enumerate(zip(steps, metadata, strict=True), start=1):
        try:
            check_parameters(described, step.parameters)
            if endpoint := apps[step.clams_app_id].endpoint:
                check_request_line(endpoint, described, step.parameters)
        except BadUserInput as exc:
            raise _of_step(position, exc) from None
    check_pipeline(metadata)


def read_all_metadata(steps: Iterable[Step | NewStep], apps: Mapping[int, ClamsApp]) -> list[AppMetadata]:
    """Of each step's app."""
    read = {app.id: parse_metadata(app.description) for app in apps.values()}
    return [read[step.clams_app_id] for step in steps]


def _of_step(position: int, exc: BadUserInput) -> BadUserInput:
    return BadUserInput(f"Step {position}: {exc.message}", {"step": position})


async def update_pipeline(session: AsyncSession, pipeline_id: int, change: PipelineChange) -> Pipeline:
    """Changes what is given. Other steps make a new version; the same steps again make none.

    NotFound, BadUserInput (which names the step), and Conflict: for a name that is taken, for a deactivated app,
    and if the newest version is not the one that was expected, so that nobody undoes another's edit unseen.
    """
    pipeline = await require_pipeline(session, pipeline_id, to_change=True)
    if change.expected_version is not None and change.expected_version != pipeline.version:
        raise Conflict(
            f"The pipeline {pipeline.name!r} is in version {pipeline.version} by now, and the change was made on "
            f"version {change.expected_version}. Look at the newest version, and change that.",
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
    """Or brings it back. Conflict for one that is so already; NotFound."""
    pipeline = await require_pipeline(session, pipeline_id, to_change=True)
    if archived == (pipeline.archived_at is not None):
        raise Conflict(f"The pipeline {pipeline.name!r} is {'' if archived else 'not '}archived already.")
    await update_pipeline(session, pipeline_id, PipelineChange(archived=archived))


async def _rename(session: AsyncSession, pipeline: Pipeline, name: str) -> None:
    if name == pipeline.name:
        return
    pipeline.name = name
    try:
        async with session.begin_nested():
            await session.flush()
    except IntegrityError:
        raise Conflict(f"There is a pipeline named {name!r} already. Give this one another name.") from None


def same_steps(steps: Sequence[Step], others: Sequence[Step]) -> bool:
    """As JSON: true is not 1, and the order of an object's keys says nothing."""
    return [_written(step) for step in steps] == [_written(step) for step in others]


def _written(step: Step) -> tuple[int, str]:
    return step.clams_app_id, json.dumps([step.parameters, step.retry], sort_keys=True)


async def delete_pipeline(session: AsyncSession, pipeline_id: int) -> None:
    """With all its versions. Conflict if it has run, or if a batch is to be started on it: then archive it."""
    pipeline = await require_pipeline(session, pipeline_id, to_delete=True)
    for what, used in (
        ("batch runs were made on it", BatchRun.pipeline_id),
        ("batches are to be started on it", Batch.pipeline_id),
    ):
        count = await session.scalar(select(func.count()).where(used == pipeline.id))
        if count:
            raise Conflict(
                f"The pipeline {pipeline.name!r} can't be deleted: {count:,} {what}.",
                hint=Hint.ARCHIVE_PIPELINE,
            )
    await session.delete(pipeline)
    await session.flush()


def object_of(parameters: object) -> dict[str, Any]:
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
    """The version (None: the newest) and its steps as they are to run, with `overrides` by position.

    An override is merged over the step's parameters; a null in it takes a parameter out, so that the app's
    default counts. Raises BadUserInput (which names the step) for what an app would not take by what is known of
    it now, and Conflict for a pipeline that is archived, and for an app that is deactivated or has no endpoint.
    """
    refuse_archived(pipeline)
    version = check_version(pipeline, version)
    kept = (await steps_of_versions(session, [(pipeline.id, version)]))[pipeline.id, version]
    strange = next((position for position in overrides if not 1 <= position <= len(kept)), None)
    if strange is not None:
        raise BadUserInput(
            f"There is an override for step {strange}; the pipeline {pipeline.name!r} has the steps 1 to {len(kept)}."
        )
    steps = [_overridden(step, overrides.get(step.position)) for step in kept]
    apps = await apps_by_id(session, [step.clams_app_id for step in steps])
    refuse_unusable([apps[step.clams_app_id] for step in steps], to_run=True)
    check_against_apps(steps, apps)
    return version, steps


@dataclass(frozen=True, slots=True)
class RunStep:
    """A step as it is to run."""

    position: int
    clams_app_id: int
    parameters: dict[str, Any]
    retry: dict[str, Any] | None
    overrides: dict[str, Any] | None


def _overridden(step: PipelineStep, override: object) -> RunStep:
    given = _object_of(step.position, NewStep(step.clams_app_id, override))
    merged = {
        name: value for name, value in (step.parameters | given).items() if given.get(name, value) is not None
    }
    return RunStep(step.position, step.clams_app_id, merged, step.retry, given or None)


async def pipelines_by_id(session: AsyncSession, pipeline_ids: Sequence[int]) -> dict[int, Pipeline]:
    pipelines = await session.scalars(
        select(Pipeline).where(text("pipelines.id = ANY(:ids)")), {"ids": list(pipeline_ids)}
    )
    return {pipeline.id: pipeline for pipeline in pipelines}


async def steps_of(session: AsyncSession, pipeline_ids: Sequence[int]) -> dict[int, list[PipelineStep]]:
    """Of the newest version of each pipeline, in their order."""
    versions = {
        pipeline.id: pipeline.version for pipeline in (await pipelines_by_id(session, pipeline_ids)).values()
    }
    found = await steps_of_versions(session, list(versions.items()))
    return {pipeline_id: found[pipeline_id, version] for pipeline_id, version in versions.items()}
