"""MMIF rows: the media file that each belongs to, and the hash of its bytes in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.models import AppIdentifier, Mmif, MmifOrigin

RESULTS_PAGE = text("""
    SELECT p.media_file_id, f.guid, m.id AS mmif_id, m.sha256, m.size_bytes
    FROM pipeline_runs p
    JOIN media_files f ON f.id = p.media_file_id
    JOIN mmifs m ON m.id = p.mmif_id
    WHERE p.batch_run_id = :batch_run_id AND p.media_file_id > :after
    ORDER BY p.media_file_id LIMIT :limit
""")

RESULTS = text("""
    SELECT m.media_file_id, f.guid, m.id AS mmif_id, m.sha256, m.size_bytes
    FROM mmifs m JOIN media_files f ON f.id = m.media_file_id WHERE m.id = ANY(:ids)
""")


NEWEST = text("""
    SELECT m.* FROM unnest(CAST(:ids AS bigint[])) AS f(id), LATERAL (
        SELECT * FROM mmifs WHERE media_file_id = f.id ORDER BY id DESC LIMIT 1
    ) AS m
""")


@dataclass(frozen=True, slots=True)
class Result:
    """A MMIF to fetch: the newest good one of a file in a batch run, or a chosen one."""

    media_file_id: int
    guid: str
    mmif_id: int
    sha256: str
    size_bytes: int


async def find_mmif(session: AsyncSession, mmif_id: int) -> Mmif | None:
    return await session.get(Mmif, mmif_id)


async def mmifs_by_id(session: AsyncSession, mmif_ids: Sequence[int]) -> dict[int, Mmif]:
    mmifs = await session.scalars(select(Mmif).where(text("mmifs.id = ANY(:ids)")), {"ids": list(mmif_ids)})
    return {mmif.id: mmif for mmif in mmifs}


async def newest_of(session: AsyncSession, media_file_ids: Sequence[int]) -> dict[int, Mmif]:
    """By media file. Files without MMIF are left out."""
    newest = await session.scalars(select(Mmif).from_statement(NEWEST), {"ids": list(media_file_ids)})
    return {mmif.media_file_id: mmif for mmif in newest}


async def app_identifiers(session: AsyncSession, keys: Sequence[int]) -> dict[int, str]:
    rows = await session.execute(
        select(AppIdentifier.id, AppIdentifier.identifier).where(text("app_identifiers.id = ANY(:ids)")),
        {"ids": list(keys)},
    )
    return {row.id: row.identifier for row in rows}


async def add_upload(session: AsyncSession, media_file_id: int, sha256: str, size_bytes: int) -> Mmif:
    """Add a MMIF made elsewhere as the file's newest. Its bytes must already be in the store."""
    mmif = Mmif(media_file_id=media_file_id, sha256=sha256, size_bytes=size_bytes, origin=MmifOrigin.UPLOAD)
    session.add(mmif)
    await session.flush()
    await session.refresh(mmif)
    return mmif


async def results_page(
    session: AsyncSession, batch_run_id: int, after: int = 0, limit: int = 500
) -> list[Result]:
    """The results of a batch run after this media file's key. Files without MMIF are left out.

    Paged, so that sending a large archive holds no session.
    """
    rows = await session.execute(RESULTS_PAGE, {"batch_run_id": batch_run_id, "after": after, "limit": limit})
    return [Result(*row) for row in rows]


async def results_by_id(session: AsyncSession, mmif_ids: Sequence[int]) -> dict[int, Result]:
    rows = await session.execute(RESULTS, {"ids": list(mmif_ids)})
    return {row.mmif_id: Result(*row) for row in rows}
