"""The list of the attempts of a batch run."""

from __future__ import annotations

from chowda.runs import attempt_list
from chowda.schema.connection import NodeList
from chowda.schema.step_attempt.dataloaders import build_attempts

ATTEMPTS = NodeList(attempt_list.ATTEMPTS, build_attempts)
