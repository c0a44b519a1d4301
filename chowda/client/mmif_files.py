"""MMIF files between the server and a directory of the client."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from chowda.client.errors import ChowdaError, NotFound, ServerFailed, ServerUnreachable
from chowda.client.files import CHUNK_BYTES, chunks, make_directory, opened, written_whole
from chowda.client.generated.types import MmifBytes
from chowda.client.operation import read
from chowda.client.session import Session
from chowda.mmif_file_names import mmif_file_name

if TYPE_CHECKING:
    from chowda.client.async_client import AsyncChowda

AT_ONCE = 4
TRIES = 3
RETRY_SECONDS = 1.0

Newest = tuple[str, MmifBytes | None]
"""A file's GUID and its newest MMIF, if it has one."""


class FetchedFile(msgspec.Struct, frozen=True):
    """`state`: fetched, or present (it was there with these bytes already)."""

    guid: str
    path: str
    sha256: str
    size: int
    state: str


class MissedFile(msgspec.Struct, frozen=True):
    guid: str
    message: str


class Fetched(msgspec.Struct):
    """What became of the files; `without` are the GUIDs that have no MMIF yet."""

    files: list[FetchedFile]
    without: list[str]
    failed: list[MissedFile]


class FetchProgress(Protocol):
    """Told of what is under way."""

    def found(self) -> None:
        """One more file that is to be had."""

    def received(self, size_bytes: int) -> None:
        """That many bytes more."""

    def ended(self) -> None:
        """One file less to wait for."""


class SentMmif(msgspec.Struct, frozen=True):
    """The server's answer to an upload."""

    id: str
    guid: str
    sha256: str
    size: int
    url: str


async def newest(chowda: AsyncChowda, run_id: str) -> AsyncIterator[Newest]:
    """Of each file of a batch run, or of the one of a pipeline run. Raises NotFound."""

    async def of_batch_run() -> AsyncIterator[Newest]:
        async for run in chowda.newest_mmifs(run_id):
            yield run.media_file.guid, run.mmif

    async def of_file(guid: str, mmif: MmifBytes | None) -> AsyncIterator[Newest]:
        yield guid, mmif

    with contextlib.suppress(NotFound):
        run = await chowda.pipeline_run(run_id)
        return of_file(run.media_file.guid, run.mmif)
    try:
        await chowda.newest_mmifs(run_id).page(1)
    except NotFound:
        message = f"There is no batch run and no pipeline run with the ID {run_id!r}."
        raise NotFound(message, {"id": run_id}) from None
    return of_batch_run()


async def fetch(
    session: Session, files: AsyncIterator[Newest], directory: Path, progress: FetchProgress | None
) -> Fetched:
    """Each as GUID.mmif in `directory`, which is made."""
    await asyncio.to_thread(make_directory, directory)
    fetched = Fetched([], [], [])
    # Bounded: the list of a large run isn't read faster than its files arrive.
    waiting: asyncio.Queue[Newest | None] = asyncio.Queue(maxsize=AT_ONCE * 8)

    async def fetcher() -> None:
        while (file := await waiting.get()) is not None:
            await _fetch(session, file, directory, fetched, progress)
            if progress:
                progress.ended()

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(fetcher())
            async for file in files:
                if progress:
                    progress.found()
                await waiting.put(file)
            for _ in range(AT_ONCE):
                await waiting.put(None)
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    fetched.files.sort(key=lambda file: file.guid)
    return fetched


async def download(session: Session, mmif: MmifBytes, path: Path, progress: FetchProgress | None) -> None:
    """From this server, whatever its address is elsewhere: what else stands in the URL gets no token."""
    digest = hashlib.sha256()
    with session.http_failures():
        async with session.http.stream("GET", f"/mmif/{mmif.id}") as response:
            await session.raise_refusal(response)
            with written_whole(path) as file:
                async for chunk in response.aiter_bytes(CHUNK_BYTES):
                    digest.update(chunk)
                    file.write(chunk)
                    if progress:
                        progress.received(len(chunk))
                if digest.hexdigest() != mmif.sha256:
                    raise ServerFailed(f"What came as {mmif.id} is damaged: it has another sha256.")


async def send(session: Session, guid: str, path: Path, on_bytes: Callable[[int], object] | None) -> SentMmif:
    file, size_bytes = opened(path)
    on_chunk = (lambda chunk: on_bytes(len(chunk))) if on_bytes else None
    with file, session.http_failures():
        response = await session.http.post(
            "/mmif",
            params={"guid": guid},
            content=chunks(file, on_chunk),
            headers={"Content-Type": "application/json", "Content-Length": str(size_bytes)},
        )
    await session.raise_refusal(response)
    sent: SentMmif = read(SentMmif, msgspec.json.decode(response.content))
    return sent


async def _fetch(
    session: Session, file: Newest, directory: Path, fetched: Fetched, progress: FetchProgress | None
) -> None:
    guid, mmif = file
    if mmif is None:
        fetched.without.append(guid)
        return
    path = directory / mmif_file_name(guid)
    if await asyncio.to_thread(_holds, path, mmif):
        fetched.files.append(FetchedFile(guid, str(path), mmif.sha256, mmif.size, "present"))
        return
    for tries_left in reversed(range(TRIES)):
        try:
            await download(session, mmif, path, progress)
        except (ServerFailed, ServerUnreachable, NotFound) as exc:
            if tries_left == 0:
                fetched.failed.append(MissedFile(guid, _reason(exc)))
            else:
                await asyncio.sleep(RETRY_SECONDS)
        else:
            fetched.files.append(FetchedFile(guid, str(path), mmif.sha256, mmif.size, "fetched"))
            return


def _reason(exc: ChowdaError) -> str:
    return exc.reason if isinstance(exc, ServerUnreachable) else exc.message


def _holds(path: Path, mmif: MmifBytes) -> bool:
    with contextlib.suppress(OSError):
        if path.stat().st_size == mmif.size:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == mmif.sha256
    return False
