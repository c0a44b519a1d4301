"""Reading apps by their keys."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from chowda import models
from chowda.schema.app.type import ClamsApp
from chowda.schema.loaders import Loaders


async def read_apps(session: AsyncSession, loaders: Loaders, keys: Iterable[int]) -> dict[int, ClamsApp]:
    """Without their metadata, which is large and which few queries select."""
    rows = await session.scalars(
        select(models.ClamsApp)
        .where(text("clams_apps.id = ANY(:ids)"))
        .options(defer(models.ClamsApp.description, raiseload=True)),
        {"ids": list(keys)},
    )
    return {row.id: ClamsApp.of(row, loaders) for row in rows}
