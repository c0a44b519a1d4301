"""MMIF files between the server and a directory of the client: fetched whole or not at all, sent in a stream."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

import httpx
import msgspec

from chowda.client.operations import mmifs
from chowda.client.session import RequestRefused, ServerUnreachable, Session
from chowda.client.states import FileMmif, MmifRef
from chowda.errors import BadUserInput
from chowda.mmif_names import mmif_file_name

CHUNK_BYTES = 256 * 1024
AT_ONCE = 4
TRIES = 3
RETRY_SECONDS = 1.0


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


async def fetch_mmifs(session: Session, run_id: str, directory: Path, progress: FetchProgress) -> Fetched:
    """The newest MMIF of every file of the run, as GUID.mmif in `directory`, which is made.

    A file that is there with the right bytes is left alone; one with others is replaced. What can't be had is
    in `failed`. Raises NotFound, BadUserInput (the directory can't be written), ServerUnreachable.
    """
    _make(directory)
    fetched = Fetched([], [], [])
    # Bounded: the list of a large run isn't read faster than its files arrive.
    waiting: asyncio.Queue[FileMmif | None] = asyncio.Queue(maxsize=AT_ONCE * 8)

    async def fetcher() -> None:
        while (file := await waiting.get()) is not None:
            await _fetch(session, file, directory, fetched, progress)
            progress.ended()

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(fetcher())
            async for file in mmifs(session, run_id):
                progress.found()
                await waiting.put(file)
            for _ in range(AT_ONCE):
                await waiting.put(None)
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    fetched.files.sort(key=lambda file: file.guid)
    return fetched


async def send_mmif(session: Session, guid: str, path: Path, on_bytes: Callable[[int], None]) -> SentMmif:
    """Makes the file the newest MMIF of this media file. Raises BadUserInput, RequestRefused."""
    file, size_bytes = _opened(path)
    with file, session.http_failures():
        response = await session.http.post(
            "/mmif",
            params={"guid": guid},
            content=_read(file, on_bytes),
            headers={"Content-Type": "application/json", "Content-Length": str(size_bytes)},
        )
    await _raise_refusal(response)
    return msgspec.json.decode(response.content, type=SentMmif)


async def _fetch(
    session: Session, file: FileMmif, directory: Path, fetched: Fetched, progress: FetchProgress
) -> None:
    guid, mmif = file.media_file.guid, file.mmif
    if mmif is None:
        fetched.without.append(guid)
        return
    path = directory / mmif_file_name(guid)
    if await asyncio.to_thread(_holds, path, mmif):
        fetched.files.append(FetchedFile(guid, str(path), mmif.sha256, mmif.size, "present"))
        return
    for tries_left in reversed(range(TRIES)):
        try:
            await _download(session, mmif, path, progress)
        except (RequestRefused, ServerUnreachable) as exc:
            if tries_left == 0:
                fetched.failed.append(MissedFile(guid, exc.message))
            else:
                await asyncio.sleep(RETRY_SECONDS)
        else:
            fetched.files.append(FetchedFile(guid, str(path), mmif.sha256, mmif.size, "fetched"))
            return


async def _download(session: Session, mmif: MmifRef, path: Path, progress: FetchProgress) -> None:
    """To a name of its own first; `path` appears with all of the bytes."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    digest = hashlib.sha256()
    try:
        with session.http_failures():
            async with session.http.stream("GET", mmif.url) as response:
                await _raise_refusal(response)
                with _directory_failures(path.parent), part.open("xb") as file:
                    async for chunk in response.aiter_bytes(CHUNK_BYTES):
                        digest.update(chunk)
                        file.write(chunk)
                        progress.received(len(chunk))
        if digest.hexdigest() != mmif.sha256:
            raise RequestRefused(f"What came from {mmif.url} is damaged: it has another sha256.", "INTERNAL")
        with _directory_failures(path.parent):
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _holds(path: Path, mmif: MmifRef) -> bool:
    with contextlib.suppress(OSError):
        if path.stat().st_size == mmif.size:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == mmif.sha256
    return False


async def _read(file: BinaryIO, on_bytes: Callable[[int], None]) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
        yield chunk
        on_bytes(len(chunk))


async def _raise_refusal(response: httpx.Response) -> None:
    """Answers of the server's own look so: {"error": {"code": …, "message": …}}."""
    if response.is_success:
        return
    body = await response.aread()
    try:
        error = msgspec.json.decode(body)["error"]
        raise RequestRefused(error["message"], error["code"])
    except (msgspec.DecodeError, KeyError, TypeError):
        message = f"{response.url.path} was answered with the status {response.status_code}."
        raise RequestRefused(message, "INTERNAL") from None


@contextlib.contextmanager
def _directory_failures(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise BadUserInput(f"{directory} can't be written: {exc.strerror or exc}.") from exc


def _make(directory: Path) -> None:
    with _directory_failures(directory):
        directory.mkdir(parents=True, exist_ok=True)


def _opened(path: Path) -> tuple[BinaryIO, int]:
    """The file and its size."""
    try:
        return path.open("rb"), path.stat().st_size
    except OSError as exc:
        raise BadUserInput(f"{path} can't be read: {exc.strerror or exc}.") from exc
