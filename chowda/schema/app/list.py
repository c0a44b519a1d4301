"""The list of apps."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.apps import list as app_list
from chowda.schema.app.type import ClamsApp
from chowda.schema.connection import NodeList
from chowda.schema.loaders import Loaders


async def _build(session: AsyncSession, loaders: Loaders, rows: Sequence[models.ClamsApp]) -> list[ClamsApp]:
    return [ClamsApp.of(row, loaders) for row in rows]


APPS = NodeList(app_list.APPS, _build)
