"""How long apps take: sums over finished calls, from which the percent of silent apps is estimated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

EXPECTED_SECONDS = """
    CASE WHEN media.seconds > 0 AND t.media_seconds > 0
         THEN media.seconds * t.media_call_seconds / t.media_seconds
         ELSE t.call_seconds / nullif(t.calls, 0) END
"""
"How long a call should take, by the sums `t` of its app and `media`.seconds, how long the file plays."

EXPECTED = text(f"""
    SELECT s.id, {EXPECTED_SECONDS} AS seconds
    FROM step_runs s
    JOIN pipeline_runs p ON p.id = s.pipeline_run_id
    JOIN app_timings t ON t.clams_app_id = s.clams_app_id
    CROSS JOIN LATERAL (
        SELECT max(duration_seconds) AS seconds FROM media_documents WHERE media_file_id = p.media_file_id
    ) media
    WHERE s.id = ANY(:step_run_ids)
""")

ADD = text("""
    INSERT INTO app_timings AS t (clams_app_id, calls, call_seconds, media_call_seconds, media_seconds, answered_at)
    VALUES (:clams_app_id, :calls, :call_seconds, :media_call_seconds, :media_seconds, now())
    ON CONFLICT (clams_app_id) DO UPDATE SET calls = t.calls + excluded.calls,
        call_seconds = t.call_seconds + excluded.call_seconds,
        media_call_seconds = t.media_call_seconds + excluded.media_call_seconds,
        media_seconds = t.media_seconds + excluded.media_seconds, answered_at = excluded.answered_at
""")


@dataclass(slots=True)
class Timing:
    """Sums over some finished calls of one app."""

    calls: int = 0
    call_seconds: float = 0.0
    media_call_seconds: float = 0.0
    "Of the calls whose media duration was known."
    media_seconds: float = 0.0

    def add(self, seconds: float, media_seconds: float | None) -> None:
        """One more call; `media_seconds` is how long the file plays, where that is known."""
        self.calls += 1
        self.call_seconds += seconds
        if media_seconds:
            self.media_call_seconds += seconds
            self.media_seconds += media_seconds


async def add(session: AsyncSession, gathered: Mapping[int, Timing]) -> None:
    """Adds what was gathered, by app."""
    for clams_app_id in sorted(gathered):
        await session.execute(ADD, {"clams_app_id": clams_app_id} | asdict(gathered[clams_app_id]))


async def expected(session: AsyncSession, step_run_ids: Sequence[int]) -> dict[int, float]:
    """How long the calls of these steps should take, in seconds; those of which nothing is known are left out."""
    rows = await session.execute(EXPECTED, {"step_run_ids": list(step_run_ids)})
    return {row.id: row.seconds for row in rows if row.seconds is not None}
