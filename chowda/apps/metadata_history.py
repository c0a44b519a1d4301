"""What an app said of itself over time: a row for each time that it said something new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.clams.metadata import AppMetadata
from chowda.models import AppMetadata as Said

HISTORY_LIMIT = 100
"Descriptions of one app that are shown, newest first."

NEWEST = text("""
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY clams_app_id ORDER BY id DESC) AS place
        FROM app_metadata WHERE clams_app_id = ANY(:ids)
    ) said WHERE place <= :limit
""")


async def note(
    session: AsyncSession, clams_app_id: int, metadata: AppMetadata, described: Mapping[str, Any]
) -> bool:
    """Keeps what the app said, unless it said the same the last time. True if it is new."""
    newest = await session.scalar(
        select(Said).where(Said.clams_app_id == clams_app_id).order_by(Said.id.desc()).limit(1)
    )
    if newest is not None and newest.description == described:
        return False
    session.add(
        Said(
            clams_app_id=clams_app_id,
            identifier=metadata.identifier,
            version=metadata.app_version,
            description=dict(described),
        )
    )
    await session.flush()
    return True


async def of_apps(session: AsyncSession, clams_app_ids: Sequence[int]) -> dict[int, list[Said]]:
    """By app, newest first."""
    newest = await session.scalars(NEWEST, {"ids": list(clams_app_ids), "limit": HISTORY_LIMIT})
    rows = await session.scalars(
        select(Said).where(text("app_metadata.id = ANY(:ids)")).order_by(Said.id.desc()),
        {"ids": list(newest)},
    )
    found: dict[int, list[Said]] = {clams_app_id: [] for clams_app_id in clams_app_ids}
    for row in rows:
        found[row.clams_app_id].append(row)
    return found
