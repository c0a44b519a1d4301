"""Inputs of the mutations that start batches."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry

from chowda.errors import BadUserInput
from chowda.schema.enums import StartFrom
from chowda.schema.scalars import JSON


@strawberry.input
class StepOverrideInput:
    position: int = strawberry.field(description="The position of the step. Counts from 1.")
    parameters: JSON = strawberry.field(
        description="An object that is merged into the step's parameters. Null for a parameter removes it, so that the "
        "app's default applies."
    )


@strawberry.input
class StartBatchInput:
    batch_id: strawberry.ID
    pipeline_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="By default the batch's default pipeline."
    )
    pipeline_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="By default the newest version."
    )
    overrides: list[StepOverrideInput] = strawberry.field(
        default_factory=list,
        description="Override parameters for this start only, at most one override for each step.",
    )
    from_blank_mmif: bool = strawberry.field(
        default=True,
        description="true: each file starts from scratch. false: from its input MMIF in the batch, else from its "
        "newest MMIF, else from scratch.",
    )
    start_from: StartFrom | None = strawberry.field(
        default=strawberry.UNSET, description="Has more choices than fromBlankMmif, and takes precedence."
    )
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A second call with the same key returns the batch run of the first instead of starting another.",
    )
    priority: int = strawberry.field(
        default=0,
        description="-100 to 100. If batch runs share an app, the one with the higher priority goes first. Batch runs "
        "with the same priority take turns.",
    )


@strawberry.input
class StartBatchesInput:
    """The same fields as in StartBatchInput, for each of the batches."""

    pipeline_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="By default each batch's default pipeline."
    )
    pipeline_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="By default the newest version."
    )
    overrides: list[StepOverrideInput] = strawberry.field(
        default_factory=list,
        description="Override parameters for these starts only, at most one override for each step.",
    )
    start_from: StartFrom = StartFrom.BLANK
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="With the same key, each batch is started once, however often you call.",
    )
    priority: int = 0


def overrides_of(overrides: Sequence[StepOverrideInput]) -> dict[int, object]:
    """The parameters by position. Raises BadUserInput for two overrides of one step."""
    found: dict[int, object] = {}
    for override in overrides:
        if override.position in found:
            raise BadUserInput(f"There are two overrides for step {override.position}. Merge them into one.")
        found[override.position] = override.parameters
    return found
