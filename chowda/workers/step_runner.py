"""One step, from its claim to its commit: MMIF from the store to the app, the answer to the store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import asyncpg
import structlog
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from chowda.clams import mmif
from chowda.clams.media import require_media
from chowda.clams.metadata import parse_metadata
from chowda.clams.mmif import MediaDocument, MmifOutline
from chowda.clams.runtimes import web_service
from chowda.clams.runtimes.call import AppAnswer, AppCall
from chowda.config import Settings
from chowda.db.autocommit import Statements
from chowda.db.database import Database
from chowda.engine import leases, step_outcome
from chowda.engine.claim import Claim, try_claim, unsend
from chowda.engine.slot_reuse import Sent, reuse_slot
from chowda.enums import DocumentType
from chowda.errors import BadUserInput, DatabaseAway, StepErrorCode, StepFailure
from chowda.ids import Kind, opaque
from chowda.pubsub.notifier import Notifier
from chowda.storage.mmif_store import MmifStore
from chowda.workers.dispatcher import Dispatcher
from chowda.workers.heartbeat import Heartbeat, InFlightCall
from chowda.workers.maintainer import Maintainer

DATABASE_AWAY = (
    DatabaseAway,
    DBAPIError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
)
REFUSED = (
    *(DataError, IntegrityError, ProgrammingError),
    *(asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.SyntaxOrAccessError),
)
"The database is there and will not take it, however often it is asked."
LONGEST_PAUSE_SECONDS = 5.0
FOLLOW_SECONDS = 60.0
CLAIM_SECONDS = 1.0
"How long a stop waits for claims that are under way."

log = structlog.get_logger(__name__)

T = TypeVar("T")


class Superseded(Exception):
    """The step went to another before its app was called."""


class StepRunner:
    """Runs steps for the actor, many at once on one event loop."""

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
        self._settings = settings
        self._database = database
        self._statements = statements
        self._store = store
        self._notifier = notifier
        self._heartbeat = heartbeat
        self._dispatcher = dispatcher
        self._maintainer = maintainer
        self._worker = worker
        self._claiming: set[asyncio.Task[Any]] = set()
        self._calls: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def run(self, step_run_id: int) -> None:
        """Runs the step, and then, in the same slot, whatever is next at its app for a while.

        A slot that has to wait for a message stands idle. The actor still ends after a minute or with the
        call in hand, so that its message is acknowledged. A message too many does nothing.
        """
        until = time.monotonic() + FOLLOW_SECONDS
        held = await self._begin(step_run_id)
        while held is not None and not self._stopping:
            following = await self._hold(held, until)
            held = await self._begin(following) if isinstance(following, int) else following
        if held is not None:
            # Claimed while the stop was under way, perhaps after it gave back all that there was.
            with suppress(*DATABASE_AWAY):
                async with self._database.session() as session:
                    await leases.release(session, [held.claim.lease_key])
            self._heartbeat.let_go(held)

    async def _begin(self, step_run_id: int) -> InFlightCall | None:
        if self._stopping:
            await self._refuse(step_run_id)
            return None
        return await self._awaited(asyncio.create_task(self._claim(step_run_id)))

    async def _awaited(self, claiming: asyncio.Task[T]) -> T:
        """What it claims is known to a stop, which gives it back."""
        self._claiming.add(claiming)
        claiming.add_done_callback(self._claiming.discard)
        return await claiming

    async def _hold(self, held: InFlightCall, until: float) -> InFlightCall | int | None:
        """Returns when the thread is free again: the call that it holds next, or the step that it should claim."""
        call = asyncio.create_task(self._work(held.claim, held))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        try:
            # When the step is gone the app still works on it: the call goes on to keep the slot, without a thread.
            await held.moved.wait()
            if not held.answered or held.gone:
                return None
            follow = time.monotonic() < until and not self._stopping
            following = await self._awaited(asyncio.create_task(self._hand_over(held.claim, follow=follow)))
        finally:
            held.passed.set()
        if following is None:
            await asyncio.wait({call})
        return following

    async def _claim(self, step_run_id: int) -> InFlightCall | None:
        try:
            async with self._database.session() as session:
                claim = await try_claim(session, step_run_id, self._worker, self._settings.lease_seconds)
        except DATABASE_AWAY as exc:  # the step comes up again
            log.warning("step.not_claimed", step_run=step_run_id, error=type(exc).__name__)
            return None
        return self._claimed(claim) if claim is not None else None

    def _claimed(self, claim: Claim) -> InFlightCall:
        self._changed(claim)
        return self._heartbeat.hold(claim)

    async def _refuse(self, step_run_id: int) -> None:
        """Lets others have it now, and not only when it would be sent again."""
        with suppress(*DATABASE_AWAY):
            async with self._database.session() as session:
                await unsend(session, step_run_id)
            self._notifier.apps()
            await self._notifier.flush()

    async def stop(self) -> None:
        """Claims no more, abandons the calls in flight and gives their steps back, no attempt counted."""
        self._stopping = True
        if self._claiming:  # what they get is given back with the rest
            await asyncio.wait(self._claiming, timeout=CLAIM_SECONDS)
        holds = self._heartbeat.holds
        for call in list(self._calls):
            call.cancel()
        with suppress(*DATABASE_AWAY):  # away: the leases run out instead
            async with self._database.session() as session:
                if holds:
                    await leases.release(session, holds)
                await leases.retire(session, self._worker)
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def _work(self, claim: Claim, held: InFlightCall) -> None:
        outcome: AppAnswer | StepFailure
        try:
            try:
                outcome = await self._call(claim, held)
            except StepFailure as failure:
                outcome = failure
            await self._until_written(claim, lambda: self._write(claim, held, outcome))
        except Superseded:
            log.info("step.superseded", batch_run=claim.batch_run_id, step_run=claim.step_run_id)
        except asyncio.CancelledError:
            raise
        except Exception:
            # Nothing that an app can do: the lease runs out, and ten such losses end the step.
            log.exception("step.broke", step_run=claim.step_run_id, batch_run=claim.batch_run_id)
        finally:
            self._heartbeat.let_go(held)
            self._changed(claim)

    async def _call(self, claim: Claim, held: InFlightCall) -> AppAnswer:
        metadata = parse_metadata(claim.app_metadata)
        work_dir = self._settings.work_dir
        fetched = work_dir / f"{claim.step_run_id}-{claim.fence}-in.mmif"
        output = work_dir / f"{claim.step_run_id}-{claim.fence}-out.mmif"
        outline: asyncio.Future[MmifOutline] | None = None
        try:
            sha256 = claim.mmif_sha256 or await self._make_initial(claim)
            input_path = self._store.local_path(sha256)
            if input_path is None:
                await self._store.fetch_to(sha256, fetched)
                input_path = fetched
            outline = asyncio.ensure_future(mmif.read_outline(input_path))
            outline.add_done_callback(
                lambda read: read.cancelled() or read.exception()
            )  # may be asked for by nobody
            if self._settings.check_media:
                await asyncio.to_thread(require_media, await outline)
            answer = await web_service.run(
                AppCall(
                    endpoint=claim.endpoint,
                    metadata=metadata,
                    parameters=claim.parameters,
                    request_id=opaque(Kind.STEP_RUN, claim.step_run_id),
                    input_path=input_path,
                    input_outline=outline,
                    output_path=output,
                    timeout_seconds=claim.timeout_seconds,
                    size_limit_bytes=self._settings.mmif_limit_bytes,
                ),
                held.report,
            )
            # The app is free for its next file while this answer is put away.
            held.answer()
            if not held.gone:
                await self._store.put_file(answer.path, answer.sha256, answer.size_bytes)
            await held.passed.wait()
            return answer
        finally:
            if outline is not None:
                outline.cancel()
            fetched.unlink(missing_ok=True)
            output.unlink(missing_ok=True)

    async def _hand_over(self, claim: Claim, *, follow: bool) -> InFlightCall | int | None:
        """The app has answered: its slot goes to its next step, or is free."""
        lease_seconds = self._settings.lease_seconds
        try:
            following = await reuse_slot(self._statements, claim, self._worker, lease_seconds, follow=follow)
        except DATABASE_AWAY as exc:  # then the commit frees it
            log.warning("slot.not_freed", step_run=claim.step_run_id, error=type(exc).__name__)
            return None
        match following:
            case Claim():
                return self._claimed(following)
            case Sent():
                return following.step_run_id
            case None:
                self._dispatcher.wake()
                return None

    async def _make_initial(self, claim: Claim) -> str:
        """Builds and keeps the file's first MMIF, in the oldest version that an app of the pipeline speaks."""
        media: list[MediaDocument] = [
            (DocumentType(type), location, mime) for type, location, mime in claim.documents or ()
        ]
        version = mmif.lowest_version(claim.mmif_versions or ())
        try:
            content = mmif.initial_mmif(claim.guid, media, version)
        except BadUserInput as exc:  # of files that were added when less was checked
            raise StepFailure(StepErrorCode.MEDIA_MISSING, exc.message) from None
        sha256, size_bytes = await self._store.put_bytes(content)

        async def write() -> bool:
            ours = await step_outcome.set_initial_mmif(self._statements, claim, sha256, size_bytes)
            if not ours:
                await step_outcome.release_slot(self._statements, claim)
            return ours

        if not await self._until_written(claim, write):
            raise Superseded
        return sha256

    async def _until_written(self, claim: Claim, write: Callable[[], Awaitable[T]]) -> T:
        """Writes and commits; while the database is away, again and again: hours of a call may be in it."""
        pause = 0.1
        while True:
            try:
                written = await write()
            except REFUSED:
                raise
            except DATABASE_AWAY as exc:
                log.warning("step.commit_delayed", step_run=claim.step_run_id, error=type(exc).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                return written

    async def _write(self, claim: Claim, held: InFlightCall, outcome: AppAnswer | StepFailure) -> None:
        bound = log.bind(
            batch_run=claim.batch_run_id,
            pipeline_run=claim.pipeline_run_id,
            step_run=claim.step_run_id,
            app=claim.app_name,
        )
        if held.gone:
            failure = outcome if isinstance(outcome, StepFailure) else None
            async with self._database.session() as session:
                await step_outcome.abandon(session, claim, failure)
            self._dispatcher.wake()
        elif isinstance(outcome, StepFailure):
            async with self._database.session() as session:
                ours = await step_outcome.fail(session, claim, outcome)
            self._dispatcher.wake()
            if ours:
                bound.warning("step.failed", code=outcome.code, message=outcome.message)
        else:
            if await step_outcome.finish(self._statements, claim, outcome.sha256, outcome.size_bytes):
                self._maintainer.timed(claim.clams_app_id, held.seconds, claim.media_seconds)
                bound.info("step.finished", seconds=round(held.seconds, 1))
            else:
                bound.info("step.superseded")
            if not claim.is_last:  # another app's turn; this one's slot has been handed over
                self._dispatcher.wake()

    def _changed(self, claim: Claim) -> None:
        self._notifier.batch_run(claim.batch_run_id)
        self._maintainer.wake()
