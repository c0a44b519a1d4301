"""The load of CLAMS apps."""

from __future__ import annotations

import strawberry

from chowda.apps.load import Load


@strawberry.type(description="The present load of an app.")
class AppLoad:
    slots: int = strawberry.field(
        description="How many calls may run at once: maxConcurrency, or 1 while oneAtATime is true."
    )
    taken: int = strawberry.field(
        description="How many calls are running. This can exceed `slots` for a while after the limit was lowered."
    )
    waiting: int = strawberry.field(
        description="How many calls are queued in batch runs that have not ended, for any reason."
    )
    batch_runs: int = strawberry.field(
        description="How many batch runs the running and queued calls belong to."
    )

    @classmethod
    def of(cls, load: Load) -> AppLoad:
        return cls(slots=load.slots, taken=load.taken, waiting=load.waiting, batch_runs=load.batch_runs)
