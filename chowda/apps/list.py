"""Lists of CLAMS apps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlalchemy.orm import defer

from chowda.models import ClamsApp
from chowda.pagination.filters import Period, contains_text, has_name, in_period
from chowda.pagination.keyset import ListSpec, Order


@dataclass(frozen=True, slots=True)
class AppFilter:
    names: tuple[str, ...] | None = None
    text: str | None = None
    created: Period | None = None


def conditions(filter: AppFilter) -> Sequence[ColumnElement[bool]]:
    return [
        *has_name(ClamsApp.name, filter.names),
        *contains_text([ClamsApp.name, ClamsApp.identifier], filter.text),
        *in_period(ClamsApp.created_at, filter.created),
    ]


APPS = ListSpec(
    "apps",
    ClamsApp,
    {"NAME": Order((ClamsApp.name,)), "CREATED": Order((ClamsApp.id,))},
    conditions,
    [defer(ClamsApp.description, raiseload=True)],
)
