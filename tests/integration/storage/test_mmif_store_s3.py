"""The store on S3: obstore's client against SeaweedFS, through a proxy that injects faults."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import obstore
import pytest
from s3_proxy import S3Proxy
from s3_server import ENVIRONMENT

from chowda.errors import StepErrorCode, StepFailure
from chowda.storage.mmif_store import PART_BYTES, MmifStore

MMIF = b'{"metadata": {"mmif": "http://mmif.clams.ai/1.1.0"}, "documents": [], "views": []}'
MMIF_SHA256 = hashlib.sha256(MMIF).hexdigest()


@pytest.fixture
def store(s3: S3Proxy) -> MmifStore:
    return MmifStore.from_url("s3://archive/chowda/mmif")


async def content(store: MmifStore, sha256: str) -> bytes:
    return b"".join([chunk async for chunk in store.open(sha256)])


async def test_objects_are_stored_below_the_prefix(store: MmifStore, s3: S3Proxy, tmp_path: Path) -> None:
    source = tmp_path / "answer.mmif"
    source.write_bytes(MMIF)

    await store.put_file(source, MMIF_SHA256, len(MMIF))
    await store.put_bytes(b"{}")

    assert f"chowda/mmif/{MMIF_SHA256[:2]}/{MMIF_SHA256}.mmif" in s3.server.stored()
    assert len(s3.server.stored()) == 2
    assert await content(store, MMIF_SHA256) == MMIF
    assert await store.size(MMIF_SHA256) == len(MMIF)
    assert store.local_path(MMIF_SHA256) is None


async def test_existing_content_is_not_uploaded_again(store: MmifStore, s3: S3Proxy, tmp_path: Path) -> None:
    source = tmp_path / "answer.mmif"
    source.write_bytes(MMIF)
    await store.put_bytes(MMIF)
    s3.requests.clear()

    await store.put_bytes(MMIF)
    await store.put_file(source, MMIF_SHA256, len(MMIF))

    assert [request.split()[0] for request in s3.requests] == ["HEAD", "HEAD"]


async def test_fetch_to_copies_and_delete_removes(store: MmifStore, s3: S3Proxy, tmp_path: Path) -> None:
    await store.put_bytes(MMIF)

    await store.fetch_to(MMIF_SHA256, tmp_path / "input.mmif")
    await store.delete(MMIF_SHA256)
    await store.delete(MMIF_SHA256)

    assert (tmp_path / "input.mmif").read_bytes() == MMIF
    assert s3.server.stored() == []
    assert await store.size(MMIF_SHA256) is None
    with pytest.raises(StepFailure, match="it does not exist"):
        await content(store, MMIF_SHA256)


async def test_fetch_to_refuses_bytes_with_another_hash(
    store: MmifStore, s3: S3Proxy, tmp_path: Path
) -> None:
    await store.put_bytes(MMIF)
    await obstore.put_async(s3.server.bucket, f"chowda/mmif/{MMIF_SHA256[:2]}/{MMIF_SHA256}.mmif", MMIF[:-1])

    with pytest.raises(StepFailure, match="damaged"):
        await store.fetch_to(MMIF_SHA256, tmp_path / "input.mmif")

    assert not (tmp_path / "input.mmif").exists()


async def test_download_with_repeated_connection_loss_is_a_failure(
    store: MmifStore, s3: S3Proxy, tmp_path: Path
) -> None:
    data = os.urandom(3_000_000)
    sha256, _ = await store.put_bytes(data)
    s3.cut_after_bytes = 0

    with pytest.raises(StepFailure, match="can't read") as failure:
        await store.fetch_to(sha256, tmp_path / "input.mmif")

    assert failure.value.code is StepErrorCode.STORE_UNAVAILABLE
    assert list(tmp_path.iterdir()) == []


async def test_download_resumes_after_a_connection_loss(
    store: MmifStore, s3: S3Proxy, tmp_path: Path
) -> None:
    data = os.urandom(3_000_000)
    sha256, _ = await store.put_bytes(data)
    s3.cut_after_bytes = 2_000_000

    await store.fetch_to(sha256, tmp_path / "input.mmif")

    assert (tmp_path / "input.mmif").read_bytes() == data
    assert [request.split()[0] for request in s3.requests].count("GET") == 2


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


def test_large_file_is_transferred_in_parts_and_constant_memory(s3: S3Proxy, tmp_path: Path) -> None:
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
    stored = obstore.get(s3.server.bucket, f"{digest.hexdigest()[:2]}/{digest.hexdigest()}.mmif").bytes()
    assert hashlib.sha256(stored).hexdigest() == digest.hexdigest()
    assert sum("partNumber" in request for request in s3.requests) == 21


async def test_server_errors_are_a_failure(store: MmifStore, s3: S3Proxy) -> None:
    s3.broken = True

    for attempt in (store.put_bytes(MMIF), content(store, MMIF_SHA256), store.check()):
        with pytest.raises(StepFailure, match=r"500 Internal Server Error\.$") as failure:
            await attempt
        assert failure.value.code is StepErrorCode.STORE_UNAVAILABLE
        assert failure.value.message.startswith(f"The MMIF store s3://archive/chowda/mmif ({s3.url}) can't ")


async def test_refused_credentials_are_reported_without_showing_them(
    s3: S3Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "wrong-key")
    store = MmifStore.from_url("s3://archive/chowda")

    with pytest.raises(StepFailure) as failure:
        await store.put_bytes(MMIF)

    assert failure.value.message.endswith("it refuses these credentials.")
    assert "wrong-key" not in failure.value.message
    assert ENVIRONMENT["AWS_SECRET_ACCESS_KEY"] not in failure.value.message


async def test_check_fails_without_a_bucket(store: MmifStore) -> None:
    await store.check()

    with pytest.raises(StepFailure, match=r"s3://nowhere .* can't be used"):
        await MmifStore.from_url("s3://nowhere").check()


async def test_unreachable_server_is_a_failure_within_seconds(
    s3: S3Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    store = MmifStore.from_url("s3://archive")

    with pytest.raises(StepFailure) as failure:
        await store.put_bytes(MMIF)

    assert failure.value.code is StepErrorCode.STORE_UNAVAILABLE
    assert "s3://archive (http://127.0.0.1:9) can't write " in failure.value.message
