"""The claim loop: claims a step, calls its app, commits the outcome, and takes the next step for the same slot."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import structlog

from chowda.clams.runtimes.call import AppAnswer
from chowda.config import Settings
from chowda.db.autocommit import Statements
from chowda.db.database import Database
from chowda.engine import leases
from chowda.engine.claim import Claim, try_claim, unsend
from chowda.engine.slot_reuse import Sent, reuse_slot
from chowda.errors import StepFailure
from chowda.pubsub.notifier import Notifier
from chowda.storage.mmif_store import MmifStore
from chowda.workers.app_call import AppCaller
from chowda.workers.database_errors import DATABASE_ERRORS
from chowda.workers.dispatcher import Dispatcher
from chowda.workers.heartbeat import Heartbeat
from chowda.workers.in_flight_call import CallState, InFlightCall
from chowda.workers.maintainer import Maintainer
from chowda.workers.step_commit import StepCommitter, Superseded

SLOT_REUSE_SECONDS = 60.0
"For so long a run of the actor takes further steps: then its message is acknowledged."
CLAIM_SECONDS = 1.0
"How long a stop waits for claims that are in progress."

log = structlog.get_logger(__name__)

T = TypeVar("T")


class ClaimLoop:
    """Its `run` is the actor: many run at once on one event loop."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        statements: Statements,
        store: MmifStore,
        notifier: Notifier,
        heartbeat: Heartbeat,
        dispatcher: Dispatcher,
        maintainer: Maintainer,
        worker: str,
    ) -> None:
        self._lease_seconds = settings.lease_seconds
        self._database = database
        self._statements = statements
        self._notifier = notifier
        self._heartbeat = heartbeat
        self._dispatcher = dispatcher
        self._maintainer = maintainer
        self._worker = worker
        self._committer = StepCommitter(database, statements, dispatcher, maintainer)
        self._app_caller = AppCaller(settings, store, self._committer)
        self._claims_in_progress: set[asyncio.Task[Any]] = set()
        self._calls: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def run(self, step_run_id: int) -> None:
        """Run the step, then further steps of its app in the same slot: a slot that waits for a message is idle.

        Does nothing for a step that cannot be claimed, such as one whose message came twice.
        """
        deadline = time.monotonic() + SLOT_REUSE_SECONDS
        call = await self._claim(step_run_id)
        while call is not None and not self._stopping:
            following = await self._run_call(call, deadline)
            call = await self._claim(following.step_run_id) if isinstance(following, Sent) else following
        if call is not None:  # claimed during the stop, perhaps after it released the other leases
            await self._release(call)

    async def _claim(self, step_run_id: int) -> InFlightCall | None:
        if self._stopping:
            await self._unsend(step_run_id)
            return None
        return await self._claim_task(self._try_claim(step_run_id))

    async def _try_claim(self, step_run_id: int) -> InFlightCall | None:
        try:
            async with self._database.session() as session:
                claim = await try_claim(session, step_run_id, self._worker, self._lease_seconds)
        except DATABASE_ERRORS as exc:  # the step is sent again
            log.warning("step.not_claimed", step_run=step_run_id, error=type(exc).__name__)
            return None
        return self._track(claim) if claim is not None else None

    async def _run_call(self, call: InFlightCall, deadline: float) -> InFlightCall | Sent | None:
        """Return as soon as the thread is free: with the call that took over the slot, or a step to claim, if any.

        The call may go on without the thread: while its answer is committed, or, if the step was lost, while the app
        still works and so keeps the slot.
        """
        task = asyncio.create_task(self._call_and_commit(call))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        try:
            if await call.wait_while_calling() is not CallState.ANSWERED:
                return None
            follow = time.monotonic() < deadline and not self._stopping
            following = await self._claim_task(self._reuse_slot(call.claim, follow=follow))
        finally:
            call.mark_slot_settled()
        if following is None:
            await asyncio.wait({task})
        return following

    async def _reuse_slot(self, claim: Claim, *, follow: bool) -> InFlightCall | Sent | None:
        """The app has answered: give its slot to its next step if `follow` is set and there is one, else free it."""
        try:
            following = await reuse_slot(
                self._statements, claim, self._worker, self._lease_seconds, follow=follow
            )
        except DATABASE_ERRORS as exc:  # the commit frees the slot
            log.warning("slot.not_freed", step_run=claim.step_run_id, error=type(exc).__name__)
            return None
        if following is None:  # the slot is free
            self._dispatcher.wake()
        return self._track(following) if isinstance(following, Claim) else following

    async def _call_and_commit(self, call: InFlightCall) -> None:
        ids = {"batch_run": call.claim.batch_run_id, "step_run": call.claim.step_run_id}
        outcome: AppAnswer | StepFailure
        try:
            try:
                outcome = await self._app_caller.call(call)
                await call.wait_until_slot_settled()
            except StepFailure as failure:
                outcome = failure
            await self._committer.commit(call, outcome)
        except Superseded:
            log.info("step.superseded", **ids)
        except Exception:
            # No app can cause this: the lease expires, and ten such losses fail the step.
            log.exception("step.broke", **ids)
        finally:
            self._end(call)

    async def stop(self) -> None:
        """Claim no more, abandon the calls in flight and release their steps, without counting an attempt."""
        self._stopping = True
        if self._claims_in_progress:  # what they claim is released with the rest
            await asyncio.wait(self._claims_in_progress, timeout=CLAIM_SECONDS)
        lease_keys = self._heartbeat.lease_keys
        for task in list(self._calls):
            task.cancel()
        with suppress(*DATABASE_ERRORS):  # the leases expire instead
            async with self._database.session() as session:
                if lease_keys:
                    await leases.release(session, lease_keys)
                await leases.unregister_worker(session, self._worker)
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def _claim_task(self, claiming: Coroutine[Any, Any, T]) -> T:
        """Await in a task that a stop waits for: it releases what is claimed."""
        task = asyncio.create_task(claiming)
        self._claims_in_progress.add(task)
        task.add_done_callback(self._claims_in_progress.discard)
        return await task

    async def _unsend(self, step_run_id: int) -> None:
        """Let another worker have the step now, not only when its message counts as lost."""
        with suppress(*DATABASE_ERRORS):
            async with self._database.session() as session:
                await unsend(session, step_run_id)
            self._notifier.apps()
            await self._notifier.flush()

    async def _release(self, call: InFlightCall) -> None:
        with suppress(*DATABASE_ERRORS):  # the lease expires instead
            async with self._database.session() as session:
                await leases.release(session, [call.claim.lease_key])
        self._heartbeat.untrack(call)

    def _track(self, claim: Claim) -> InFlightCall:
        self._notify(claim)
        call = InFlightCall(claim)
        self._heartbeat.track(call)
        return call

    def _end(self, call: InFlightCall) -> None:
        self._heartbeat.untrack(call)
        call.end()
        self._notify(call.claim)

    def _notify(self, claim: Claim) -> None:
        self._notifier.batch_run(claim.batch_run_id)
        self._maintainer.wake()
