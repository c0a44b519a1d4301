"""Inputs of the mutations of pipelines, except those of the import."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry

from chowda.ids import Kind, require
from chowda.pipelines.service import NewStep
from chowda.schema.optional_values import value_or_none
from chowda.schema.pipeline.retry_policy import RetryPolicyInput
from chowda.schema.scalars import JSON


@strawberry.input
class PipelineStepInput:
    app_id: strawberry.ID
    parameters: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description="An object with values for the app's parameters. A parameter that is left out has the app's "
        "default.",
    )
    retry: RetryPolicyInput | None = strawberry.field(
        default=strawberry.UNSET, description="By default the table of StepError applies."
    )


@strawberry.input
class CreatePipelineInput:
    name: str
    description: str | None = strawberry.UNSET
    steps: list[PipelineStepInput] = strawberry.field(description="1 to 100 steps, in order.")


@strawberry.input
class UpdatePipelineInput:
    """A field that is left out stays as it is."""

    name: str | None = strawberry.UNSET
    description: str | None = strawberry.field(
        default=strawberry.UNSET, description="Null removes the description."
    )
    steps: list[PipelineStepInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="All steps, 1 to 100, in order. A change of the steps creates a new version.",
    )
    note: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The reason for the change of the steps. Kept with the new version.",
    )
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="The newest version that you have read. CONFLICT if the pipeline has a newer one.",
    )
    archived: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="true: archive the pipeline, so that it cannot be started. false: unarchive it.",
    )


def new_steps(steps: Sequence[PipelineStepInput]) -> list[NewStep]:
    """Raises NotFound for an ID that no app can have."""
    found = []
    for step in steps:
        retry = value_or_none(step.retry)
        policy = retry.policy() if retry is not None else None
        found.append(NewStep(require(Kind.APP, step.app_id), value_or_none(step.parameters), policy))
    return found
