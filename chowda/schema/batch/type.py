"""Batches: media files that are run together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.batches import service as batch_service
from chowda.errors import BadUserInput
from chowda.ids import Kind, opaque
from chowda.pagination.keyset import ListQuery, Parent
from chowda.runs import batch_progress
from chowda.runs.batch_progress import BatchProgress
from chowda.schema.batch.file_lists import INPUTS, NOT_STARTED, OUTPUTS
from chowda.schema.connection import Connection, Nodes
from chowda.schema.dataloaders import Loaders
from chowda.schema.enums import StartFrom
from chowda.schema.list_arguments import Paging, paged
from chowda.schema.media_file.list import MediaFileFilterInput
from chowda.schema.media_file.type import MediaFile
from chowda.schema.mmif.type import Mmif
from chowda.schema.pipeline.type import Pipeline, read_pipelines
from chowda.schema.scalars import JSON

if TYPE_CHECKING:
    from chowda.schema.batch_run.type import BatchRun


@strawberry.type(description="Media files that are run together.")
class Batch:
    key: strawberry.Private[int]
    pipeline_key: strawberry.Private[int | None]
    loaders: strawberry.Private[Loaders]
    id: strawberry.ID
    name: str
    description: str | None
    media_file_count: int
    created_at: datetime

    @strawberry.field(description="The one on which it is started unless another is named.")
    async def pipeline(self) -> Pipeline | None:
        if self.pipeline_key is None:
            return None
        return await self.loaders.load(read_pipelines, self.pipeline_key)

    @strawberry.field(
        description="0 to 100: files that have ended in its newest run, well or not, of all files that it has now. "
        "0 if it was never started."
    )
    async def percent_finished(self) -> float:
        return (await self.loaders.require(read_batch_progress, self.key)).percent_finished

    @strawberry.field(
        description="0 to 100: files that went well through its newest run, of all files that it has now."
    )
    async def percent_successful(self) -> float:
        return (await self.loaders.require(read_batch_progress, self.key)).percent_successful

    @strawberry.field(
        description="Media files that none of its runs has begun, in the order in which they were added."
    )
    @paged
    async def not_started(self, paging: Paging) -> Connection[MediaFile]:
        asked = self._files(paging, NOT_STARTED)
        if (await self.loaders.require(read_batch_progress, self.key)).all_begun:
            return NOT_STARTED.none(self.loaders, asked)  # needn't look through them
        return await NOT_STARTED.connect(self.loaders, asked)

    @strawberry.field(description="What its files start from, where they have an input.")
    @paged
    async def input_mmifs(self, paging: Paging) -> Connection[Mmif]:
        return await INPUTS.connect(self.loaders, self._files(paging, INPUTS))

    @strawberry.field(description="Of each file the newest MMIF that apps made of it in runs of this batch.")
    @paged
    async def output_mmifs(self, paging: Paging) -> Connection[Mmif]:
        return await OUTPUTS.connect(self.loaders, self._files(paging, OUTPUTS))

    def _files(self, paging: Paging, nodes: Nodes[Any, Any]) -> ListQuery:
        return paging.listing(nodes, None, "ADDED", descending=False, parent=Parent("batch_id", self.key))

    @strawberry.field(description="Its starts, newest first.")
    @paged
    async def runs(
        self, paging: Paging
    ) -> Connection[Annotated[BatchRun, strawberry.lazy("chowda.schema.batch_run.type")]]:
        from chowda.runs.batch_run_list import BatchRunFilter
        from chowda.schema.batch_run.list import BATCH_RUNS, BatchRunSort

        asked = paging.listing(
            BATCH_RUNS, BatchRunFilter(), BatchRunSort.CREATED, parent=Parent("batch_id", self.key)
        )
        return await BATCH_RUNS.connect(self.loaders, asked)

    @strawberry.field(description="Its newest start; null if it was never started.")
    async def last_run(self) -> Annotated[BatchRun, strawberry.lazy("chowda.schema.batch_run.type")] | None:
        from chowda.schema.batch_run.type import read_last_runs

        return await self.loaders.load(read_last_runs, self.key)

    @classmethod
    def of(cls, row: models.Batch, loaders: Loaders) -> Batch:
        return cls(
            key=row.id,
            pipeline_key=row.pipeline_id,
            loaders=loaders,
            id=strawberry.ID(opaque(Kind.BATCH, row.id)),
            name=row.name,
            description=row.description,
            media_file_count=row.media_file_count,
            created_at=row.created_at,
        )


@strawberry.input
class CreateBatchFromInput:
    name: str
    description: str | None = strawberry.UNSET
    pipeline_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The pipeline on which it is started by default."
    )
    guids: list[str] = strawberry.field(
        default_factory=list,
        description="Unknown or repeated ones refuse the whole batch: ten in the message, all in extensions.guids.",
    )
    guid_text: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="GUIDs as people paste them, or a CSV: see the query readGuids, which shows mistakes before.",
    )
    collection_ids: list[strawberry.ID] = strawberry.field(default_factory=list)
    media_files: MediaFileFilterInput | None = strawberry.field(
        default=strawberry.UNSET, description="All media files that this finds."
    )
    mmif_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="Their media files, each with its MMIF as input. Two of one media file are CONFLICT, by name.",
    )
    batch_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="Their media files with their inputs. Two inputs of one media file are CONFLICT, by name.",
    )


@strawberry.input
class CreateBatchesFromCollectionsInput:
    collection_ids: list[strawberry.ID]
    pipeline_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The pipeline on which they are started by default."
    )


@strawberry.input
class UpdateBatchInput:
    id: strawberry.ID
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Left out: as it is.")
    description: str | None = strawberry.field(
        default=strawberry.UNSET, description='Left out: as it is; "" takes it away.'
    )
    pipeline_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Left out: as it is."
    )


@strawberry.input
class AddMmifsToBatchInput:
    batch_id: strawberry.ID
    mmif_ids: list[strawberry.ID]
    replace: bool = strawberry.field(
        default=False, description="Also where a file has another input; else that is CONFLICT, by name."
    )


@strawberry.input
class CreateBatchInput:
    name: str
    description: str | None = strawberry.UNSET
    pipeline_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The pipeline on which it is started by default."
    )
    guids: list[str] = strawberry.field(
        description="Unknown or repeated ones refuse the whole batch: ten in the message, all in extensions.guids."
    )


@strawberry.input
class StepOverrideInput:
    position: int = strawberry.field(description="Of the step; counts from 1.")
    parameters: JSON = strawberry.field(
        description="An object, merged over the step's parameters. A null in it takes one out, so that the app's "
        "default counts."
    )


@strawberry.input
class StartBatchesInput:
    """As in StartBatchInput, for each of the batches."""

    pipeline_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="By default each batch's own."
    )
    pipeline_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="By default the newest."
    )
    overrides: list[StepOverrideInput] = strawberry.field(
        default_factory=list, description="Parameters for these starts alone, one for a step at most."
    )
    start_from: StartFrom = StartFrom.BLANK
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Under the same key each batch is started once, however often the call is made.",
    )
    priority: int = 0


@strawberry.input
class StartBatchInput:
    batch_id: strawberry.ID
    pipeline_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="By default the batch's own."
    )
    pipeline_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="By default the newest."
    )
    overrides: list[StepOverrideInput] = strawberry.field(
        default_factory=list, description="Parameters for this start alone, one for a step at most."
    )
    from_blank_mmif: bool = strawberry.field(
        default=True,
        description="false: the batch's input MMIF of the file, else the file's newest, else blank.",
    )
    start_from: StartFrom | None = strawberry.field(
        default=strawberry.UNSET, description="Says more than fromBlankMmif, and goes before it."
    )
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The same key gives the batch run of the first call instead of a second one.",
    )
    priority: int = strawberry.field(
        default=0,
        description="-100 to 100. Where batch runs share an app, the higher goes first; equal ones take turns.",
    )


def overrides_of(overrides: Sequence[StepOverrideInput]) -> dict[int, object]:
    """By position. BadUserInput for two of one step."""
    found: dict[int, object] = {}
    for override in overrides:
        if override.position in found:
            raise BadUserInput(f"There are two overrides for step {override.position}: put them into one.")
        found[override.position] = override.parameters
    return found


async def read_batches(session: AsyncSession, loaders: Loaders, keys: Sequence[int]) -> dict[int, Batch]:
    rows = await batch_service.batches_by_id(session, keys)
    return {key: Batch.of(row, loaders) for key, row in rows.items()}


async def read_batch_progress(
    session: AsyncSession, loaders: Loaders, keys: Sequence[int]
) -> dict[int, BatchProgress]:
    return await batch_progress.read_progress(session, keys)
