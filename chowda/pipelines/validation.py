"""Check the steps of a pipeline before it is created, and report all problems at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chowda.apps.registry import refuse_unusable, require_apps
from chowda.clams.metadata import AppMetadata
from chowda.clams.parameters import check_parameter, missing_parameters
from chowda.clams.runtimes.app_request import check_request_line
from chowda.clams.type_check import InputSource, input_sources, unmet_steps
from chowda.errors import ChowdaError, LimitExceeded
from chowda.models import ClamsApp
from chowda.pipelines.service import STEPS_LIMIT, NewStep, object_of, read_all_metadata


@dataclass(frozen=True, slots=True)
class StepProblem:
    """`parameter` is None if the problem concerns the whole step."""

    message: str
    parameter: str | None = None


@dataclass(frozen=True, slots=True)
class StepCheck:
    """A step, the sources of its inputs, and its problems."""

    position: int
    inputs: Sequence[InputSource]
    problems: Sequence[StepProblem]


async def check(session: AsyncSession, new: Sequence[NewStep]) -> list[StepCheck]:
    """Check each step. If no step has a problem, create_pipeline accepts them.

    create_pipeline raises for the first problem; this reports all. Raises NotFound for an app, LimitExceeded.
    """
    if len(new) > STEPS_LIMIT:
        raise LimitExceeded(f"There are {len(new):,} steps; at most {STEPS_LIMIT} are allowed.")
    apps = await require_apps(session, [step.clams_app_id for step in new])
    metadata = read_all_metadata(new, apps)
    lacking = {step.position: StepProblem(step.message) for step in unmet_steps(metadata)}
    return [
        StepCheck(
            position,
            inputs,
            [
                *_problems(step, apps[step.clams_app_id], described),
                *([lacking[position]] if position in lacking else []),
            ],
        )
        for position, (step, described, inputs) in enumerate(
            zip(new, metadata, input_sources(metadata), strict=True), start=1
        )
    ]


def _problems(step: NewStep, app: ClamsApp, described: AppMetadata) -> list[StepProblem]:
    """The problems of the step by itself."""
    found = []
    try:
        refuse_unusable([app], to_run=False)
        if step.retry is not None:
            step.retry.check()
    except ChowdaError as exc:
        found.append(StepProblem(exc.message))
    try:
        parameters = object_of(step.parameters)
    except ChowdaError as exc:
        return [*found, StepProblem(exc.message)]
    wrong = _wrong_parameters(described, parameters)
    if not wrong and app.endpoint is not None:
        try:
            check_request_line(app.endpoint, described, parameters)
        except ChowdaError as exc:
            found.append(StepProblem(exc.message))
    return found + wrong


def _wrong_parameters(described: AppMetadata, parameters: Mapping[str, Any]) -> list[StepProblem]:
    found = []
    for name, value in parameters.items():
        try:
            check_parameter(described, name, value)
        except ChowdaError as exc:
            found.append(StepProblem(exc.message, name))
    return found + [
        StepProblem(f"{described.name} needs {parameter.name}: it has no default.", parameter.name)
        for parameter in missing_parameters(described, parameters)
    ]
