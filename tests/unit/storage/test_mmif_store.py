from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chowda.errors import ConfigurationError, LimitExceeded, StepErrorCode, StepFailure
from chowda.storage.local_directory import STALE_SECONDS
from chowda.storage.mmif_store import CHUNK_BYTES, MmifStore, receive

MMIF = b'{"metadata": {"mmif": "http://mmif.clams.ai/1.1.0"}, "documents": [], "views": []}'
MMIF_SHA256 = hashlib.sha256(MMIF).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "mmif"


@pytest.fixture
def store(root: Path) -> MmifStore:
    return MmifStore.from_url(root.as_uri())


@pytest.fixture
def work(tmp_path: Path) -> Path:
    directory = tmp_path / "work"
    directory.mkdir()
    return directory


def files_below(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def content(store: MmifStore, sha256: str) -> bytes:
    return b"".join([chunk async for chunk in store.open(sha256)])


async def test_a_file_that_was_put_is_given_back_under_its_hash(store: MmifStore, work: Path) -> None:
    source = work / "answer.mmif"
    source.write_bytes(MMIF)

    await store.put_file(source, MMIF_SHA256, len(MMIF))
    source.unlink()

    assert await content(store, MMIF_SHA256) == MMIF
    assert await store.size(MMIF_SHA256) == len(MMIF)
    path = store.local_path(MMIF_SHA256)
    assert path is not None
    assert path.read_bytes() == MMIF


async def test_bytes_that_were_put_come_back_with_their_hash_and_size(store: MmifStore) -> None:
    assert await store.put_bytes(MMIF) == (MMIF_SHA256, len(MMIF))
    assert await content(store, MMIF_SHA256) == MMIF


async def test_putting_the_same_content_again_writes_nothing(store: MmifStore, work: Path) -> None:
    await store.put_bytes(MMIF)
    path = store.local_path(MMIF_SHA256)
    assert path is not None
    before = path.stat()

    again = work / "again.mmif"
    again.write_bytes(MMIF)
    await store.put_file(again, MMIF_SHA256, len(MMIF))

    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


async def test_an_object_that_a_crash_cut_short_is_written_anew(store: MmifStore) -> None:
    await store.put_bytes(MMIF)
    path = store.local_path(MMIF_SHA256)
    assert path is not None
    path.write_bytes(MMIF[:10])

    await store.put_bytes(MMIF)

    assert path.read_bytes() == MMIF


async def test_a_put_of_a_linked_file_leaves_nothing_on_its_way(
    store: MmifStore, root: Path, work: Path
) -> None:
    source = work / "answer.mmif"
    source.write_bytes(MMIF)
    for _ in range(2):
        await store.put_file(source, MMIF_SHA256, len(MMIF))

    assert files_below(root) == [store.local_path(MMIF_SHA256)]


async def test_a_file_on_another_file_system_is_copied(
    store: MmifStore, root: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", no_links)
    source = work / "answer.mmif"
    source.write_bytes(MMIF)

    await store.put_file(source, MMIF_SHA256, len(MMIF))

    path = store.local_path(MMIF_SHA256)
    assert path is not None
    assert path.read_bytes() == MMIF
    assert path.stat().st_ino != source.stat().st_ino


async def test_file_and_folder_are_on_the_disk_before_a_put_returns(
    store: MmifStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def recording_fsync(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", recording_fsync)
    await store.put_bytes(MMIF)

    assert synced[0] == str(root)
    assert synced[1].startswith(str(root / ".incoming"))
    assert synced[2] == str(root / MMIF_SHA256[:2])


async def test_many_puts_of_the_same_content_at_once_make_one_object(store: MmifStore, root: Path) -> None:
    results = await asyncio.gather(*(store.put_bytes(MMIF) for _ in range(40)))

    assert set(results) == {(MMIF_SHA256, len(MMIF))}
    assert files_below(root) == [store.local_path(MMIF_SHA256)]


async def test_a_file_of_another_size_than_announced_is_refused(store: MmifStore, work: Path) -> None:
    source = work / "answer.mmif"
    source.write_bytes(MMIF)

    with pytest.raises(StepFailure, match=r"82 bytes where 83 were announced") as failure:
        await store.put_file(source, MMIF_SHA256, len(MMIF) + 1)

    assert failure.value.code is StepErrorCode.STORE_UNAVAILABLE
    assert await store.size(MMIF_SHA256) is None


async def test_what_is_not_there_is_a_failure_that_names_the_store_and_the_object(
    store: MmifStore, root: Path
) -> None:
    with pytest.raises(StepFailure) as failure:
        await content(store, MMIF_SHA256)

    assert failure.value.code is StepErrorCode.STORE_UNAVAILABLE
    assert failure.value.message == (
        f"The MMIF store {root.as_uri()} did not give {MMIF_SHA256[:2]}/{MMIF_SHA256}.mmif: it is not there."
    )
    assert await store.size(MMIF_SHA256) is None
    assert store.local_path(MMIF_SHA256) is None


async def test_a_large_object_is_read_in_chunks_of_about_a_mebibyte(store: MmifStore) -> None:
    data = os.urandom(3 * CHUNK_BYTES + 5)
    sha256, _ = await store.put_bytes(data)

    parts = [chunk async for chunk in store.open(sha256)]

    assert b"".join(parts) == data
    assert all(64 * 1024 <= len(part) <= 2 * CHUNK_BYTES for part in parts[:-1])


async def test_fetching_copies_the_bytes(store: MmifStore, work: Path) -> None:
    await store.put_bytes(MMIF)

    await store.fetch_to(MMIF_SHA256, work / "input.mmif")

    assert files_below(work) == [work / "input.mmif"]
    assert (work / "input.mmif").read_bytes() == MMIF


async def test_what_was_damaged_is_made_whole_when_it_is_put_again(store: MmifStore, work: Path) -> None:
    await store.put_bytes(MMIF)
    place = store.local_path(MMIF_SHA256)
    assert place is not None
    place.write_bytes(MMIF[::-1])
    await store.put_bytes(MMIF)
    assert await content(store, MMIF_SHA256) == MMIF


async def test_fetching_damaged_bytes_is_a_failure_and_leaves_no_file(store: MmifStore, work: Path) -> None:
    await store.put_bytes(MMIF)
    path = store.local_path(MMIF_SHA256)
    assert path is not None
    path.write_bytes(MMIF[::-1])

    with pytest.raises(StepFailure, match="damaged") as failure:
        await store.fetch_to(MMIF_SHA256, work / "input.mmif")

    assert failure.value.code is StepErrorCode.STORE_UNAVAILABLE
    assert files_below(work) == []


async def test_deleting_forgets_the_object_and_may_be_repeated(store: MmifStore) -> None:
    await store.put_bytes(MMIF)

    await store.delete(MMIF_SHA256)
    await store.delete(MMIF_SHA256)

    assert await store.size(MMIF_SHA256) is None


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 64, "ab", "0" * 63 + "\n"])
async def test_what_is_no_hash_is_never_made_a_path(store: MmifStore, name: str) -> None:
    with pytest.raises(ValueError, match="not a sha256"):
        await store.size(name)
    with pytest.raises(ValueError, match="not a sha256"):
        store.local_path(name)


async def test_the_check_fails_when_the_directory_is_gone(store: MmifStore, root: Path) -> None:
    await store.check()

    (root / ".incoming").rmdir()

    with pytest.raises(StepFailure, match="did not take a probe: No such file or directory"):
        await store.check()


def test_only_leftovers_older_than_a_day_are_swept_at_the_start(
    store: MmifStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leftover = root / ".incoming" / "of-a-dead-process"
    leftover.write_bytes(b"half")

    MmifStore.from_url(root.as_uri())
    assert leftover.exists()

    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + STALE_SECONDS + 60)
    MmifStore.from_url(root.as_uri())
    assert not leftover.exists()


FULL_DISK = """
import asyncio, hashlib, resource, sys
from pathlib import Path
from chowda.errors import StepFailure
from chowda.storage.mmif_store import MmifStore, receive

async def main(url, work):
    store = MmifStore.from_url(url)
    data = bytes(3_000_000)
    source = Path(work) / "source"
    source.write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))

    async def stream():
        for at in range(0, len(data), 65536):
            yield data[at : at + 65536]

    def no_links(*_, **__):
        raise OSError("no links here")
    import os
    os.link = no_links

    put_file = store.put_file(source, sha256, len(data))
    for attempt in (store.put_bytes(data), put_file, receive(stream(), Path(work))):
        try:
            await attempt
        except StepFailure as failure:
            print(failure.code, failure.message)
    print(await store.size(sha256))

asyncio.run(main(*sys.argv[1:]))
"""


def test_a_full_disk_is_told_and_leaves_nothing_half_written(root: Path, work: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, root.as_uri(), str(work)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 4
    assert all(line.startswith("STORE_UNAVAILABLE ") for line in lines[:3])
    assert all(line.endswith("File too large.") for line in lines[:3])
    assert lines[3] == "None"
    assert files_below(root) == []
    assert files_below(work) == [work / "source"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("s3://key:secret@bucket/prefix", "Leave credentials and options out"),
        ("s3://bucket/prefix?secret_key=hush", "Leave credentials and options out"),
        ("s3:///prefix", "neither file:///directory nor s3://bucket/prefix"),
        ("gs://bucket", "neither file:///directory nor s3://bucket/prefix"),
        ("/var/lib/mmif", "neither file:///directory nor s3://bucket/prefix"),
        ("file://server/dir", "neither file:///directory nor s3://bucket/prefix"),
        ("file:///dev/null/mmif", "Not a directory"),
    ],
)
def test_a_url_that_names_no_store_is_refused_without_its_secrets(url: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        MmifStore.from_url(url)

    assert words in refusal.value.message
    assert "secret@" not in refusal.value.message
    assert "hush" not in refusal.value.message


async def test_a_directory_name_with_a_space_is_understood(tmp_path: Path) -> None:
    store = MmifStore.from_url((tmp_path / "a b").as_uri())

    await store.put_bytes(MMIF)

    assert len(files_below(tmp_path / "a b")) == 1


async def test_receiving_a_stream_yields_its_file_hash_and_size(work: Path) -> None:
    parts = [os.urandom(700_000) for _ in range(5)]

    received = await receive(chunks(*parts), work)

    assert received.path.parent == work
    assert received.path.read_bytes() == b"".join(parts)
    assert received.sha256 == hashlib.sha256(b"".join(parts)).hexdigest()
    assert received.size_bytes == 3_500_000


async def test_a_stream_over_the_limit_is_refused_before_it_ends(work: Path) -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1
            yield bytes(100)

    with pytest.raises(LimitExceeded, match="larger than the limit of 1,000 bytes"):
        await receive(endless(), work, limit_bytes=1000)

    assert given == 11
    assert files_below(work) == []


async def test_a_stream_of_exactly_the_limit_is_taken(work: Path) -> None:
    assert (await receive(chunks(bytes(1000)), work, limit_bytes=1000)).size_bytes == 1000


async def test_a_stream_that_breaks_leaves_no_file(work: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield bytes(2 * CHUNK_BYTES)
        raise ConnectionResetError("peer is gone")

    with pytest.raises(ConnectionResetError, match="peer is gone"):
        await receive(broken(), work)

    assert files_below(work) == []


async def test_a_cancelled_stream_leaves_no_file(work: Path) -> None:
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
