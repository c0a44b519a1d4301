"""The metadata history of apps: a row for each change of an app's metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.clams.metadata import AppMetadata
from chowda.models import AppMetadata as HistoryEntry

HISTORY_LIMIT = 100
"The number of entries that are shown for one app, newest first."

NEWEST = text("""
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY clams_app_id ORDER BY id DESC) AS place
        FROM app_metadata WHERE clams_app_id = ANY(:ids)
    ) history WHERE place <= :limit
""")


async def note(
    session: AsyncSession, clams_app_id: int, metadata: AppMetadata, described: Mapping[str, Any]
) -> bool:
    """Save the metadata unless they equal the newest entry. Returns whether they are new."""
    newest = await session.scalar(
        select(HistoryEntry)
        .where(HistoryEntry.clams_app_id == clams_app_id)
        .order_by(HistoryEntry.id.desc())
        .limit(1)
    )
    if newest is not None and newest.description == described:
        return False
    session.add(
        HistoryEntry(
            clams_app_id=clams_app_id,
            identifier=metadata.identifier,
            version=metadata.app_version,
            description=dict(described),
        )
    )
    await session.flush()
    return True


async def of_apps(session: AsyncSession, clams_app_ids: Sequence[int]) -> dict[int, list[HistoryEntry]]:
    """The entries of each app, newest first."""
    newest = await session.scalars(NEWEST, {"ids": list(clams_app_ids), "limit": HISTORY_LIMIT})
    rows = await session.scalars(
        select(HistoryEntry).where(text("app_metadata.id = ANY(:ids)")).order_by(HistoryEntry.id.desc()),
        {"ids": list(newest)},
    )
    found: dict[int, list[HistoryEntry]] = {clams_app_id: [] for clams_app_id in clams_app_ids}
    for row in rows:
        found[row.clams_app_id].append(row)
    return found
