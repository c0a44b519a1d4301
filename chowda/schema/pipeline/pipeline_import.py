"""Importing pipelines and batches that were written elsewhere."""

from __future__ import annotations

import strawberry

from chowda.schema.app.type import ClamsApp
from chowda.schema.batch.type import Batch
from chowda.schema.enums import DocumentFormat, PipelineOutcome
from chowda.schema.pipeline.retry_policy import RetryPolicy
from chowda.schema.pipeline.type import Pipeline
from chowda.schema.pipeline.version import StepChange
from chowda.schema.scalars import JSON


@strawberry.input
class ChosenAppInput:
    position: int = strawberry.field(description="Of the step in the document; counts from 1.")
    app_id: strawberry.ID = strawberry.field(description="The app to use there, whatever the document names.")


@strawberry.input
class ImportPipelineInput:
    text: str = strawberry.field(
        description="What Pipeline.document gives, or a recipe of clams-kitchen. As YAML up to 128 KiB, as JSON up to "
        "4 MiB."
    )
    format: DocumentFormat | None = strawberry.field(
        default=strawberry.UNSET, description="By default JSON if it begins with a brace, else YAML."
    )
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Instead of the name in the document."
    )
    apps: list[ChosenAppInput] = strawberry.field(
        default_factory=list, description="Apps to use instead of those that the document names."
    )
    as_new_version: bool = strawberry.field(
        default=False, description="A pipeline that has the name already gets a new version."
    )
    dry_run: bool = strawberry.field(
        default=False, description="Changes nothing, and says what would be done and all that is wrong."
    )


@strawberry.type(description="What keeps a document from being imported.")
class ImportProblem:
    message: str = strawberry.field(
        description="For a person, with the line and the step where they are known."
    )
    step: int | None = strawberry.field(description="Counts from 1.")
    line: int | None = strawberry.field(description="Of the text; counts from 1. Null in JSON.")


@strawberry.type(description="A step of a document, and what it is here.")
class ImportedStep:
    position: int = strawberry.field(description="Counts from 1.")
    wanted: str = strawberry.field(description="The app as the document names it.")
    app: ClamsApp | None = strawberry.field(description="Null if none was found.")
    choices: list[ClamsApp] = strawberry.field(
        description="Where none was found: those that may have been meant, e.g. another version. Choose with `apps`."
    )
    parameters: JSON = strawberry.field(description="In the types of the app's parameters.")
    retry: RetryPolicy | None = strawberry.field(description="Null: by the table under StepError.")


@strawberry.type(description="What became of a document, or, of a dry run, would become of it.")
class PipelineImport:
    outcome: PipelineOutcome
    name: str | None
    pipeline: Pipeline | None = strawberry.field(
        description="As it is now; null after a dry run that would create it, and if the document was refused."
    )
    steps: list[ImportedStep]
    problems: list[ImportProblem] = strawberry.field(
        description="Dry runs only; else they are an error, BAD_USER_INPUT, with all of them in extensions.problems."
    )
    ignored: list[str] = strawberry.field(
        description="Keys of a recipe that say nothing to Chowda. Parameters are never among them."
    )
    changes: list[StepChange] = strawberry.field(
        description="Of NEW_VERSION: what differs from the newest one."
    )


@strawberry.input
class ImportBatchDefinitionInput:
    text: str = strawberry.field(
        description="A batch definition of clams-kitchen: a CSV whose first column is asset_id. Up to 16 MiB."
    )
    name: str = strawberry.field(description="Of the batch.")
    description: str | None = strawberry.UNSET
    pipeline_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The pipeline on which it is started by default."
    )


@strawberry.type(description="The batch of a batch definition.")
class BatchDefinitionImport:
    batch: Batch
    ignored: list[str] = strawberry.field(description="Columns that say nothing to Chowda.")
