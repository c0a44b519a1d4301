"""Timings of apps: sums over finished calls, used to estimate the progress of apps that report none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

EXPECTED_SECONDS = """
    CASE WHEN media.seconds > 0 AND t.media_seconds > 0
         THEN media.seconds * t.media_call_seconds / t.media_seconds
         ELSE t.call_seconds / nullif(t.calls, 0) END
"""
"The expected seconds of a call, from the sums `t` of its app and the media duration `media`.seconds."

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


SUMS = text("""
    SELECT a.id, coalesce(t.calls, 0) AS calls, coalesce(t.call_seconds, 0) AS call_seconds,
        coalesce(t.media_call_seconds, 0) AS media_call_seconds, coalesce(t.media_seconds, 0) AS media_seconds
    FROM clams_apps a LEFT JOIN app_timings t ON t.clams_app_id = a.id WHERE a.id = ANY(:ids)
""")

NEWEST_CALLS = 200

# An index finds the newest MMIF of an app, and so its calls. Calls of a step that was retried are not included.
NEWEST = text("""
    SELECT a.id, m.created_at AS ended_at, extract(epoch FROM s.ended_at - s.started_at)::float8 AS seconds,
        media.seconds AS media_seconds
    FROM clams_apps a JOIN app_identifiers i ON i.identifier = a.identifier
    CROSS JOIN LATERAL (
        SELECT id, media_file_id, step_run_id, created_at FROM mmifs
        WHERE app_identifier_id = i.id ORDER BY id DESC LIMIT :most
    ) m
    JOIN step_runs s ON s.id = m.step_run_id AND s.mmif_id = m.id AND s.clams_app_id = a.id
    CROSS JOIN LATERAL (
        SELECT max(duration_seconds) AS seconds FROM media_documents WHERE media_file_id = m.media_file_id
    ) media
    WHERE a.id = ANY(:ids) AND s.status = 'FINISHED' ORDER BY m.id DESC
""")


@dataclass(frozen=True, slots=True)
class Call:
    """A call that an app finished. `media_seconds` is the duration of its media file, if known."""

    ended_at: datetime
    seconds: float
    media_seconds: float | None


@dataclass(slots=True)
class Timing:
    """Sums over finished calls of one app."""

    calls: int = 0
    call_seconds: float = 0.0
    media_call_seconds: float = 0.0
    "Of the calls whose media duration is known."
    media_seconds: float = 0.0

    def add(self, seconds: float, media_seconds: float | None) -> None:
        """Add a call. `media_seconds` is the duration of its media file, if known."""
        self.calls += 1
        self.call_seconds += seconds
        if media_seconds:
            self.media_call_seconds += seconds
            self.media_seconds += media_seconds


async def add(session: AsyncSession, timings: Mapping[int, Timing]) -> None:
    """Add these sums, by app id."""
    for clams_app_id in sorted(timings):
        await session.execute(ADD, {"clams_app_id": clams_app_id} | asdict(timings[clams_app_id]))


async def expected(session: AsyncSession, step_run_ids: Sequence[int]) -> dict[int, float]:
    """The expected seconds of the calls of these steps. Steps without known timings are omitted."""
    rows = await session.execute(EXPECTED, {"step_run_ids": list(step_run_ids)})
    return {row.id: row.seconds for row in rows if row.seconds is not None}


async def read(session: AsyncSession, clams_app_ids: Sequence[int]) -> dict[int, Timing]:
    rows = await session.execute(SUMS, {"ids": list(clams_app_ids)})
    return {
        row.id: Timing(row.calls, row.call_seconds, row.media_call_seconds, row.media_seconds) for row in rows
    }


async def newest(session: AsyncSession, clams_app_ids: Sequence[int]) -> dict[int, list[Call]]:
    """The newest finished calls of each app in its current version, newest first."""
    found: dict[int, list[Call]] = {clams_app_id: [] for clams_app_id in clams_app_ids}
    for row in await session.execute(NEWEST, {"ids": list(clams_app_ids), "most": NEWEST_CALLS}):
        found[row.id].append(Call(row.ended_at, row.seconds, row.media_seconds))
    return found
