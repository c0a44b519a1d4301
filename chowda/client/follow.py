"""Following a batch run to its end, over lost connections and a server that lost its database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from chowda.client.generated import operations
from chowda.client.generated.enums import RunStatus
from chowda.client.generated.inputs import PipelineRunFilter
from chowda.client.generated.types import BatchRunState, ChangedPipelineRun, PipelineRun
from chowda.client.operation import Answer
from chowda.client.resumable import resumed

if TYPE_CHECKING:
    from chowda.client.async_client import AsyncChowda

ENDED = frozenset({RunStatus.FINISHED, RunStatus.FAILED, RunStatus.CANCELED})
FAILURES_AT_FIRST = 100
"Of a run that has failed files already; more of them say nothing new."
LAST_PAGE_SECONDS = 10
"For the feed to complete after the run has ended."
STALE_REASON = "Chowda can't read its database"


class Failure(Answer, frozen=True, kw_only=True):
    """A step that failed for good."""

    pipeline_run_id: str
    guid: str
    position: int
    app: str
    code: str
    message: str


class Display(Protocol):
    """What is told of a run that is being followed."""

    def state(self, state: BatchRunState) -> None:
        """A state that differs from the one before."""

    def failure(self, failure: Failure) -> None:
        """A step that failed for good; once, and again only when it was retried in between."""

    def lost(self, since: datetime, reason: str) -> None:
        """What was told last is from `since`: the connection is gone, or the server can't read its database.

        It is tried again."""

    def restored(self) -> None:
        """What is told from here on is present again."""


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
    """One batch run, one display."""

    def __init__(self, chowda: AsyncChowda, run_id: str, display: Display) -> None:
        self._chowda = chowda
        self._run_id = run_id
        self._display = display
        self._state: BatchRunState | None = None
        self._reported: dict[str, set[int]] = {}
        self._lost: set[str] = set()

    async def run(self) -> BatchRunState:
        """Returns the end state. Raises NotFound and ServerUnreachable before anything was told."""
        state = await self._chowda.batch_run(self._run_id)
        self._tell_state(state)
        failed = self._chowda.pipeline_runs(
            filter=PipelineRunFilter(batch_runs=[self._run_id], status=[RunStatus.FAILED])
        )
        self._tell_failures(await failed.first(FAILURES_AT_FIRST))
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
        events = resumed(
            self._chowda.session,
            operations.WATCH_BATCH_RUN,
            {"id": self._run_id},
            lambda reason: self._tell_lost("state", self._present_at, reason),
            patient=True,
        )
        async with contextlib.aclosing(events):
            async for state in events:
                if state.stale:
                    self._tell_lost("state", state.as_of.astimezone(), STALE_REASON)
                else:
                    self._tell_present("state")
                    self._tell_state(state)

    async def _follow_files(self, cursor: str) -> None:
        pages = resumed(
            self._chowda.session,
            operations.WATCH_PIPELINE_RUNS,
            {"batchRunId": self._run_id, "after": cursor},
            lambda reason: self._tell_lost("files", self._present_at, reason),
            patient=True,
        )
        async with contextlib.aclosing(pages):
            async for page in pages:
                self._tell_failures(page.pipeline_runs)
                if page.stale:
                    self._tell_lost("files", page.as_of.astimezone(), STALE_REASON)
                else:
                    self._tell_present("files")

    def _tell_state(self, state: BatchRunState) -> None:
        self._present_at = datetime.now().astimezone()
        if self._state is None or _visible(state) != _visible(self._state):
            self._display.state(state)
        self._state = state

    def _tell_lost(self, what: str, since: datetime, reason: str) -> None:
        if not self._lost:
            self._display.lost(since, reason)
        self._lost.add(what)

    def _tell_present(self, what: str) -> None:
        if self._lost:
            self._lost.discard(what)
            if not self._lost:
                self._display.restored()
        if not self._lost:
            self._present_at = datetime.now().astimezone()

    def _tell_failures(self, runs: Sequence[PipelineRun | ChangedPipelineRun]) -> None:
        for run in runs:
            failures = failures_of(run)
            known = self._reported.pop(run.id, set())
            for failure in failures:
                if failure.position not in known:
                    self._display.failure(failure)
            if failures:
                self._reported[run.id] = {failure.position for failure in failures}


def _visible(state: BatchRunState) -> object:
    """Without what changes though nothing is new."""
    return (
        state.status,
        state.percent,
        state.priority,
        state.counts,
        state.steps,
        state.started_at,
        state.ended_at,
    )
