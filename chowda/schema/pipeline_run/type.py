"""Pipeline runs: one media file in a batch run."""

from __future__ import annotations

from datetime import datetime

import strawberry

from chowda.schema.enums import RunStatus
from chowda.schema.loaders import Loaders
from chowda.schema.media_file.type import MediaFile
from chowda.schema.mmif.type import Mmif
from chowda.schema.node_registry import BATCH_RUN
from chowda.schema.step_run.type import StepRun


@strawberry.type(description="The run of the pipeline on one media file of a batch run.")
class PipelineRun:
    media_file_key: strawberry.Private[int]
    batch_run_key: strawberry.Private[int]
    loaders: strawberry.Private[Loaders]
    id: strawberry.ID
    media_file: MediaFile
    status: RunStatus
    paused: bool = strawberry.field(
        description="Someone paused this file: no new step of it starts, and running calls continue. false after the "
        "run has ended. A pause of the whole batch run does not show here."
    )
    percent: float = strawberry.field(description="0 to 100, over all steps.")
    steps: list[StepRun] = strawberry.field(description="One for each step of the pipeline, in order.")
    mmif: Mmif | None = strawberry.field(
        description="The newest good MMIF: at first the input, at the end the output of the last step."
    )
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @strawberry.field(graphql_type=BATCH_RUN.type)
    async def batch_run(self) -> object:
        return await BATCH_RUN.node(self.loaders, self.batch_run_key)
