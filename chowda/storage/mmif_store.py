"""The MMIF store: bytes by sha256, in a local directory or in an S3 bucket.

An object never changes and is never visible in part. Its key is `ab/<sha256>.mmif`, where `ab` are the first two
digits. When a put returns, the bytes are durable (in a local directory: fsync of file and directory), so that a row
that refers to them can be committed.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, S3Store

from chowda.config import mask_url
from chowda.errors import ConfigurationError, StepErrorCode, StepFailure
from chowda.storage.local_directory import LocalDirectory, expect_size
from chowda.storage.receive import CHUNK_BYTES, receive

if TYPE_CHECKING:
    from obstore import ObjectMeta

PART_BYTES = 8 * 1024 * 1024
"The size of a part of a multipart upload. S3 allows 10,000 parts, so objects up to 80 GB."
PARTS_IN_FLIGHT = 4
LIST_PAGE = 1000
REFRESH_SECONDS = 24 * 3600.0
"Older objects are written again by a put, to renew their time: see MmifStore.remove."
REMOVALS = "doomed"
"The folder of the markers of objects that are being removed."
REMOVAL_WAITS = 120
REMOVAL_WAIT_SECONDS = 0.5
ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")

FOLDERS = tuple(f"{number:02x}" for number in range(256))
"The folders of all objects."

_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9a-f]{2}/(?P<sha256>[0-9a-f]{64})\.mmif")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object of the store. `modified_at` is the time of the last write, by the store's clock."""

    sha256: str
    size_bytes: int
    modified_at: datetime


class MmifStore:
    """A store. Its methods raise StepFailure(STORE_UNAVAILABLE) if it can't be read or written."""

    def __init__(self, name: str, objects: LocalStore | S3Store, directory: LocalDirectory | None) -> None:
        self._name = name
        self._objects = objects
        self._directory = directory

    @classmethod
    def from_url(cls, url: str) -> Self:
        """The store at file:///directory, which is created if it is missing, or at s3://bucket/prefix.

        Credentials, region and endpoint of S3 come from the AWS_* environment variables; the endpoint may be an http://
        address. Raises ConfigurationError.
        """
        parts = urlsplit(url)
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ConfigurationError(
                f"CHOWDA_MMIF_STORE_URL: {mask_url(url)} contains credentials or options. Remove them, and set "
                "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT_URL instead."
            )
        try:
            match parts.scheme, parts.netloc, unquote(parts.path):
                case "file", "" | "localhost", path if path:
                    directory = LocalDirectory(Path(path))
                    return cls(url, LocalStore(directory.root), directory)
                case "s3", bucket, path if bucket:
                    endpoint = next(filter(None, map(os.environ.get, ENDPOINT_VARIABLES)), None)
                    name = f"{url} ({mask_url(endpoint)})" if endpoint else url
                    return cls(name, _s3(bucket, path.strip("/"), endpoint), None)
        except (BaseError, OSError, ValueError) as exc:
            raise ConfigurationError(f"CHOWDA_MMIF_STORE_URL: {url} can't be used: {_reason(exc)}.") from exc
        raise ConfigurationError(
            f"CHOWDA_MMIF_STORE_URL: {url} is neither file:///directory nor s3://bucket/prefix."
        )

    async def put_file(self, path: Path, sha256: str, size_bytes: int) -> None:
        """Stores the content of a file that has this hash and size. Content that is already stored is not written.

        In a bucket, content counts as stored if an object of this size exists. A local store compares the bytes, so
        that damaged content is replaced, and may make a hard link to the file: after this call, the file must not be
        changed, only removed.
        """
        with self._failures(f"write {_key(sha256)}"):
            await self._put(path, sha256, size_bytes)

    async def put_bytes(self, data: bytes) -> tuple[str, int]:
        """Stores bytes in memory. Returns their sha256 and size."""
        sha256 = hashlib.sha256(data).hexdigest()
        with self._failures(f"write {_key(sha256)}"):
            await self._put(data, sha256, len(data))
        return sha256, len(data)

    async def open(self, sha256: str, part: tuple[int, int] | None = None) -> AsyncIterator[bytes]:
        """The bytes in chunks of about 1 MiB; with `part`, those from its first offset to before its second.

        Raises StepFailure for a missing object, and if the stream breaks.
        """
        key = _key(sha256)
        with self._failures(f"read {key}"):
            result = await obstore.get_async(self._objects, key, options={"range": part} if part else None)
            start, end = result.range
            missing_bytes = end - start
            async for chunk in result.stream(min_chunk_size=CHUNK_BYTES):
                missing_bytes -= len(chunk)
                yield chunk
            if missing_bytes:
                raise OSError(f"the stream ended {missing_bytes:,} bytes early")

    async def fetch_to(self, sha256: str, path: Path) -> None:
        """Copies the bytes to `path`, which is only created once they are complete and have this hash."""
        key = _key(sha256)
        received = await receive(self.open(sha256), path.parent)
        with self._failures(f"read {key}"):
            try:
                if received.sha256 != sha256:
                    raise OSError(f"it is damaged: its bytes have the sha256 {received.sha256}")
                received.path.replace(path)
            finally:
                received.path.unlink(missing_ok=True)

    async def size(self, sha256: str) -> int | None:
        """The size in bytes; None if the object does not exist."""
        key = _key(sha256)
        with self._failures(f"read {key}"):
            found = await self._head(key)
            return found["size"] if found is not None else None

    async def list_folder(self, folder: str) -> AsyncIterator[list[StoredObject]]:
        """The objects in one of FOLDERS, in pages of up to 1,000."""
        with self._failures(f"list {folder}"):
            async for page in obstore.list(self._objects, prefix=f"{folder}/", chunk_size=LIST_PAGE):
                keys = [(_KEY.fullmatch(each["path"]), each) for each in page]
                yield [
                    StoredObject(key["sha256"], each["size"], each["last_modified"])
                    for key, each in keys
                    if key is not None
                ]

    async def delete(self, sha256: str) -> None:
        """Deletes the object if it exists."""
        key = _key(sha256)
        with self._failures(f"delete {key}"), contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._objects, key)

    async def check(self) -> None:
        """Raises StepFailure if the store does not respond, or if it is a directory that can't be written."""
        with self._failures("be used"):
            if self._directory is not None:
                await asyncio.to_thread(self._directory.check_writable)
            else:
                # No object has this prefix: an empty page shows that the bucket exists and can be read.
                await obstore.list(self._objects, prefix="check").collect_async()

    def local_path(self, sha256: str) -> Path | None:
        """The path of the object in a local store, only for reading; None in a bucket or if it does not exist."""
        if self._directory is None:
            return None
        path = self._directory.root / _key(sha256)
        return path if path.is_file() else None

    async def _put(self, source: Path | bytes, sha256: str, size_bytes: int) -> None:
        """Writes the object if it is missing or old, and makes sure that no concurrent `remove` deletes it."""
        at_risk = False
        key = _key(sha256)
        for _ in range(REMOVAL_WAITS):
            at_risk = await self._write_if_needed(source, sha256, size_bytes) or at_risk
            if not at_risk or (not await self._is_being_removed(key) and await self._head(key) is not None):
                return
            await asyncio.sleep(REMOVAL_WAIT_SECONDS)
        raise OSError("another process is removing it, and that takes too long")

    async def _write_if_needed(self, source: Path | bytes, sha256: str, size_bytes: int) -> bool:
        """Writes the object unless it exists and is recent. Returns whether an old or different one existed."""
        key = _key(sha256)
        if self._directory is not None:
            return await asyncio.to_thread(
                self._directory.put, source, key, sha256, size_bytes, REFRESH_SECONDS
            )
        if isinstance(source, Path):
            await asyncio.to_thread(expect_size, source, size_bytes)
        found = await self._head(key)
        exists = found is not None and found["size"] == size_bytes
        old = found is not None and _age_seconds(found["last_modified"]) > REFRESH_SECONDS
        if old or not exists:
            await obstore.put_async(
                self._objects,
                key,
                source,
                use_multipart=size_bytes > PART_BYTES,
                chunk_size=PART_BYTES,
                max_concurrency=PARTS_IN_FLIGHT,
            )
        return old or (found is not None and not exists)

    async def remove(self, sha256: str, put_before: datetime, wanted: Callable[[], Awaitable[bool]]) -> bool:
        """Removes an object that was last put before `put_before` and is not wanted. Returns whether it was removed.

        A put that finds the bytes writes nothing, and its caller relies on them. So `remove` first writes a marker and
        then checks the time of the object, while a put of an old object first renews its time and then checks for a
        marker: whichever comes second notices the other. Only one process may remove objects at a time.
        """
        key = _key(sha256)
        with self._failures(f"remove {key}"):
            await obstore.put_async(self._objects, _removal_marker(key), b"", use_multipart=False)
            try:
                found = await self._head(key)
                if found is None or found["last_modified"] >= put_before or await wanted():
                    return False
                await self.delete(sha256)
                return True
            finally:
                await obstore.delete_async(self._objects, _removal_marker(key))

    async def delete_removal_markers(self) -> None:
        """Deletes markers that a dead process left. Call it only when no other process removes objects."""
        with self._failures(f"list {REMOVALS}"):
            async for page in obstore.list(self._objects, prefix=f"{REMOVALS}/", chunk_size=LIST_PAGE):
                for each in page:
                    with contextlib.suppress(FileNotFoundError):
                        await obstore.delete_async(self._objects, each["path"])

    async def _is_being_removed(self, key: str) -> bool:
        return await self._head(_removal_marker(key)) is not None

    async def _head(self, key: str) -> ObjectMeta | None:
        try:
            return await obstore.head_async(self._objects, key)
        except FileNotFoundError:
            return None

    @contextlib.contextmanager
    def _failures(self, action: str) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError) as exc:
            raise StepFailure(
                StepErrorCode.STORE_UNAVAILABLE,
                f"The MMIF store {self._name} can't {action}: {_reason(exc)}.",
            ) from exc


def _s3(bucket: str, prefix: str, endpoint: str | None) -> S3Store:
    return S3Store(
        bucket,
        prefix=prefix or None,
        config={"disable_bulk_delete": True},  # some S3 servers lack the bulk operation
        client_options={
            "allow_http": (endpoint or "").lower().startswith("http://"),
            # `timeout` covers the transfer of a large body; `read_timeout` covers an unresponsive server.
            "timeout": timedelta(days=1),
            "read_timeout": timedelta(seconds=60),
            "connect_timeout": timedelta(seconds=5),
        },
        # The engine retries steps that fail on the store, so the client retries only briefly.
        retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=30)},
    )


def _key(sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"{sha256!r} is not a sha256 in lower-case hexadecimal digits")
    return f"{sha256[:2]}/{sha256}.mmif"


def _removal_marker(key: str) -> str:
    return f"{REMOVALS}/{key.rpartition('/')[2]}"


def _age_seconds(modified_at: datetime) -> float:
    return (datetime.now(UTC) - modified_at).total_seconds()


def _reason(exc: Exception) -> str:
    """The cause in one line.

    obstore's message has the request before it and the server's whole response after it, which may contain key ids:
    "Error performing PUT http://… in 3 s, after 3 retries - Server returned …: 500: <Error>…".
    """
    if isinstance(exc, PermissionDeniedError | UnauthenticatedError):
        return "it refuses these credentials"
    if isinstance(exc, FileNotFoundError) and not exc.strerror:
        return "it does not exist"
    if isinstance(exc, OSError) and exc.strerror:
        return exc.strerror
    line = str(exc).partition("\n")[0].partition(": <")[0]
    return line.rpartition(" - ")[2][:300].strip(" .:")
