"""How far a batch has come, and the MMIF that it has: by its newest run, whose tallies make it cheap for lists.

The newest run and not the sum of all: a batch is started again to do it over, and people ask how that goes. Files
that were added to the batch since count as not done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.models.step_key import steps_of
from chowda.runs import counters
from chowda.runs.counters import Counts

NEWEST_RUNS = text("""
    SELECT b.id, b.media_file_count, r.id FROM batches b LEFT JOIN LATERAL (
        SELECT id FROM batch_runs WHERE batch_id = b.id ORDER BY id DESC LIMIT 1
    ) AS r ON true WHERE b.id = ANY(:ids)
""")

# Of a file the newest that an app made of it in a run of its batch; of the newest run that has one.
NEWEST_OUTPUT = f"""
    SELECT p.mmif_id FROM batch_runs r
    JOIN pipeline_runs p ON p.batch_run_id = r.id AND p.media_file_id = b.media_file_id
    JOIN mmifs m ON m.id = p.mmif_id
    WHERE r.batch_id = b.batch_id AND {steps_of("p.id", "m.step_run_id")}
    ORDER BY r.id DESC LIMIT 1
"""
OUTPUTS = text(f"""
    SELECT b.media_file_id, made.mmif_id FROM batch_media_files b, LATERAL ({NEWEST_OUTPUT}) AS made
    WHERE b.batch_id = :batch_id AND b.media_file_id > :after ORDER BY b.media_file_id LIMIT :limit
""")
OUTPUTS_OF = text(f"""
    SELECT b.batch_id, b.media_file_id, made.mmif_id
    FROM unnest(CAST(:batch_ids AS bigint[]), CAST(:media_file_ids AS bigint[])) AS b(batch_id, media_file_id),
    LATERAL ({NEWEST_OUTPUT}) AS made
""")


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """Of the batch's newest run; `size` is the number of media files that the batch has now."""

    size: int
    newest_run_id: int | None
    counts: Counts

    @property
    def percent_finished(self) -> float:
        """Files that have ended, well or not, of all files of the batch."""
        return self._percent(self.counts.ended)

    @property
    def percent_successful(self) -> float:
        """Files that went well through the whole pipeline, of all files of the batch."""
        return self._percent(self.counts.finished)

    @property
    def all_begun(self) -> bool:
        """Whether its newest run has been through all files that the batch has now."""
        return self.counts.finished + self.counts.failed >= self.size

    def _percent(self, files: int) -> float:
        return min(100.0, 100.0 * files / self.size) if self.size else 0.0


async def read_progress(session: AsyncSession, batch_ids: Sequence[int]) -> dict[int, BatchProgress]:
    """By batch, in two statements."""
    rows = (await session.execute(NEWEST_RUNS, {"ids": list(batch_ids)})).all()
    counts = await counters.read(session, [run_id for _, _, run_id in rows if run_id is not None])
    return {
        batch_id: BatchProgress(size, run_id, counts.get(run_id, {}).get(0, Counts()))
        for batch_id, size, run_id in rows
    }


async def outputs(session: AsyncSession, batch_id: int, after: int, limit: int) -> list[tuple[int, int]]:
    """Keys of the next files after this one that have an output, and of the newest MMIF that apps made of each."""
    rows = await session.execute(OUTPUTS, {"batch_id": batch_id, "after": after, "limit": limit})
    return [(key, mmif_id) for key, mmif_id in rows]


async def outputs_of(session: AsyncSession, members: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """By batch and media file the newest MMIF that apps made of it there; those without any are left out."""
    rows = await session.execute(
        OUTPUTS_OF,
        {"batch_ids": [batch for batch, _ in members], "media_file_ids": [file for _, file in members]},
    )
    return {(row.batch_id, row.media_file_id): row.mmif_id for row in rows}
