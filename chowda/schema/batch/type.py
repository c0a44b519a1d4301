"""Batches: media files that are processed together."""

from __future__ import annotations

from datetime import datetime

import strawberry

from chowda import models
from chowda.ids import Kind, opaque
from chowda.pagination.keyset import ListQuery, ListSpec, Parent
from chowda.runs import batch_file_lists, batch_progress, batch_run_list, batch_runs
from chowda.runs.batch_run_list import BatchRunFilter
from chowda.schema.batch.file_lists import INPUT_MMIFS, NOT_STARTED, OUTPUT_MMIFS
from chowda.schema.connection import Connection
from chowda.schema.loaders import Loaders
from chowda.schema.media_file.type import MediaFile
from chowda.schema.mmif.type import Mmif
from chowda.schema.node_registry import BATCH_RUN
from chowda.schema.paging import Paging
from chowda.schema.pipeline.dataloaders import read_pipelines
from chowda.schema.pipeline.type import Pipeline


@strawberry.type(description="A batch: media files that are processed together.")
class Batch:
    key: strawberry.Private[int]
    pipeline_key: strawberry.Private[int | None]
    loaders: strawberry.Private[Loaders]
    id: strawberry.ID
    name: str
    description: str | None
    media_file_count: int
    created_at: datetime

    @strawberry.field(description="The default pipeline: a start uses it unless it names another.")
    async def pipeline(self) -> Pipeline | None:
        if self.pipeline_key is None:
            return None
        return await self.loaders.node_or_none(read_pipelines, self.pipeline_key)

    @strawberry.field(
        description="0 to 100: the share of the batch's present files that have ended in its newest run, whatever "
        "their result. 0 if it has no run."
    )
    async def percent_finished(self) -> float:
        return (await self.loaders.value(batch_progress.read_progress, self.key)).percent_finished

    @strawberry.field(
        description="0 to 100: the share of the batch's present files that have succeeded in its newest run."
    )
    async def percent_successful(self) -> float:
        return (await self.loaders.value(batch_progress.read_progress, self.key)).percent_successful

    @strawberry.field(
        description="Media files that no run of the batch has started to process, in the order in which they were "
        "added."
    )
    async def not_started(
        self,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
    ) -> Connection[MediaFile]:
        query = self._files(batch_file_lists.NOT_STARTED, Paging(first, after, last, before))
        if (await self.loaders.value(batch_progress.read_progress, self.key)).all_processed:
            return NOT_STARTED.empty(self.loaders, query)  # saves a search through all files
        return await NOT_STARTED.connect(self.loaders, query)

    @strawberry.field(description="The input MMIF of the files that have one.")
    async def input_mmifs(
        self,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
    ) -> Connection[Mmif]:
        query = self._files(batch_file_lists.INPUTS, Paging(first, after, last, before))
        return await INPUT_MMIFS.connect(self.loaders, query)

    @strawberry.field(description="The newest MMIF of each file that an app produced in a run of this batch.")
    async def output_mmifs(
        self,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
    ) -> Connection[Mmif]:
        query = self._files(batch_file_lists.OUTPUTS, Paging(first, after, last, before))
        return await OUTPUT_MMIFS.connect(self.loaders, query)

    def _files(self, spec: ListSpec[models.BatchMediaFile], paging: Paging) -> ListQuery:
        return paging.query(spec, None, "ADDED", descending=False, parent=Parent("batch_id", self.key))

    @strawberry.field(graphql_type=BATCH_RUN.connection_type, description="The runs, newest first.")
    async def runs(
        self,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
    ) -> object:
        query = Paging(first, after, last, before).query(
            batch_run_list.BATCH_RUNS, BatchRunFilter(), "CREATED", parent=Parent("batch_id", self.key)
        )
        return await BATCH_RUN.connect(self.loaders, query)

    @strawberry.field(
        graphql_type=BATCH_RUN.type | None, description="The newest run. Null if there is none."
    )
    async def last_run(self) -> object | None:
        key = await self.loaders.value_or_none(batch_runs.newest_of_batches, self.key)
        return await BATCH_RUN.node_or_none(self.loaders, key) if key is not None else None

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
