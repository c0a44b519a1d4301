"""The outputs of batches: for each media file, the newest MMIF that an app produced in a run of the batch."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.models.step_key import steps_of

# The output of a batch's media file `b`: from the newest run in which a step of the file has finished.
NEWEST_OUTPUT = f"""
    SELECT p.mmif_id FROM batch_runs r
    JOIN pipeline_runs p ON p.batch_run_id = r.id AND p.media_file_id = b.media_file_id
    JOIN mmifs m ON m.id = p.mmif_id
    WHERE r.batch_id = b.batch_id AND {steps_of("p.id", "m.step_run_id")}
    ORDER BY r.id DESC LIMIT 1
"""

# Reads a page of a batch's outputs, in the order of the media files.
PAGE = text(f"""
    SELECT b.media_file_id, output.mmif_id FROM batch_media_files b, LATERAL ({NEWEST_OUTPUT}) AS output
    WHERE b.batch_id = :batch_id AND b.media_file_id > :after ORDER BY b.media_file_id LIMIT :limit
""")

# Reads the outputs of some media files of some batches.
OF_FILES = text(f"""
    SELECT b.batch_id, b.media_file_id, output.mmif_id
    FROM unnest(CAST(:batch_ids AS bigint[]), CAST(:media_file_ids AS bigint[])) AS b(batch_id, media_file_id),
    LATERAL ({NEWEST_OUTPUT}) AS output
""")


async def read_page(session: AsyncSession, batch_id: int, after: int, limit: int) -> list[tuple[int, int]]:
    """Returns the next media files after `after` that have an output, each with its MMIF, as keys."""
    rows = await session.execute(PAGE, {"batch_id": batch_id, "after": after, "limit": limit})
    return [(media_file_id, mmif_id) for media_file_id, mmif_id in rows]


async def outputs_of(session: AsyncSession, members: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Returns the MMIF by batch and media file. Files without an output are omitted."""
    rows = await session.execute(
        OF_FILES,
        {"batch_ids": [batch for batch, _ in members], "media_file_ids": [file for _, file in members]},
    )
    return {(row.batch_id, row.media_file_id): row.mmif_id for row in rows}
