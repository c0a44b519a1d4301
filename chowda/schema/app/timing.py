"""The processing time of CLAMS apps."""

from __future__ import annotations

from datetime import datetime

import strawberry

from chowda.apps.timings import Call, Timing


@strawberry.type(description="The processing time of an app, over all calls that it finished.")
class AppTiming:
    calls: int
    seconds_per_call: float | None = strawberry.field(description="Null if the app has finished no call.")
    seconds_per_media_minute: float | None = strawberry.field(
        description="Processing time per media minute, over the calls whose media duration is known. Null if there are "
        "none."
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
    seconds: float = strawberry.field(
        description="The duration of the call, including the storage of its MMIF."
    )
    media_seconds: float | None = strawberry.field(
        description="The duration of the media file, if it is known."
    )

    @classmethod
    def of(cls, call: Call) -> AppCall:
        return cls(ended_at=call.ended_at, seconds=call.seconds, media_seconds=call.media_seconds)
