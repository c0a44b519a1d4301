"""Follows a batch run to its end, over lost connections and while the server can't read its database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from chowda.client.generated import operations
from chowda.client.generated.async_methods import AsyncMethods
from chowda.client.generated.enums import RunStatus
from chowda.client.generated.inputs import PipelineRunFilter
from chowda.client.generated.types import BatchRunState, ChangedPipelineRun, PipelineRun
from chowda.client.operation import Output
from chowda.client.resumable import resumable_subscription

ENDED = frozenset({RunStatus.FINISHED, RunStatus.FAILED, RunStatus.CANCELED})
FIRST_FAILURES_LIMIT = 100
"Of a run that has failed files already."
LAST_PAGE_SECONDS = 10
"How long to wait for the last page of the feed after the run has ended."
STALE_REASON = "Chowda can't read its database"


class Failure(Output, frozen=True, kw_only=True):
    """A failed step of one file."""

    pipeline_run_id: str
    guid: str
    position: int
    app: str
    code: str
    message: str


class Display(Protocol):
    """Shows a batch run while it is followed."""

    def show_state(self, state: BatchRunState) -> None:
        """Is called when the state changes."""

    def show_failure(self, failure: Failure) -> None:
        """Is called once for a failed step, and again if the step fails after a retry."""

    def show_lost(self, since: datetime, reason: str) -> None:
        """The last state is from `since`: the connection is lost, or the server can't read its database.

        The follower reconnects."""

    def show_restored(self) -> None:
        """The display is up to date again."""


def failures_of(run: PipelineRun | ChangedPipelineRun) -> list[Failure]:
    return [
        Failure(
            pipeline_run_id=run.id,
            guid=run.media_file.guid,
            position=step.position,
            app=step.app.name,
            code=step.error.code if step.error else "",
            message=step.error.message if step.error else "",
        )
        for step in run.steps
        if step.status is RunStatus.FAILED
    ]


class Follower:
    """Follows one batch run on one display."""

    def __init__(self, chowda: AsyncMethods, run_id: str, display: Display) -> None:
        self._chowda = chowda
        self._run_id = run_id
        self._display = display
        self._state: BatchRunState | None = None
        self._shown_failures: dict[str, set[int]] = {}
        "Positions of the failed steps, by pipeline run."
        self._lost_subscriptions: set[str] = set()

    async def run(self) -> BatchRunState:
        """Returns the final state. Raises NotFound, and ServerUnreachable before it has shown anything."""
        state = await self._chowda.batch_run(self._run_id)
        self._show_state(state)
        failed = self._chowda.pipeline_runs(
            filter=PipelineRunFilter(batch_runs=[self._run_id], status=[RunStatus.FAILED])
        )
        self._show_failures(await failed.first(FIRST_FAILURES_LIMIT))
        if state.status not in ENDED:
            await self._follow(state.cursor)
        return self._state or state

    async def _follow(self, cursor: str) -> None:
        files = asyncio.create_task(self._follow_files(cursor))
        try:
            await self._follow_state()
            async with asyncio.timeout(LAST_PAGE_SECONDS):
                await files
        except TimeoutError:
            pass
        finally:
            files.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await files

    async def _follow_state(self) -> None:
        states = resumable_subscription(
            self._chowda.session,
            operations.WATCH_BATCH_RUN,
            {"id": self._run_id},
            lambda reason: self._show_lost("state", self._current_at, reason),
            retry_first=True,
        )
        async with contextlib.aclosing(states):
            async for state in states:
                if state.stale:
                    self._show_lost("state", state.as_of.astimezone(), STALE_REASON)
                else:
                    self._show_restored("state")
                    self._show_state(state)

    async def _follow_files(self, cursor: str) -> None:
        pages = resumable_subscription(
            self._chowda.session,
            operations.WATCH_PIPELINE_RUNS,
            {"batchRunId": self._run_id, "after": cursor},
            lambda reason: self._show_lost("files", self._current_at, reason),
            retry_first=True,
        )
        async with contextlib.aclosing(pages):
            async for page in pages:
                self._show_failures(page.pipeline_runs)
                if page.stale:
                    self._show_lost("files", page.as_of.astimezone(), STALE_REASON)
                else:
                    self._show_restored("files")

    def _show_state(self, state: BatchRunState) -> None:
        self._current_at = datetime.now().astimezone()
        if self._state is None or _visible_fields(state) != _visible_fields(self._state):
            self._display.show_state(state)
        self._state = state

    def _show_lost(self, subscription: str, since: datetime, reason: str) -> None:
        if not self._lost_subscriptions:
            self._display.show_lost(since, reason)
        self._lost_subscriptions.add(subscription)

    def _show_restored(self, subscription: str) -> None:
        if self._lost_subscriptions:
            self._lost_subscriptions.discard(subscription)
            if not self._lost_subscriptions:
                self._display.show_restored()
        if not self._lost_subscriptions:
            self._current_at = datetime.now().astimezone()

    def _show_failures(self, runs: Sequence[PipelineRun | ChangedPipelineRun]) -> None:
        for run in runs:
            failures = failures_of(run)
            shown = self._shown_failures.pop(run.id, set())
            for failure in failures:
                if failure.position not in shown:
                    self._display.show_failure(failure)
            if failures:
                self._shown_failures[run.id] = {failure.position for failure in failures}


def _visible_fields(state: BatchRunState) -> object:
    """Without the fields that differ in every event: as_of and cursor."""
    return (
        state.status,
        state.percent,
        state.priority,
        state.counts,
        state.steps,
        state.started_at,
        state.ended_at,
    )
