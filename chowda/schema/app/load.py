"""How busy apps are, and how long they take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.apps import load as app_load
from chowda.apps import timings
from chowda.apps.load import Load
from chowda.apps.timings import Call, Timing
from chowda.schema.dataloaders import Loaders


@strawberry.type(description="How busy an app is just now.")
class AppLoad:
    slots: int = strawberry.field(
        description="Calls that Chowda may hold at once: maxConcurrency, or 1 for an app that is called one at a time."
    )
    taken: int = strawberry.field(
        description="Calls in hand. More than `slots` for a while where the limit was lowered under them."
    )
    waiting: int = strawberry.field(
        description="Calls still to be made in batch runs that have not ended, whatever they wait for."
    )
    batch_runs: int = strawberry.field(description="Batch runs that these calls belong to.")

    @classmethod
    def of(cls, load: Load) -> AppLoad:
        return cls(slots=load.slots, taken=load.taken, waiting=load.waiting, batch_runs=load.batch_runs)


@strawberry.type(description="How long an app takes, over all calls that it finished.")
class AppTiming:
    calls: int
    seconds_per_call: float | None = strawberry.field(description="Null while it has finished none.")
    seconds_per_media_minute: float | None = strawberry.field(
        description="Of the calls on files whose length is known; null while there was none."
    )

    @classmethod
    def of(cls, timing: Timing) -> AppTiming:
        return cls(
            calls=timing.calls,
            seconds_per_call=timing.call_seconds / timing.calls if timing.calls else None,
            seconds_per_media_minute=60 * timing.media_call_seconds / timing.media_seconds
            if timing.media_seconds
            else None,
        )


@strawberry.type(description="A call that an app finished.")
class AppCall:
    ended_at: datetime
    seconds: float = strawberry.field(description="How long it took, the storing of its MMIF included.")
    media_seconds: float | None = strawberry.field(description="How long its media file plays, if known.")

    @classmethod
    def of(cls, call: Call) -> AppCall:
        return cls(ended_at=call.ended_at, seconds=call.seconds, media_seconds=call.media_seconds)


async def read_loads(session: AsyncSession, loaders: Loaders, keys: Sequence[int]) -> dict[int, Load]:
    return await app_load.read(session, keys)


async def read_timings(session: AsyncSession, loaders: Loaders, keys: Sequence[int]) -> dict[int, Timing]:
    return await timings.read(session, keys)


async def read_calls(session: AsyncSession, loaders: Loaders, keys: Sequence[int]) -> dict[int, list[Call]]:
    return await timings.newest(session, keys)
