"""Lists of CLAMS apps."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.apps import list as app_list
from chowda.apps.list import AppFilter
from chowda.ids import Kind
from chowda.schema.app.type import ClamsApp
from chowda.schema.dataloaders import Loaders
from chowda.schema.list_arguments import PeriodInput, period, values
from chowda.schema.list_field import ListField
from chowda.schema.unset import given


@strawberry.enum(name="AppSort", description="By what apps are sorted.")
class AppSort(Enum):
    NAME = strawberry.enum_value("NAME", description="Letter by letter, capitals first.")
    CREATED = strawberry.enum_value("CREATED", description="When it was registered first.")


@strawberry.input(name="AppFilter", description="What is given must all hold; of a list, one.")
class AppFilterInput:
    names: list[str] | None = strawberry.field(default=strawberry.UNSET, description="Exactly one of these.")
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="In its name or identifier, in whatever case."
    )
    created: PeriodInput | None = strawberry.UNSET

    def of(self) -> AppFilter:
        return AppFilter(
            names=values("names", self.names), text=given(self.text), created=period(self.created)
        )


async def _shape(session: AsyncSession, loaders: Loaders, rows: Sequence[models.ClamsApp]) -> list[ClamsApp]:
    return [ClamsApp.of(row, loaders) for row in rows]


APPS = ListField(
    app_list.APPS,
    _shape,
    Kind.APP,
    ClamsApp,
    AppFilterInput,
    AppSort.NAME,
    descending=False,
)
