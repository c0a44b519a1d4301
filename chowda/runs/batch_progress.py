"""The progress of batches, from the counters of each batch's newest run.

Only the newest run counts, because people start a batch again to process it again. Files that were added to the batch
since count as not done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.runs import counters
from chowda.runs.counters import Counts

# Reads the size of each batch and its newest batch run.
NEWEST_RUNS = text("""
    SELECT b.id, b.media_file_count, r.id FROM batches b LEFT JOIN LATERAL (
        SELECT id FROM batch_runs WHERE batch_id = b.id ORDER BY id DESC LIMIT 1
    ) AS r ON true WHERE b.id = ANY(:ids)
""")


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """The counts of the batch's newest run. `size` is the present number of media files of the batch."""

    size: int
    newest_run_id: int | None
    counts: Counts

    @property
    def percent_finished(self) -> float:
        """The share of files that have ended, with any result."""
        return self._percent(self.counts.ended)

    @property
    def percent_successful(self) -> float:
        """The share of files that have finished the whole pipeline."""
        return self._percent(self.counts.finished)

    @property
    def all_processed(self) -> bool:
        """Whether the newest run has finished or failed as many files as the batch has now."""
        return self.counts.finished + self.counts.failed >= self.size

    def _percent(self, files: int) -> float:
        return min(100.0, 100.0 * files / self.size) if self.size else 0.0


async def read_progress(session: AsyncSession, batch_ids: Sequence[int]) -> dict[int, BatchProgress]:
    """Returns the progress by batch, in two statements."""
    rows = (await session.execute(NEWEST_RUNS, {"ids": list(batch_ids)})).all()
    counts = await counters.read(session, [run_id for _, _, run_id in rows if run_id is not None])
    return {
        batch_id: BatchProgress(size, run_id, counts.get(run_id, {}).get(0, Counts()))
        for batch_id, size, run_id in rows
    }
