"""The list of the calls of a batch run, in the order in which they began."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement

from chowda.models import StepAttempt
from chowda.pagination.keyset import ListSpec, Order


def conditions(_: None) -> Sequence[ColumnElement[bool]]:
    return []


ATTEMPTS = ListSpec("calls", StepAttempt, {"BEGUN": Order((StepAttempt.id,))}, conditions)
