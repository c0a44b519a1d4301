"""The MMIF store: bytes by sha256, in a local directory or in a bucket that speaks S3.

An object never changes and never appears half-written. Its key is `ab/<sha256>.mmif`, `ab` being the first
two digits. What a put has taken is safe when it returns (on a local disk: fsync of file and directory), so
that a row which names it may be committed then.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, S3Store

from chowda.config import mask_url
from chowda.errors import ConfigurationError, LimitExceeded, StepErrorCode, StepFailure
from chowda.storage.local_directory import LocalDirectory, expect_size

if TYPE_CHECKING:
    from obstore import ObjectMeta

CHUNK_BYTES = 1024 * 1024
"Read, hashed and written at once: large enough that a hop to a thread doesn't count."
PART_BYTES = 8 * 1024 * 1024
"Of a multipart upload; S3 allows 10,000 parts, so objects up to 80 GB."
PARTS_IN_FLIGHT = 4
LIST_PAGE = 1000
REFRESH_SECONDS = 24 * 3600.0
"What was put longer ago is put anew when it is put again: see MmifStore.remove."
DOOMED = "doomed"
DOOMED_WAITS = 120
DOOMED_WAIT_SECONDS = 0.5
ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")

FOLDERS = tuple(f"{number:02x}" for number in range(256))
"Below which all keys lie."

_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9a-f]{2}/(?P<sha256>[0-9a-f]{64})\.mmif")


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A stream that was written down; whoever asked for it removes it."""

    path: Path
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store has. `modified_at` is when it was put last, by the store's clock."""

    sha256: str
    size_bytes: int
    modified_at: datetime


class MmifStore:
    """One store. Raises StepFailure(STORE_UNAVAILABLE) when it doesn't take or give the bytes."""

    def __init__(self, place: str, objects: LocalStore | S3Store, folder: LocalDirectory | None) -> None:
        self._place = place
        self._objects = objects
        self._folder = folder

    @classmethod
    def from_url(cls, url: str) -> Self:
        """A store for file:///dir (made where it is missing) or s3://bucket/prefix.

        S3 credentials, region and endpoint come from the AWS_* environment; an endpoint that says http://
        is taken at its word. Raises ConfigurationError.
        """
        parts = urlsplit(url)
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ConfigurationError(
                f"CHOWDA_MMIF_STORE_URL: {mask_url(url)} holds more than a place. Leave credentials and "
                "options out of it; S3 takes them from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, "
                "AWS_REGION and AWS_ENDPOINT_URL."
            )
        try:
            match parts.scheme, parts.netloc, unquote(parts.path):
                case "file", "" | "localhost", path if path:
                    folder = LocalDirectory(Path(path))
                    return cls(url, LocalStore(folder.root), folder)
                case "s3", bucket, path if bucket:
                    endpoint = next(filter(None, map(os.environ.get, ENDPOINT_VARIABLES)), None)
                    place = f"{url} ({mask_url(endpoint)})" if endpoint else url
                    return cls(place, _s3(bucket, path.strip("/"), endpoint), None)
        except (BaseError, OSError, ValueError) as exc:
            raise ConfigurationError(f"CHOWDA_MMIF_STORE_URL: {url} can't be used: {_reason(exc)}.") from exc
        raise ConfigurationError(
            f"CHOWDA_MMIF_STORE_URL: {url} is neither file:///directory nor s3://bucket/prefix."
        )

    async def put_file(self, path: Path, sha256: str, size_bytes: int) -> None:
        """Keep the content of this file, which has this hash and size.

        Where it is there already, nothing is written: in a bucket that goes by its size, in a local store by its
        bytes, so that what was damaged is made whole. There it may become a second name of the same file, so the
        file must not be changed afterwards, only removed.
        """
        with self._failures("take", _key(sha256)):
            await self._keep(path, sha256, size_bytes)

    async def put_bytes(self, data: bytes) -> tuple[str, int]:
        """Keep these bytes, which fit into memory; returns their sha256 and size."""
        sha256 = hashlib.sha256(data).hexdigest()
        with self._failures("take", _key(sha256)):
            await self._keep(data, sha256, len(data))
        return sha256, len(data)

    async def open(self, sha256: str, part: tuple[int, int] | None = None) -> AsyncIterator[bytes]:
        """The bytes, in chunks of about 1 MiB; of `part` those from its first number up to its second, without it.

        A missing object and a broken stream are StepFailures.
        """
        key = _key(sha256)
        with self._failures("give", key):
            result = await obstore.get_async(self._objects, key, options={"range": part} if part else None)
            start, end = result.range
            missing_bytes = end - start
            async for chunk in result.stream(min_chunk_size=CHUNK_BYTES):
                missing_bytes -= len(chunk)
                yield chunk
            if missing_bytes:
                raise OSError(f"it ended {missing_bytes:,} bytes early")

    async def fetch_to(self, sha256: str, path: Path) -> None:
        """Copy to `path`, which appears only when the bytes are all there and have that hash."""
        key = _key(sha256)
        received = await receive(self.open(sha256), path.parent)
        with self._failures("give", key):
            try:
                if received.sha256 != sha256:
                    raise OSError(f"it is damaged, its bytes have the sha256 {received.sha256}")
                received.path.replace(path)
            finally:
                received.path.unlink(missing_ok=True)

    async def size(self, sha256: str) -> int | None:
        """In bytes; None: not there."""
        key = _key(sha256)
        with self._failures("give", key):
            found = await self._head(key)
            return found["size"] if found is not None else None

    async def listed(self, folder: str) -> AsyncIterator[list[Stored]]:
        """All that lies in one of FOLDERS, up to 1,000 at once."""
        with self._failures("list", folder):
            async for page in obstore.list(self._objects, prefix=f"{folder}/", chunk_size=LIST_PAGE):
                keys = [(_KEY.fullmatch(each["path"]), each) for each in page]
                yield [
                    Stored(key["sha256"], each["size"], each["last_modified"])
                    for key, each in keys
                    if key is not None
                ]

    async def delete(self, sha256: str) -> None:
        """Also when it is not there."""
        key = _key(sha256)
        with self._failures("delete", key), contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._objects, key)

    async def check(self) -> None:
        """That the store answers and, for a directory, that it can be written."""
        with self._failures("take", "a probe"):
            if self._folder is not None:
                await asyncio.to_thread(self._folder.probe)
            else:
                # Nothing is below this prefix: an empty page says that the bucket is there and may be read.
                await obstore.list(self._objects, prefix="check").collect_async()

    def local_path(self, sha256: str) -> Path | None:
        """Where the bytes lie in a local store, to be read in place and never written; else None."""
        if self._folder is None:
            return None
        path = self._folder.root / _key(sha256)
        return path if path.is_file() else None

    async def _keep(self, source: Path | bytes, sha256: str, size_bytes: int) -> None:
        """Puts it where it is not there, and renews the time of what was put long ago: only what nobody has put
        for long is ever removed. Where that may be under way it looks twice: see `remove`."""
        at_risk = False
        key = _key(sha256)
        for _ in range(DOOMED_WAITS):
            at_risk = await self._write(source, sha256, size_bytes) or at_risk
            if not at_risk or (not await self._is_doomed(key) and await self._head(key) is not None):
                return
            await asyncio.sleep(DOOMED_WAIT_SECONDS)
        raise OSError("it was about to be removed, and that took too long")

    async def _write(self, source: Path | bytes, sha256: str, size_bytes: int) -> bool:
        """True: what was there was old, or not the same."""
        key = _key(sha256)
        if self._folder is not None:
            return await asyncio.to_thread(
                self._folder.place, source, key, sha256, size_bytes, REFRESH_SECONDS
            )
        if isinstance(source, Path):
            await asyncio.to_thread(expect_size, source, size_bytes)
        found = await self._head(key)
        there = found is not None and found["size"] == size_bytes
        old = found is not None and _age_seconds(found["last_modified"]) > REFRESH_SECONDS
        if old or not there:
            await obstore.put_async(
                self._objects,
                key,
                source,
                use_multipart=size_bytes > PART_BYTES,
                chunk_size=PART_BYTES,
                max_concurrency=PARTS_IN_FLIGHT,
            )
        return old or (found is not None and not there)

    async def remove(self, sha256: str, put_before: datetime, wanted: Callable[[], Awaitable[bool]]) -> bool:
        """Removes what was put last before then and is not wanted; True if it has.

        A put that finds the bytes there writes nothing, and its caller trusts that they stay. So this announces
        first what it is about to do, and only then looks at the time; a put of something old renews its time first,
        and only then looks for the announcement. Whichever comes second sees the other. One process at a time.
        """
        key = _key(sha256)
        with self._failures("remove", key):
            await obstore.put_async(self._objects, _doom(key), b"", use_multipart=False)
            try:
                found = await self._head(key)
                if found is None or found["last_modified"] >= put_before or await wanted():
                    return False
                await self.delete(sha256)
                return True
            finally:
                await obstore.delete_async(self._objects, _doom(key))

    async def forget_announcements(self) -> None:
        """Of removals that were begun by a process that died. Call it where nobody else removes anything."""
        with self._failures("list", DOOMED):
            async for page in obstore.list(self._objects, prefix=f"{DOOMED}/", chunk_size=LIST_PAGE):
                for each in page:
                    with contextlib.suppress(FileNotFoundError):
                        await obstore.delete_async(self._objects, each["path"])

    async def _is_doomed(self, key: str) -> bool:
        return await self._head(_doom(key)) is not None

    async def _head(self, key: str) -> ObjectMeta | None:
        try:
            return await obstore.head_async(self._objects, key)
        except FileNotFoundError:
            return None

    @contextlib.contextmanager
    def _failures(self, verb: str, what: str) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError) as exc:
            raise StepFailure(
                StepErrorCode.STORE_UNAVAILABLE,
                f"The MMIF store {self._place} did not {verb} {what}: {_reason(exc)}.",
            ) from exc


async def receive(
    stream: AsyncIterable[bytes], directory: Path, limit_bytes: int | None = None
) -> ReceivedFile:
    """Write a stream to a new file in `directory`, hashing it on the way; what fails leaves no file.

    Raises LimitExceeded as soon as there is more than `limit_bytes`, StepFailure(STORE_UNAVAILABLE) where the
    directory takes no more, and whatever the stream raises.
    """
    with _disk_failures(directory):
        descriptor, name = tempfile.mkstemp(prefix="receive-", suffix=".mmif", dir=directory)
    file = os.fdopen(descriptor, "wb")
    try:
        sha256, size_bytes = await _copy(stream, file, directory, limit_bytes)
    except BaseException:
        _discard(file, Path(name))
        raise
    return ReceivedFile(Path(name), sha256, size_bytes)


async def _copy(
    stream: AsyncIterable[bytes], file: IO[bytes], directory: Path, limit_bytes: int | None
) -> tuple[str, int]:
    """Copies and closes. The file is a buffered one: its lock lets a cancelled copy be closed safely while
    the last write still runs in its thread."""
    digest, size_bytes, pending = hashlib.sha256(), 0, bytearray()

    def flush() -> None:
        digest.update(pending)
        file.write(pending)
        pending.clear()

    async for chunk in stream:
        size_bytes += len(chunk)
        if limit_bytes is not None and size_bytes > limit_bytes:
            raise LimitExceeded(f"The MMIF is larger than the limit of {limit_bytes:,} bytes.")
        pending += chunk
        if len(pending) >= CHUNK_BYTES:
            with _disk_failures(directory):
                await asyncio.to_thread(flush)
    with _disk_failures(directory):
        flush()
        file.close()
    return digest.hexdigest(), size_bytes


def _discard(file: IO[bytes], path: Path) -> None:
    with contextlib.suppress(OSError):  # closing flushes once more, on a disk that may be full
        file.close()
    path.unlink()


def _s3(bucket: str, prefix: str, endpoint: str | None) -> S3Store:
    return S3Store(
        bucket,
        prefix=prefix or None,
        config={"disable_bulk_delete": True},  # not every server that speaks S3 has the bulk call
        client_options={
            "allow_http": (endpoint or "").lower().startswith("http://"),
            # The whole of a large body must fit into `timeout`; a silent server meets `read_timeout`.
            "timeout": timedelta(days=1),
            "read_timeout": timedelta(seconds=60),
            "connect_timeout": timedelta(seconds=5),
        },
        # A step that fails on the store is tried again by the engine, so don't try long in here.
        retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=30)},
    )


def _key(sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"{sha256!r} is not a sha256 in lower-case hexadecimal digits")
    return f"{sha256[:2]}/{sha256}.mmif"


def _doom(key: str) -> str:
    """The announcement that an object is about to be removed."""
    return f"{DOOMED}/{key.rpartition('/')[2]}"


def _age_seconds(modified_at: datetime) -> float:
    return (datetime.now(UTC) - modified_at).total_seconds()


@contextlib.contextmanager
def _disk_failures(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise StepFailure(
            StepErrorCode.STORE_UNAVAILABLE,
            f"The directory {directory} did not take the MMIF: {_reason(exc)}.",
        ) from exc


def _reason(exc: Exception) -> str:
    """The cause in one line for a person.

    obstore puts the request before it and the server's whole answer behind it, which may repeat key ids:
    "Error performing PUT http://… in 3 s, after 3 retries - Server returned …: 500: <Error>…".
    """
    if isinstance(exc, PermissionDeniedError | UnauthenticatedError):
        return "it refuses these credentials"
    if isinstance(exc, FileNotFoundError) and not exc.strerror:
        return "it is not there"
    if isinstance(exc, OSError) and exc.strerror:
        return exc.strerror
    line = str(exc).partition("\n")[0].partition(": <")[0]
    return line.rpartition(" - ")[2][:300].strip(" .:")
