"""The schema: queries, mutations and subscriptions, with limits and errors."""

from __future__ import annotations

import strawberry
from graphql import GraphQLError
from strawberry.extensions import AddValidationRules, MaxTokensLimiter
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from chowda.schema.errors import translate
from chowda.schema.limits import TOKENS_LIMIT, DocumentLimits
from chowda.schema.mutations import Mutation
from chowda.schema.queries import Query
from chowda.schema.scalars import SCALARS
from chowda.schema.subscriptions import Subscription


class ChowdaSchema(strawberry.Schema):
    """A schema whose every error has a code, on whatever way it comes about."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Strawberry passes the very list that is sent, before it is, for results and for events.

        An extension would miss what is raised while a document is parsed or validated.
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
