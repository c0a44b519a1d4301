"""The store on S3: obstore's real client against a small server that speaks the calls it makes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_s3 import SECRET, FakeS3, fake_s3

from chowda.errors import StepErrorCode, StepFailure
from chowda.storage.mmif_store import PART_BYTES, MmifStore

MMIF = b'{"metadata": {"mmif": "http://mmif.clams.ai/1.1.0"}, "documents": [], "views": []}'
MMIF_SHA256 = hashlib.sha256(MMIF).hexdigest()


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeS3]:
    with fake_s3(tmp_path / "bucket", monkeypatch) as server:
        yield server


@pytest.fixture
def store(s3: FakeS3) -> MmifStore:
    return MmifStore.from_url("s3://archive/chowda/mmif")


async def content(store: MmifStore, sha256: str) -> bytes:
    return b"".join([chunk async for chunk in store.open(sha256)])


async def test_what_was_put_lies_below_the_prefix_and_comes_back(
    store: MmifStore, s3: FakeS3, tmp_path: Path
) -> None:
    source = tmp_path / "answer.mmif"
    source.write_bytes(MMIF)

    await store.put_file(source, MMIF_SHA256, len(MMIF))
    await store.put_bytes(b"{}")

    assert f"chowda/mmif/{MMIF_SHA256[:2]}/{MMIF_SHA256}.mmif" in s3.stored()
    assert len(s3.stored()) == 2
    assert await content(store, MMIF_SHA256) == MMIF
    assert await store.size(MMIF_SHA256) == len(MMIF)
    assert store.local_path(MMIF_SHA256) is None


async def test_content_that_is_there_already_is_not_sent_again(
    store: MmifStore, s3: FakeS3, tmp_path: Path
) -> None:
    source = tmp_path / "answer.mmif"
    source.write_bytes(MMIF)
    await store.put_bytes(MMIF)
    s3.calls.clear()

    await store.put_bytes(MMIF)
    await store.put_file(source, MMIF_SHA256, len(MMIF))

    assert [call.split()[0] for call in s3.calls] == ["HEAD", "HEAD"]


async def test_fetching_copies_and_deleting_forgets(store: MmifStore, s3: FakeS3, tmp_path: Path) -> None:
    await store.put_bytes(MMIF)

    await store.fetch_to(MMIF_SHA256, tmp_path / "input.mmif")
    await store.delete(MMIF_SHA256)
    await store.delete(MMIF_SHA256)

    assert (tmp_path / "input.mmif").read_bytes() == MMIF
    assert s3.stored() == []
    assert await store.size(MMIF_SHA256) is None
    with pytest.raises(StepFailure, match="it is not there"):
        await content(store, MMIF_SHA256)


async def test_bytes_that_are_not_those_of_the_hash_are_not_given_out(
    store: MmifStore, s3: FakeS3, tmp_path: Path
) -> None:
    await store.put_bytes(MMIF)
    s3.cut_short = True

    with pytest.raises(StepFailure, match="damaged"):
        await store.fetch_to(MMIF_SHA256, tmp_path / "input.mmif")

    assert not (tmp_path / "input.mmif").exists()


PUT_LARGE = """
import asyncio, resource, sys
from pathlib import Path
from chowda.storage.mmif_store import MmifStore

async def main(path, sha256):
    store = MmifStore.from_url("s3://archive")
    await store.put_bytes(b"warm")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await store.put_file(Path(path), sha256, Path(path).stat().st_size)
    size = 0
    async for chunk in store.open(sha256):
        size += len(chunk)
    print(size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)

asyncio.run(main(*sys.argv[1:]))
"""


def test_a_large_file_goes_up_in_parts_and_comes_down_in_flat_memory(s3: FakeS3, tmp_path: Path) -> None:
    source = tmp_path / "large.mmif"
    digest = hashlib.sha256()
    with source.open("wb") as file:
        for _ in range(40):
            part = os.urandom(PART_BYTES // 2 + 1)
            digest.update(part)
            file.write(part)

    done = subprocess.run(
        [sys.executable, "-c", PUT_LARGE, str(source), digest.hexdigest()],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )

    size_bytes, grown_kib = map(int, done.stdout.split())
    assert size_bytes == source.stat().st_size
    assert grown_kib < 100 * 1024, "of 160 MiB"
    stored = s3.directory / digest.hexdigest()[:2] / f"{digest.hexdigest()}.mmif"
    with stored.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == digest.hexdigest()
    assert sum("partNumber" in call for call in s3.calls) == 21


async def test_a_store_that_answers_with_errors_is_unavailable(store: MmifStore, s3: FakeS3) -> None:
    s3.broken = True

    for attempt in (store.put_bytes(MMIF), content(store, MMIF_SHA256), store.check()):
        with pytest.raises(StepFailure, match=r"500 Internal Server Error\.$") as failure:
            await attempt
        assert failure.value.code is StepErrorCode.STORE_UNAVAILABLE
        assert failure.value.message.startswith(
            f"The MMIF store s3://archive/chowda/mmif ({s3.url}) did not "
        )


async def test_refused_credentials_are_told_without_showing_them(
    s3: FakeS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "stranger")
    store = MmifStore.from_url("s3://archive/chowda")

    with pytest.raises(StepFailure) as failure:
        await store.put_bytes(MMIF)

    assert failure.value.message.endswith("it refuses these credentials.")
    assert "stranger" not in failure.value.message
    assert SECRET not in failure.value.message


async def test_the_check_passes_on_a_bucket_and_fails_without_one(store: MmifStore) -> None:
    await store.check()

    with pytest.raises(StepFailure, match=r"s3://nowhere .* did not take a probe"):
        await MmifStore.from_url("s3://nowhere").check()


async def test_a_store_that_nobody_serves_is_unavailable_within_seconds(
    s3: FakeS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    store = MmifStore.from_url("s3://archive")

    with pytest.raises(StepFailure) as failure:
        await store.put_bytes(MMIF)

    assert failure.value.code is StepErrorCode.STORE_UNAVAILABLE
    assert "s3://archive (http://127.0.0.1:9) did not take " in failure.value.message
