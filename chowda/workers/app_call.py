"""Calls the app of a claimed step: MMIF from the store to the app, its answer back to the store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from chowda.clams import mmif
from chowda.clams.media import require_media
from chowda.clams.metadata import parse_metadata
from chowda.clams.mmif import MediaDocument, MmifOutline
from chowda.clams.runtimes import web_service
from chowda.clams.runtimes.call import AppAnswer, AppCall
from chowda.config import Settings
from chowda.engine.claim import Claim
from chowda.enums import DocumentType
from chowda.errors import BadUserInput, StepErrorCode, StepFailure
from chowda.ids import Kind, opaque
from chowda.storage.mmif_store import MmifStore
from chowda.workers.in_flight_call import InFlightCall
from chowda.workers.step_commit import StepCommitter


class AppCaller:
    def __init__(self, settings: Settings, store: MmifStore, committer: StepCommitter) -> None:
        self._settings = settings
        self._store = store
        self._committer = committer

    async def call(self, call: InFlightCall) -> AppAnswer:
        """Return the answer, whose bytes are in the store unless the call was lost meanwhile.

        Raises StepFailure, and Superseded if the step went to another worker before its app was called.
        """
        claim = call.claim
        metadata = parse_metadata(claim.app_metadata)
        sha256 = claim.mmif_sha256 or await self._create_initial_mmif(claim)
        async with self._input_file(claim, sha256) as input_path:
            with (
                _outline_task(input_path) as outline,
                _temporary_file(self._path(claim, "out")) as output_path,
            ):
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
                        output_path=output_path,
                        timeout_seconds=claim.timeout_seconds,
                        size_limit_bytes=self._settings.mmif_limit_bytes,
                    ),
                    call.progress.report,
                )
                # From here on the app can work on its next file while this answer goes to the store.
                call.mark_answered()
                if not call.is_lost:
                    await self._store.put_file(answer.path, answer.sha256, answer.size_bytes)
                return answer

    async def _create_initial_mmif(self, claim: Claim) -> str:
        """Store the file's first MMIF, in the lowest version among the pipeline's apps; returns its sha256."""
        media: list[MediaDocument] = [
            (DocumentType(type), location, mime) for type, location, mime in claim.documents or ()
        ]
        version = mmif.lowest_version(claim.mmif_versions or ())
        try:
            content = mmif.initial_mmif(claim.guid, media, version)
        except BadUserInput as exc:  # the file was added before its documents were checked as they are today
            raise StepFailure(StepErrorCode.MEDIA_MISSING, exc.message) from None
        sha256, size_bytes = await self._store.put_bytes(content)
        await self._committer.commit_initial_mmif(claim, sha256, size_bytes)
        return sha256

    @asynccontextmanager
    async def _input_file(self, claim: Claim, sha256: str) -> AsyncIterator[Path]:
        """The MMIF in place, if the store is a local directory, else a temporary copy."""
        if (local_path := self._store.local_path(sha256)) is not None:
            yield local_path
            return
        with _temporary_file(self._path(claim, "in")) as copy:
            await self._store.fetch_to(sha256, copy)
            yield copy

    def _path(self, claim: Claim, direction: str) -> Path:
        """The temp file cleaner knows these names."""
        return self._settings.work_dir / f"{claim.step_run_id}-{claim.fence}-{direction}.mmif"


@contextmanager
def _temporary_file(path: Path) -> Iterator[Path]:
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _outline_task(path: Path) -> Iterator[asyncio.Future[MmifOutline]]:
    """Read the outline of the input while the app works on it."""
    outline = asyncio.ensure_future(mmif.read_outline(path))
    # Retrieve the exception, so that asyncio doesn't report it if the call fails before it awaits the outline.
    outline.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        yield outline
    finally:
        outline.cancel()
