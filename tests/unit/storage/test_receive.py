from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chowda.errors import LimitExceeded
from chowda.storage.receive import CHUNK_BYTES, receive


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path


def files_below(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_receive_returns_file_hash_and_size(work: Path) -> None:
    parts = [os.urandom(700_000) for _ in range(5)]

    received = await receive(chunks(*parts), work)

    assert received.path.parent == work
    assert received.path.read_bytes() == b"".join(parts)
    assert received.sha256 == hashlib.sha256(b"".join(parts)).hexdigest()
    assert received.size_bytes == 3_500_000


async def test_receive_refuses_a_stream_over_the_limit_before_it_ends(work: Path) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield bytes(100)

    with pytest.raises(LimitExceeded, match="larger than the limit of 1,000 bytes"):
        await receive(endless(), work, limit_bytes=1000)

    assert sent == 11
    assert files_below(work) == []


async def test_receive_accepts_a_stream_of_exactly_the_limit(work: Path) -> None:
    assert (await receive(chunks(bytes(1000)), work, limit_bytes=1000)).size_bytes == 1000


async def test_receive_of_a_broken_stream_leaves_no_file(work: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield bytes(2 * CHUNK_BYTES)
        raise ConnectionResetError("peer is gone")

    with pytest.raises(ConnectionResetError, match="peer is gone"):
        await receive(broken(), work)

    assert files_below(work) == []


async def test_cancelled_receive_leaves_no_file(work: Path) -> None:
    begun = asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield bytes(2 * CHUNK_BYTES)
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(receive(stuck(), work))
    await begun.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert files_below(work) == []
