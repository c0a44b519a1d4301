"""The steps of pipelines, and of pipelines as they were when a batch run was started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import strawberry

from chowda import models
from chowda.apps import health as app_health
from chowda.clams.parameters import check_parameters, effective_parameters
from chowda.errors import BadUserInput
from chowda.pipelines.documents import DocumentStep, PipelineDocument, write_document
from chowda.pipelines.retry_policy import Policy
from chowda.schema.app.type import ClamsApp
from chowda.schema.enums import DocumentFormat
from chowda.schema.pipeline.retry_policy import RetryPolicy
from chowda.schema.scalars import JSON


@strawberry.type(description="One step of a pipeline. The same app can be used in several steps.")
class PipelineStep:
    set_parameters: strawberry.Private[dict[str, object]]
    policy: strawberry.Private[Policy | None]
    position: int = strawberry.field(description="Counts from 1.")
    app: ClamsApp
    parameters: JSON = strawberry.field(
        description="An object: the values that are set for the app's parameters in this step, including overrides."
    )
    overrides: JSON | None = strawberry.field(
        description="For a batch run: the parameters that were set for this start only. Null in them removes a "
        "parameter. Null: no overrides. Always null for a pipeline itself."
    )
    retry: RetryPolicy | None = strawberry.field(description="Null: the table of StepError applies.")

    @strawberry.field(
        description="All parameters of the app with their effective values: the values set in the step, else the "
        "defaults in the app's present metadata."
    )
    async def effective_parameters(self) -> JSON:
        return cast(JSON, effective_parameters(await self.app.read_metadata(), self.set_parameters))

    @classmethod
    def of(cls, row: models.PipelineStep | models.BatchRunStep, apps: Mapping[int, ClamsApp]) -> PipelineStep:
        policy = Policy.read(row.retry)
        overrides = row.overrides if isinstance(row, models.BatchRunStep) else None
        return cls(
            set_parameters=row.parameters,
            policy=policy,
            position=row.position,
            app=apps[row.clams_app_id],
            parameters=cast(JSON, row.parameters),
            overrides=cast("JSON | None", overrides),
            retry=RetryPolicy.of(policy),
        )

    async def warnings(self) -> list[str]:
        """The problems, as far as Chowda knows now, that may make this step fail."""
        where = f"Step {self.position} ({self.app.name})"
        found = []
        if not self.app.active:
            found.append(f"{where}: the app is deactivated.")
        if self.app.endpoint is None:
            found.append(f"{where}: the app is known by its description alone; it has no endpoint.")
        health = await self.app.loaders.value(app_health.read, self.app.key)
        if health.drift is not None:
            found.append(f"{where}: {health.drift.message}")
        try:
            check_parameters(await self.app.read_metadata(), self.set_parameters)
        except BadUserInput as exc:
            found.append(f"{where}: {exc.message}")
        return found


def document_of(
    name: str, description: str | None, version: int, steps: Sequence[PipelineStep], format: DocumentFormat
) -> str:
    """The pipeline as text that importPipeline accepts."""
    wanted = [
        DocumentStep(
            app=step.app.identifier, name=step.app.name, parameters=step.set_parameters, retry=step.policy
        )
        for step in steps
    ]
    return write_document(PipelineDocument(name, description, wanted), version, format)
