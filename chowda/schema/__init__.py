"""The GraphQL API."""

from chowda.schema.assembly import schema
from chowda.schema.context import Context

__all__ = ["Context", "schema"]
