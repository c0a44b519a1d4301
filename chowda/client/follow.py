"""Following a batch run to its end, over lost connections and a server that lost its database."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime
from typing import Protocol

from chowda.client.operations import FILE_CHANGES, RUN_CHANGES, batch_run, failed_files, failures_of
from chowda.client.session import RequestRefused, ServerUnreachable, Session, Subscriptions
from chowda.client.states import BatchRunState, Failure, FileRun, read
from chowda.errors import ErrorCode

FAILURES_AT_FIRST = 100
"Of a run that has failed files already; more of them say nothing new."
SILENCE_SECONDS = 60
"The feed sends a page every 20 s, if need be an empty one."
BACKOFF_SECONDS = (0.5, 1, 2, 4, 5)
STALE_REASON = "Chowda can't read its database"


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


class Follower:
    """One batch run, one display. The feed's cursor lives here, so that no change is missed."""

    def __init__(self, session: Session, run_id: str, display: Display) -> None:
        self._session = session
        self._run_id = run_id
        self._display = display
        self._state: BatchRunState | None = None
        self._reported: dict[str, set[int]] = {}
        self._stale = False
        self._tries = 0

    async def run(self) -> BatchRunState:
        """Returns the end state. Raises NotFound and ServerUnreachable before anything was told."""
        state = await self._begin()
        while True:
            reason = await self._follow()
            state = self._state or state
            if state.status.ended:
                if reason is not None:
                    with contextlib.suppress(ServerUnreachable, RequestRefused):
                        await self._tell_failed_files()
                return state
            await self._wait(reason or "the server closed the subscription")

    async def _begin(self) -> BatchRunState:
        state, self._cursor = await batch_run(self._session, self._run_id)
        self._tell_state(state)
        await self._tell_failed_files()
        return state

    async def _follow(self) -> str | None:
        """Until the subscriptions complete (None) or break (why). Raises what trying again can't help."""
        try:
            async with self._session.subscriptions() as feed, asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow_state(feed))
                tasks.create_task(self._follow_files(feed))
        except ServerUnreachable as exc:
            return exc.reason
        except ExceptionGroup as group:
            return await self._recover(group)
        return None

    async def _follow_state(self, feed: Subscriptions) -> None:
        async for data in feed.subscribe(RUN_CHANGES, id=self._run_id):
            if data["batchRun"]["stale"]:
                self._tell_stale(data["batchRun"]["asOf"])
            else:
                self._tell_state(read(BatchRunState, data["batchRun"]))

    async def _follow_files(self, feed: Subscriptions) -> None:
        events = feed.subscribe(FILE_CHANGES, id=self._run_id, after=self._cursor)
        while True:
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    data = await anext(events, None)
            except TimeoutError as exc:
                raise ServerUnreachable(f"The server has been silent for {SILENCE_SECONDS} s.") from exc
            if data is None:
                return
            for file in data["pipelineRuns"]["pipelineRuns"]:
                self._tell_failures(read(FileRun, file))
            self._cursor = data["pipelineRuns"]["cursor"]
            if data["pipelineRuns"]["stale"]:
                self._tell_stale(data["pipelineRuns"]["asOf"])
            else:
                self._tell_present()

    async def _recover(self, group: ExceptionGroup) -> str:
        for exc in group.exceptions:
            if isinstance(exc, RequestRefused) and exc.server_code == ErrorCode.NOT_FOUND:
                raise exc
            if isinstance(exc, RequestRefused) and exc.server_code == ErrorCode.BAD_USER_INPUT:
                # The server can't read the cursor: its database is another one than before.
                with contextlib.suppress(ServerUnreachable):
                    await self._begin()
            if isinstance(exc, RequestRefused):
                return exc.message
            if isinstance(exc, ServerUnreachable):
                return exc.reason
        raise group

    async def _wait(self, reason: str) -> None:
        self._tell_lost(self._present_at, reason)
        await asyncio.sleep(BACKOFF_SECONDS[min(self._tries, len(BACKOFF_SECONDS) - 1)])
        self._tries += 1

    def _tell_state(self, state: BatchRunState) -> None:
        self._tell_present()
        if state != self._state:
            self._state = state
            self._display.state(state)

    def _tell_stale(self, as_of: str) -> None:
        """By the server, which goes on by itself."""
        self._tries = 0
        self._tell_lost(datetime.fromisoformat(as_of).astimezone(), STALE_REASON)

    def _tell_lost(self, since: datetime, reason: str) -> None:
        if not self._stale:
            self._stale = True
            self._display.lost(since, reason)

    def _tell_present(self) -> None:
        self._present_at = datetime.now().astimezone()
        self._tries = 0
        if self._stale:
            self._stale = False
            self._display.restored()

    async def _tell_failed_files(self) -> None:
        for file in await failed_files(self._session, self._run_id, FAILURES_AT_FIRST):
            self._tell_failures(file)

    def _tell_failures(self, file: FileRun) -> None:
        guid = file.media_file.guid
        failures = failures_of(file)
        known = self._reported.pop(guid, set())
        for failure in failures:
            if failure.position not in known:
                self._display.failure(failure)
        if failures:
            self._reported[guid] = {failure.position for failure in failures}
