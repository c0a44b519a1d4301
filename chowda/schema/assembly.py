"""The schema: the queries, mutations and subscriptions of all nouns, with limits and errors."""

from __future__ import annotations

import strawberry
from graphql import GraphQLError
from strawberry.extensions import AddValidationRules, MaxTokensLimiter
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from chowda.schema.app.mutations import AppMutations
from chowda.schema.app.queries import AppQueries
from chowda.schema.app.subscriptions import AppSubscriptions
from chowda.schema.batch.mutations import BatchMutations
from chowda.schema.batch.queries import BatchQueries
from chowda.schema.batch_run.dataloaders import read_batch_runs
from chowda.schema.batch_run.list import BATCH_RUNS
from chowda.schema.batch_run.mutations import BatchRunMutations
from chowda.schema.batch_run.queries import BatchRunQueries
from chowda.schema.batch_run.start_mutations import StartMutations
from chowda.schema.batch_run.subscriptions import BatchRunSubscriptions
from chowda.schema.collection.dataloaders import read_collections
from chowda.schema.collection.mutations import CollectionMutations
from chowda.schema.collection.queries import CollectionQueries
from chowda.schema.errors import translate
from chowda.schema.event.queries import EventQueries
from chowda.schema.event.subscriptions import EventSubscriptions
from chowda.schema.limits import TOKENS_LIMIT, DocumentLimits
from chowda.schema.media_file.mutations import MediaFileMutations
from chowda.schema.media_file.queries import MediaFileQueries
from chowda.schema.mmif.dataloaders import read_mmifs
from chowda.schema.mmif.list import MMIFS
from chowda.schema.mmif.queries import MmifQueries
from chowda.schema.node_registry import BATCH_RUN, COLLECTION, MMIF, PIPELINE_RUN, STEP_RUN
from chowda.schema.pipeline.mutations import PipelineMutations
from chowda.schema.pipeline.queries import PipelineQueries
from chowda.schema.pipeline_run.dataloaders import read_pipeline_runs
from chowda.schema.pipeline_run.list import PIPELINE_RUNS
from chowda.schema.pipeline_run.mutations import PipelineRunMutations
from chowda.schema.pipeline_run.queries import PipelineRunQueries
from chowda.schema.pipeline_run.subscriptions import PipelineRunSubscriptions
from chowda.schema.scalars import SCALARS
from chowda.schema.step_run.dataloaders import read_step_runs

BATCH_RUN.provide(read_batch_runs, BATCH_RUNS)
COLLECTION.provide(read_collections)
MMIF.provide(read_mmifs, MMIFS)
PIPELINE_RUN.provide(read_pipeline_runs, PIPELINE_RUNS)
STEP_RUN.provide(read_step_runs)


@strawberry.type(description="An unknown ID or GUID returns null.")
class Query(
    MediaFileQueries,
    CollectionQueries,
    MmifQueries,
    AppQueries,
    PipelineQueries,
    BatchQueries,
    BatchRunQueries,
    PipelineRunQueries,
    EventQueries,
):
    pass


@strawberry.type(description="An unknown ID is the error NOT_FOUND.")
class Mutation(
    MediaFileMutations,
    CollectionMutations,
    AppMutations,
    PipelineMutations,
    BatchMutations,
    StartMutations,
    BatchRunMutations,
    PipelineRunMutations,
):
    pass


@strawberry.type(description="An unknown ID is the error NOT_FOUND.")
class Subscription(
    BatchRunSubscriptions,
    PipelineRunSubscriptions,
    AppSubscriptions,
    EventSubscriptions,
):
    pass


class ChowdaSchema(strawberry.Schema):
    """A schema that gives every error a code, wherever the error comes from."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Replaces the errors in the list, which Strawberry sends afterwards, for results and for events.

        An extension would not see errors from the parsing and the validation of a document.
        """
        errors[:] = [translate(error) for error in errors]


schema = ChowdaSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    extensions=[
        lambda: MaxTokensLimiter(max_token_count=TOKENS_LIMIT),
        lambda: AddValidationRules([DocumentLimits]),
    ],
    config=StrawberryConfig(scalar_map=SCALARS),
)
