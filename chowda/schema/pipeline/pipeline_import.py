"""The import of pipelines from text: a Chowda pipeline document, or a recipe of clams-kitchen."""

from __future__ import annotations

from typing import cast

import strawberry

from chowda.errors import BadUserInput
from chowda.pipelines import clams_kitchen
from chowda.pipelines import imports as pipeline_imports
from chowda.pipelines.documents import PipelineDocument, Problem, read_document, read_text
from chowda.schema.app.type import ClamsApp
from chowda.schema.enums import DocumentFormat, PipelineOutcome
from chowda.schema.loaders import Loaders
from chowda.schema.optional_values import value_or_none
from chowda.schema.pipeline.pipeline_version import StepChange
from chowda.schema.pipeline.retry_policy import RetryPolicy
from chowda.schema.pipeline.type import Pipeline
from chowda.schema.scalars import JSON


@strawberry.input
class ChosenAppInput:
    position: int = strawberry.field(description="The position of the step in the document. Counts from 1.")
    app_id: strawberry.ID = strawberry.field(
        description="The app for this step, whatever app the document names."
    )


@strawberry.input
class ImportPipelineInput:
    text: str = strawberry.field(
        description="A text from Pipeline.document, or a recipe of clams-kitchen. At most 128 KiB of YAML or 4 MiB of "
        "JSON."
    )
    format: DocumentFormat | None = strawberry.field(
        default=strawberry.UNSET, description="By default JSON if the text begins with a brace, else YAML."
    )
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="The name of the pipeline. By default the name in the document."
    )
    apps: list[ChosenAppInput] = strawberry.field(
        default_factory=list, description="Apps that replace those that the document names."
    )
    as_new_version: bool = strawberry.field(
        default=False, description="true: if a pipeline with the name exists, add a new version to it."
    )
    dry_run: bool = strawberry.field(
        default=False, description="true: change nothing, and report the result and all problems."
    )

    def read(self) -> PipelineDocument:
        """Takes time for a long text."""
        try:
            value, lines = read_text(self.text, value_or_none(self.format))
        except BadUserInput as exc:
            return PipelineDocument(None, None, (), [Problem(exc.message)])
        if clams_kitchen.is_recipe(value):
            return clams_kitchen.read_recipe(value)
        return read_document(value, lines)


@strawberry.type(description="A problem that prevents the import of a document.")
class ImportProblem:
    message: str = strawberry.field(
        description="For people. It names the line and the step, if they are known."
    )
    step: int | None = strawberry.field(description="Counts from 1.")
    line: int | None = strawberry.field(description="The line of the text. Counts from 1. Null for JSON.")


@strawberry.type(description="A step of an imported document, and the app that was found for it.")
class ImportedStep:
    position: int = strawberry.field(description="Counts from 1.")
    wanted: str = strawberry.field(description="The app as the document names it.")
    app: ClamsApp | None = strawberry.field(description="Null if no app was found.")
    choices: list[ClamsApp] = strawberry.field(
        description="If no app was found: apps that may be meant, e.g. other versions. Choose one with `apps`."
    )
    parameters: JSON = strawberry.field(description="In the types of the app's parameters.")
    retry: RetryPolicy | None = strawberry.field(description="Null: the table of StepError applies.")

    @classmethod
    def of(cls, step: pipeline_imports.ImportedStep, loaders: Loaders) -> ImportedStep:
        return cls(
            position=step.position,
            wanted=step.wanted,
            app=ClamsApp.of(step.app, loaders) if step.app is not None else None,
            choices=[ClamsApp.of(app, loaders) for app in step.choices],
            parameters=cast(JSON, step.parameters),
            retry=RetryPolicy.of(step.retry),
        )


@strawberry.type(description="The result of the import of a pipeline; in a dry run, a preview of it.")
class PipelineImport:
    outcome: PipelineOutcome
    name: str | None
    pipeline: Pipeline | None = strawberry.field(
        description="The pipeline in its present state. Null after a dry run that would create it, and if the document "
        "was refused."
    )
    steps: list[ImportedStep]
    problems: list[ImportProblem] = strawberry.field(
        description="Only in dry runs. Otherwise problems are an error BAD_USER_INPUT, and extensions.problems lists "
        "them all."
    )
    ignored: list[str] = strawberry.field(
        description="Keys of a recipe that Chowda does not use. They never include parameters."
    )
    changes: list[StepChange] = strawberry.field(
        description="For NEW_VERSION: the differences from the newest version."
    )
