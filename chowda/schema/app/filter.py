"""The filter and the sort order of lists of apps."""

from __future__ import annotations

from enum import Enum

import strawberry

from chowda.apps.list import AppFilter
from chowda.schema.filter_values import PeriodInput, period, values
from chowda.schema.optional_values import value_or_none


@strawberry.enum(name="AppSort", description="The sort order of apps.")
class AppSort(Enum):
    NAME = strawberry.enum_value("NAME", description="By name, letter by letter, capitals first.")
    CREATED = strawberry.enum_value("CREATED", description="By the time of registration.")


@strawberry.input(
    name="AppFilter",
    description="Conditions that an app must all meet. A list is met by any one of its values.",
)
class AppFilterInput:
    names: list[str] | None = strawberry.field(default=strawberry.UNSET, description="The exact name.")
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="Part of the name or the identifier, in any case."
    )
    created: PeriodInput | None = strawberry.UNSET

    def to_filter(self) -> AppFilter:
        return AppFilter(
            names=values("names", self.names), text=value_or_none(self.text), created=period(self.created)
        )
