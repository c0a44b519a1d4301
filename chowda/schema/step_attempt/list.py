"""Lists of calls of apps."""

from __future__ import annotations

from chowda.runs import attempt_list
from chowda.schema.connection import Nodes
from chowda.schema.step_attempt.type import with_ordinals

ATTEMPTS = Nodes(attempt_list.ATTEMPTS, with_ordinals)
