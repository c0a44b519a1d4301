"""Lists of calls of apps."""

from __future__ import annotations

from chowda import lists
from chowda.schema.types.connection import Nodes
from chowda.schema.types.step_attempt import with_their_places

ATTEMPTS = Nodes(lists.attempts.ATTEMPTS, with_their_places)
