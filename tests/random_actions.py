"""Random actions of workers, brokers and people on a real database; only the answers of apps are made up.

The expected result of a single action is computed from the rows before it. After actions that run at the same time,
the invariants are checked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from random_user_actions import UserActions
from random_worker_actions import WorkerActions
from random_world import LEASE_SECONDS
from sqlalchemy import text

from chowda.engine import fair_dispatch, step_outcome
from chowda.engine.claim import try_claim
from chowda.runs import batch_runs, pipeline_runs


@dataclass(frozen=True)
class Action:
    """The name of a method of RandomActions, and its arguments."""

    name: str
    which: int
    how: int


class RandomActions(WorkerActions, UserActions):
    async def run(self, actions: Sequence[Action]) -> None:
        """Runs the actions at the same time, then checks what must always hold."""
        self.is_single = len(actions) == 1
        await asyncio.gather(*(getattr(self, action.name)(action.which, action.how) for action in actions))
        await self.check()

    async def run_to_the_end(self) -> None:
        """All workers die, and everything that is paused is resumed. Dispatch alone then ends all runs."""
        self.is_single = False
        async with self.database.session() as session:
            await session.execute(
                text("UPDATE step_runs SET lease_until = now() - interval '1 s' WHERE status = 'RUNNING'")
            )
            await session.execute(text("UPDATE app_slots SET until = NULL, step_run_id = NULL, fence = NULL"))
        await self.requeue_expired(0, 0)
        for resume, ids in (
            (batch_runs.resume_batch_run, self.run_ids),
            (pipeline_runs.resume_pipeline_run, self.file_ids),
        ):
            for id in ids:
                async with self.database.session() as session:
                    await resume(session, id)
        while await self._finish_next_steps():
            pass
        await self.maintain(0, 0)
        await self.check()
        async with self.database.session() as session:
            assert await batch_runs.active_ids(session) == [], "a batch run is stuck"

    async def _finish_next_steps(self) -> bool:
        await self.pass_time(0, 0)
        async with self.database.session() as session:
            sent = await fair_dispatch.take(session, LEASE_SECONDS)
        for step_run_id in sent:
            async with self.database.session() as session:
                claim = await try_claim(session, step_run_id, "last", LEASE_SECONDS)
                assert claim is not None, "a step was sent that can't be claimed"
                assert await step_outcome.finish(session, claim, *self.new_result())
        return bool(sent)
