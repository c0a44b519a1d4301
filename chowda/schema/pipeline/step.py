"""The steps of pipelines, and of what was started on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import strawberry

from chowda import models
from chowda.clams.metadata import check_parameters
from chowda.clams.parameters import effective_parameters
from chowda.errors import BadUserInput
from chowda.pipelines.documents import PipelineDocument, WantedStep, write_document
from chowda.pipelines.retry_policy import Policy
from chowda.schema.app.health import read_health
from chowda.schema.app.type import ClamsApp
from chowda.schema.enums import DocumentFormat
from chowda.schema.pipeline.retry_policy import RetryPolicy
from chowda.schema.scalars import JSON

StepRow = models.PipelineStep | models.BatchRunStep
"""A step of a pipeline, or of one as it was when a batch run started."""


@strawberry.type(description="One place of a pipeline. The same app may stand in two places.")
class PipelineStep:
    given: strawberry.Private[dict[str, object]]
    policy: strawberry.Private[Policy | None]
    position: int = strawberry.field(description="Counts from 1.")
    app: ClamsApp
    parameters: JSON = strawberry.field(
        description="An object: the values given for the app's parameters in this place, overrides included."
    )
    overrides: JSON | None = strawberry.field(
        description="Of a batch run: what was given for this start alone; null: nothing. A null in it took a "
        "parameter out. Always null in a pipeline itself."
    )

    retry: RetryPolicy | None = strawberry.field(description="Null: by the table under StepError.")

    @strawberry.field(
        description="All parameters of the app with the values in force: those given, else the app's defaults by "
        "what it says now."
    )
    async def effective_parameters(self) -> JSON:
        return cast(JSON, effective_parameters(await self.app.read_metadata(), self.given))

    @classmethod
    def of(cls, row: StepRow, apps: dict[int, ClamsApp]) -> PipelineStep:
        policy = Policy.read(row.retry)
        return cls(
            given=row.parameters,
            policy=policy,
            position=row.position,
            app=apps[row.clams_app_id],
            parameters=cast(JSON, row.parameters),
            overrides=cast("JSON | None", getattr(row, "overrides", None)),
            retry=RetryPolicy.of(policy),
        )

    async def warnings(self) -> list[str]:
        """What may keep this step from running well, as far as it is known now."""
        where = f"Step {self.position} ({self.app.name})"
        found = []
        if not self.app.active:
            found.append(f"{where}: the app is deactivated.")
        if self.app.endpoint is None:
            found.append(f"{where}: the app is known by its description alone; it has no endpoint.")
        health = await self.app.loaders.require(read_health, self.app.key)
        if health.drift is not None:
            found.append(f"{where}: {health.drift.message}")
        try:
            check_parameters(await self.app.read_metadata(), self.given)
        except BadUserInput as exc:
            found.append(f"{where}: {exc.message}")
        return found


def document_of(
    name: str, description: str | None, version: int, steps: Sequence[PipelineStep], format: DocumentFormat
) -> str:
    wanted = [
        WantedStep(app=step.app.identifier, name=step.app.name, parameters=step.given, retry=step.policy)
        for step in steps
    ]
    return write_document(PipelineDocument(name, description, wanted), version, format)
