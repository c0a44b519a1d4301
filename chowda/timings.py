"""How long apps take: sums over finished calls, from which the percent of silent apps is estimated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

ADD = text("""
    INSERT INTO app_timings AS t (clams_app_id, calls, call_seconds, media_call_seconds, media_seconds)
    VALUES (:clams_app_id, :calls, :call_seconds, :media_call_seconds, :media_seconds)
    ON CONFLICT (clams_app_id) DO UPDATE SET calls = t.calls + excluded.calls,
        call_seconds = t.call_seconds + excluded.call_seconds,
        media_call_seconds = t.media_call_seconds + excluded.media_call_seconds,
        media_seconds = t.media_seconds + excluded.media_seconds
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
