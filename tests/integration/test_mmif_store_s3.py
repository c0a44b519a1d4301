"""The store on S3: obstore's real client against a small server that speaks the calls it makes."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import formatdate
from itertools import count
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from chowda.errors import StepErrorCode, StepFailure
from chowda.mmif_store import PART_BYTES, MmifStore

MMIF = b'{"metadata": {"mmif": "http://mmif.clams.ai/1.1.0"}, "documents": [], "views": []}'
MMIF_SHA256 = hashlib.sha256(MMIF).hexdigest()
SECRET = "hush-hush"


class FakeS3:
    """One bucket, `archive`, as files in a directory. Knows the access key `tester`, not the signature."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.calls: list[str] = []
        self.broken = False
        self.cut_short = False
        self._uploads = count(1)
        app = Starlette(routes=[Route("/{bucket}{key:path}", self.handle, methods=METHODS)])
        self._server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> FakeS3:
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)
        self.url = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    def stored(self) -> list[str]:
        return sorted(
            str(path.relative_to(self.directory)) for path in self.directory.rglob("*") if path.is_file()
        )

    async def handle(self, request: Request) -> Response:
        key = request.path_params["key"].strip("/")
        query = request.query_params
        self.calls.append(" ".join([request.method, key, *sorted(query)]))
        if self.broken:
            return Response("<Error><Code>InternalError</Code></Error>", 500)
        if "Credential=tester/" not in request.headers.get("authorization", ""):
            return Response("<Error><AWSAccessKeyId>stranger</AWSAccessKeyId></Error>", 403)
        if request.path_params["bucket"] != "archive":
            return Response("<Error><Code>NoSuchBucket</Code></Error>", 404)
        path = self.directory / key
        match request.method:
            case "GET" if "list-type" in query:
                return Response(self._list(query.get("prefix", "")), media_type="application/xml")
            case "GET" | "HEAD":
                return self._get(path, request.method)
            case "DELETE":
                path.unlink(missing_ok=True)
                return Response(status_code=204)
            case "POST" if "uploads" in query:
                return Response(UPLOAD.format(next(self._uploads)), media_type="application/xml")
            case "POST":
                return self._join(path, query["uploadId"])
            case _:
                return await self._put(request, path)

    def _list(self, prefix: str) -> str:
        found = [path for path in self.directory.rglob("*.mmif") if path.is_file()]
        keys = {str(path.relative_to(self.directory)): path.stat() for path in found}
        listed = [
            f"<Contents><Key>{key}</Key><Size>{stat.st_size}</Size>"
            f"<LastModified>{datetime.fromtimestamp(stat.st_mtime, UTC).isoformat()}</LastModified>"
            '<ETag>"e"</ETag></Contents>'
            for key, stat in sorted(keys.items())
            if key.startswith(prefix)
        ]
        return LISTING.format(count=len(listed), contents="".join(listed))

    def _get(self, path: Path, method: str) -> Response:
        if not path.is_file():
            return Response("<Error><Code>NoSuchKey</Code></Error>" if method == "GET" else "", 404)
        if method == "HEAD":
            size = str(path.stat().st_size)
            return Response(
                headers={
                    "content-length": size,
                    "etag": '"e"',
                    "last-modified": formatdate(path.stat().st_mtime, usegmt=True),
                }
            )
        if self.cut_short:
            half = path.read_bytes()[:-1]
            headers = {
                "content-length": str(len(half)),
                "etag": '"e"',
                "last-modified": formatdate(path.stat().st_mtime, usegmt=True),
            }
            return Response(half, headers=headers)
        return FileResponse(path)

    async def _put(self, request: Request, path: Path) -> Response:
        query = request.query_params
        target = path
        if "partNumber" in query:
            target = path.with_name(f".{query['uploadId']}-{int(query['partNumber']):05}")
        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.with_name(target.name + ".half")
        try:
            with half.open("wb") as file:
                async for chunk in request.stream():
                    file.write(chunk)
        except ClientDisconnect:
            half.unlink()
            return Response(status_code=400)
        half.replace(target)
        return Response(headers={"etag": f'"{target.stat().st_ino}"'})

    def _join(self, path: Path, upload: str) -> Response:
        parts = sorted(path.parent.glob(f".{upload}-*"))
        with path.open("wb") as whole:
            for part in parts:
                with part.open("rb") as file:
                    shutil.copyfileobj(file, whole)
                part.unlink()
        return Response(JOINED, media_type="application/xml")


METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE"]
LISTING = (
    '<?xml version="1.0"?><ListBucketResult><Name>archive</Name><IsTruncated>false</IsTruncated>'
    "<KeyCount>{count}</KeyCount>{contents}</ListBucketResult>"
)
UPLOAD = "<InitiateMultipartUploadResult><UploadId>{}</UploadId></InitiateMultipartUploadResult>"
JOINED = '<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>'


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeS3]:
    with FakeS3(tmp_path / "bucket") as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        monkeypatch.setenv("AWS_REGION", "us-east-1")
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
from chowda.mmif_store import MmifStore

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
