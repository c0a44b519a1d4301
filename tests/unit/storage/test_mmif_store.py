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

from chowda.errors import ConfigurationError, StepErrorCode, StepFailure
from chowda.storage.local_directory import STALE_SECONDS
from chowda.storage.mmif_store import MmifStore
from chowda.storage.receive import CHUNK_BYTES

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


async def test_put_file_stores_the_content_under_its_hash(store: MmifStore, work: Path) -> None:
    source = work / "answer.mmif"
    source.write_bytes(MMIF)

    await store.put_file(source, MMIF_SHA256, len(MMIF))
    source.unlink()

    assert await content(store, MMIF_SHA256) == MMIF
    assert await store.size(MMIF_SHA256) == len(MMIF)
    path = store.local_path(MMIF_SHA256)
    assert path is not None
    assert path.read_bytes() == MMIF


async def test_put_bytes_returns_hash_and_size(store: MmifStore) -> None:
    assert await store.put_bytes(MMIF) == (MMIF_SHA256, len(MMIF))
    assert await content(store, MMIF_SHA256) == MMIF


async def test_second_put_of_the_same_content_writes_nothing(store: MmifStore, work: Path) -> None:
    await store.put_bytes(MMIF)
    path = store.local_path(MMIF_SHA256)
    assert path is not None
    before = path.stat()

    again = work / "again.mmif"
    again.write_bytes(MMIF)
    await store.put_file(again, MMIF_SHA256, len(MMIF))

    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


async def test_truncated_object_is_written_again(store: MmifStore) -> None:
    await store.put_bytes(MMIF)
    path = store.local_path(MMIF_SHA256)
    assert path is not None
    path.write_bytes(MMIF[:10])

    await store.put_bytes(MMIF)

    assert path.read_bytes() == MMIF


async def test_put_of_a_linked_file_leaves_no_temporary_file(
    store: MmifStore, root: Path, work: Path
) -> None:
    source = work / "answer.mmif"
    source.write_bytes(MMIF)
    for _ in range(2):
        await store.put_file(source, MMIF_SHA256, len(MMIF))

    assert files_below(root) == [store.local_path(MMIF_SHA256)]


async def test_file_on_another_file_system_is_copied(
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


async def test_put_syncs_file_and_folder(
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


async def test_concurrent_puts_of_the_same_content_make_one_object(store: MmifStore, root: Path) -> None:
    results = await asyncio.gather(*(store.put_bytes(MMIF) for _ in range(40)))

    assert set(results) == {(MMIF_SHA256, len(MMIF))}
    assert files_below(root) == [store.local_path(MMIF_SHA256)]


async def test_file_of_another_size_is_refused(store: MmifStore, work: Path) -> None:
    source = work / "answer.mmif"
    source.write_bytes(MMIF)

    with pytest.raises(StepFailure, match=r"82 bytes instead of 83") as failure:
        await store.put_file(source, MMIF_SHA256, len(MMIF) + 1)

    assert failure.value.code is StepErrorCode.STORE_UNAVAILABLE
    assert await store.size(MMIF_SHA256) is None


async def test_missing_object_is_a_failure_with_the_store_and_the_key(store: MmifStore, root: Path) -> None:
    with pytest.raises(StepFailure) as failure:
        await content(store, MMIF_SHA256)

    assert failure.value.code is StepErrorCode.STORE_UNAVAILABLE
    assert failure.value.message == (
        f"The MMIF store {root.as_uri()} can't read {MMIF_SHA256[:2]}/{MMIF_SHA256}.mmif: it does not exist."
    )
    assert await store.size(MMIF_SHA256) is None
    assert store.local_path(MMIF_SHA256) is None


async def test_large_object_is_read_in_chunks_of_about_one_mebibyte(store: MmifStore) -> None:
    data = os.urandom(3 * CHUNK_BYTES + 5)
    sha256, _ = await store.put_bytes(data)

    parts = [chunk async for chunk in store.open(sha256)]

    assert b"".join(parts) == data
    assert all(64 * 1024 <= len(part) <= 2 * CHUNK_BYTES for part in parts[:-1])


async def test_fetch_to_copies_the_bytes(store: MmifStore, work: Path) -> None:
    await store.put_bytes(MMIF)

    await store.fetch_to(MMIF_SHA256, work / "input.mmif")

    assert files_below(work) == [work / "input.mmif"]
    assert (work / "input.mmif").read_bytes() == MMIF


async def test_put_replaces_damaged_bytes(store: MmifStore, work: Path) -> None:
    await store.put_bytes(MMIF)
    place = store.local_path(MMIF_SHA256)
    assert place is not None
    place.write_bytes(MMIF[::-1])
    await store.put_bytes(MMIF)
    assert await content(store, MMIF_SHA256) == MMIF


async def test_fetch_to_refuses_damaged_bytes_and_leaves_no_file(store: MmifStore, work: Path) -> None:
    await store.put_bytes(MMIF)
    path = store.local_path(MMIF_SHA256)
    assert path is not None
    path.write_bytes(MMIF[::-1])

    with pytest.raises(StepFailure, match="damaged") as failure:
        await store.fetch_to(MMIF_SHA256, work / "input.mmif")

    assert failure.value.code is StepErrorCode.STORE_UNAVAILABLE
    assert files_below(work) == []


async def test_delete_may_be_repeated(store: MmifStore) -> None:
    await store.put_bytes(MMIF)

    await store.delete(MMIF_SHA256)
    await store.delete(MMIF_SHA256)

    assert await store.size(MMIF_SHA256) is None


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 64, "ab", "0" * 63 + "\n"])
async def test_invalid_hash_is_refused(store: MmifStore, name: str) -> None:
    with pytest.raises(ValueError, match="not a sha256"):
        await store.size(name)
    with pytest.raises(ValueError, match="not a sha256"):
        store.local_path(name)


async def test_check_fails_if_the_directory_is_missing(store: MmifStore, root: Path) -> None:
    await store.check()

    (root / ".incoming").rmdir()

    with pytest.raises(StepFailure, match="can't be used: No such file or directory"):
        await store.check()


def test_leftovers_older_than_a_day_are_removed_at_the_start(
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
from chowda.storage.mmif_store import MmifStore
from chowda.storage.receive import receive

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


def test_full_disk_is_a_failure_and_leaves_no_partial_file(root: Path, work: Path) -> None:
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
    ("url", "message"),
    [
        ("s3://key:secret@bucket/prefix", "contains credentials or options"),
        ("s3://bucket/prefix?secret_key=hush", "contains credentials or options"),
        ("s3:///prefix", "neither file:///directory nor s3://bucket/prefix"),
        ("gs://bucket", "neither file:///directory nor s3://bucket/prefix"),
        ("/var/lib/mmif", "neither file:///directory nor s3://bucket/prefix"),
        ("file://server/dir", "neither file:///directory nor s3://bucket/prefix"),
        ("file:///dev/null/mmif", "Not a directory"),
    ],
)
def test_invalid_url_is_refused_without_showing_secrets(url: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        MmifStore.from_url(url)

    assert message in refusal.value.message
    assert "secret@" not in refusal.value.message
    assert "hush" not in refusal.value.message


async def test_directory_name_may_contain_a_space(tmp_path: Path) -> None:
    store = MmifStore.from_url((tmp_path / "a b").as_uri())

    await store.put_bytes(MMIF)

    assert len(files_below(tmp_path / "a b")) == 1
