"""Commits the outcome of a call, and retries while the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog

from chowda.clams.runtimes.call import AppAnswer
from chowda.db.autocommit import Statements
from chowda.db.database import Database
from chowda.engine import step_outcome
from chowda.engine.claim import Claim
from chowda.errors import StepFailure
from chowda.workers.database_errors import DATABASE_ERRORS, PERMANENT_DATABASE_ERRORS
from chowda.workers.dispatcher import Dispatcher
from chowda.workers.in_flight_call import InFlightCall
from chowda.workers.maintainer import Maintainer

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0

log = structlog.get_logger(__name__)

T = TypeVar("T")


class Superseded(Exception):
    """The step was canceled or claimed again before its app was called."""


class StepCommitter:
    """The claim's fence guards every commit: a step that no longer belongs to this worker is not changed."""

    def __init__(
        self, database: Database, statements: Statements, dispatcher: Dispatcher, maintainer: Maintainer
    ) -> None:
        self._database = database
        self._statements = statements
        self._dispatcher = dispatcher
        self._maintainer = maintainer

    async def commit(self, call: InFlightCall, outcome: AppAnswer | StepFailure) -> None:
        """Finish or fail the step, or free the slot of a call that was lost."""

        async def write() -> None:
            # Each try looks again: the call may be lost while the database is away.
            if call.is_lost:
                await self._abandon(call, outcome)
            elif isinstance(outcome, StepFailure):
                await self._fail(call, outcome)
            else:
                await self._finish(call, outcome)

        await self._retry_while_away(call.claim, write)

    async def commit_initial_mmif(self, claim: Claim, sha256: str, size_bytes: int) -> None:
        """Record the file's initial MMIF, whose bytes are in the store. Raises Superseded, with the slot freed."""

        async def write() -> bool:
            recorded = await step_outcome.set_initial_mmif(self._statements, claim, sha256, size_bytes)
            if not recorded:
                await step_outcome.release_slot(self._statements, claim)
            return recorded

        if not await self._retry_while_away(claim, write):
            raise Superseded

    async def _finish(self, call: InFlightCall, answer: AppAnswer) -> None:
        claim = call.claim
        if await step_outcome.finish(self._statements, claim, answer.sha256, answer.size_bytes):
            seconds = call.progress.elapsed_seconds
            self._maintainer.add_timing(claim.clams_app_id, seconds, claim.media_seconds)
            log.info("step.finished", **_log_fields(claim), seconds=round(seconds, 1))
        else:
            log.info("step.superseded", **_log_fields(claim))
        if not claim.is_last:  # the next step is ready; this one's slot is settled already
            self._dispatcher.wake()

    async def _fail(self, call: InFlightCall, failure: StepFailure) -> None:
        async with self._database.session() as session:
            failed = await step_outcome.fail(session, call.claim, failure)
        self._dispatcher.wake()
        if failed:
            log.warning("step.failed", **_log_fields(call.claim), code=failure.code, message=failure.message)

    async def _abandon(self, call: InFlightCall, outcome: AppAnswer | StepFailure) -> None:
        failure = outcome if isinstance(outcome, StepFailure) else None
        async with self._database.session() as session:
            await step_outcome.abandon(session, call.claim, failure)
        self._dispatcher.wake()

    async def _retry_while_away(self, claim: Claim, write: Callable[[], Awaitable[T]]) -> T:
        """Repeat `write` for as long as the database is away: the outcome may have taken the app hours."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                return await write()
            except PERMANENT_DATABASE_ERRORS:
                raise
            except DATABASE_ERRORS as exc:
                log.warning("step.commit_delayed", step_run=claim.step_run_id, error=type(exc).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def _log_fields(claim: Claim) -> dict[str, Any]:
    return {
        "batch_run": claim.batch_run_id,
        "pipeline_run": claim.pipeline_run_id,
        "step_run": claim.step_run_id,
        "app": claim.app_name,
    }
