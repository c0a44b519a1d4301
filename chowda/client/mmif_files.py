"""Download of MMIF files into a directory, and upload of one."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Protocol

import msgspec

from chowda.client.errors import ChowdaError, NotFound, ServerFailed, ServerUnreachable
from chowda.client.files import CHUNK_BYTES, atomic_write, make_directory, open_for_reading, read_chunks
from chowda.client.generated.async_methods import AsyncMethods
from chowda.client.generated.types import MmifBytes
from chowda.client.operation import decode
from chowda.client.session import Session
from chowda.ids import Kind
from chowda.mmif_file_names import mmif_file_name

CONCURRENT_DOWNLOADS = 4
ATTEMPTS = 3
RETRY_SECONDS = 1.0

NewestMmif = tuple[str, MmifBytes | None]
"""The GUID of a media file and its newest MMIF, if it has one."""


class DownloadedFile(msgspec.Struct, frozen=True):
    """`state` is "fetched", or "present" if the file existed with the same bytes."""

    guid: str
    path: str
    sha256: str
    size: int
    state: str


class FailedDownload(msgspec.Struct, frozen=True):
    guid: str
    message: str


class DownloadedMmifs(msgspec.Struct):
    """The result of a download. `without` lists the GUIDs that have no MMIF yet."""

    files: list[DownloadedFile]
    without: list[str]
    failed: list[FailedDownload]


class DownloadProgress(Protocol):
    """Is notified of the progress of a download."""

    def file_found(self) -> None:
        """One more file will be downloaded."""

    def bytes_received(self, size_bytes: int) -> None:
        """This many bytes arrived since the last call."""

    def file_done(self) -> None:
        """One file is downloaded, present, missing or failed."""


class UploadedMmif(msgspec.Struct, frozen=True):
    """The server's response to an upload."""

    id: str
    guid: str
    sha256: str
    size: int
    url: str


async def newest_mmifs(chowda: AsyncMethods, run_id: str) -> AsyncIterator[NewestMmif]:
    """The newest MMIF of each file of a batch run, or of the file of a pipeline run. Raises NotFound."""

    async def of_batch_run() -> AsyncIterator[NewestMmif]:
        async for run in chowda.newest_mmifs(run_id):
            yield run.media_file.guid, run.mmif

    async def of_file(guid: str, mmif: MmifBytes | None) -> AsyncIterator[NewestMmif]:
        yield guid, mmif

    with contextlib.suppress(NotFound):
        run = await chowda.pipeline_run(run_id)
        return of_file(run.media_file.guid, run.mmif)
    try:
        await chowda.newest_mmifs(run_id).page(1)
    except NotFound:
        message = f"There is no batch run and no pipeline run with the ID {run_id!r}."
        raise NotFound(message, {"id": run_id, "kind": Kind.BATCH_RUN.name}) from None
    return of_batch_run()


async def download_mmifs(
    session: Session, mmifs: AsyncIterator[NewestMmif], directory: Path, progress: DownloadProgress | None
) -> DownloadedMmifs:
    """Writes each MMIF to GUID.mmif in `directory`, which it creates."""
    await asyncio.to_thread(make_directory, directory)
    result = DownloadedMmifs([], [], [])
    # Bounded, so that the list of a large run is not read faster than its files arrive.
    queue: asyncio.Queue[NewestMmif | None] = asyncio.Queue(maxsize=CONCURRENT_DOWNLOADS * 8)

    async def download_from_queue() -> None:
        while (mmif := await queue.get()) is not None:
            await _download_to_directory(session, mmif, directory, result, progress)
            if progress:
                progress.file_done()

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(CONCURRENT_DOWNLOADS):
                tasks.create_task(download_from_queue())
            async for mmif in mmifs:
                if progress:
                    progress.file_found()
                await queue.put(mmif)
            for _ in range(CONCURRENT_DOWNLOADS):
                await queue.put(None)
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    result.files.sort(key=lambda file: file.guid)
    return result


async def download_mmif(
    session: Session, mmif: MmifBytes, path: Path, progress: DownloadProgress | None
) -> None:
    """Downloads from the server of the session. `mmif.url` may name another host, which must not get the token."""
    digest = hashlib.sha256()
    with session.http_errors():
        async with session.http.stream("GET", f"/mmif/{mmif.id}") as response:
            await session.raise_for_error(response)
            with atomic_write(path) as file:
                async for chunk in response.aiter_bytes(CHUNK_BYTES):
                    digest.update(chunk)
                    file.write(chunk)
                    if progress:
                        progress.bytes_received(len(chunk))
                if digest.hexdigest() != mmif.sha256:
                    raise ServerFailed(f"The bytes of {mmif.id} are damaged: their sha256 does not match.")


async def upload_mmif(
    session: Session, guid: str, path: Path, on_bytes: Callable[[int], object] | None
) -> UploadedMmif:
    file, size_bytes = open_for_reading(path)
    on_chunk = (lambda chunk: on_bytes(len(chunk))) if on_bytes else None
    with file, session.http_errors():
        response = await session.http.post(
            "/mmif",
            params={"guid": guid},
            content=read_chunks(file, on_chunk),
            headers={"Content-Type": "application/json", "Content-Length": str(size_bytes)},
        )
    await session.raise_for_error(response)
    uploaded: UploadedMmif = decode(UploadedMmif, msgspec.json.decode(response.content))
    return uploaded


async def _download_to_directory(
    session: Session,
    newest: NewestMmif,
    directory: Path,
    result: DownloadedMmifs,
    progress: DownloadProgress | None,
) -> None:
    guid, mmif = newest
    if mmif is None:
        result.without.append(guid)
        return
    path = directory / mmif_file_name(guid)
    if await asyncio.to_thread(_has_bytes_of, path, mmif):
        result.files.append(DownloadedFile(guid, str(path), mmif.sha256, mmif.size, "present"))
        return
    for attempts_left in reversed(range(ATTEMPTS)):
        try:
            await download_mmif(session, mmif, path, progress)
        except (ServerFailed, ServerUnreachable, NotFound) as exc:
            if attempts_left == 0:
                result.failed.append(FailedDownload(guid, _reason(exc)))
            else:
                await asyncio.sleep(RETRY_SECONDS)
        else:
            result.files.append(DownloadedFile(guid, str(path), mmif.sha256, mmif.size, "fetched"))
            return


def _reason(exc: ChowdaError) -> str:
    return exc.reason if isinstance(exc, ServerUnreachable) else exc.message


def _has_bytes_of(path: Path, mmif: MmifBytes) -> bool:
    with contextlib.suppress(OSError):
        if path.stat().st_size == mmif.size:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == mmif.sha256
    return False
