"""A small server that speaks the calls that obstore's S3 client makes."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def fake_s3(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeS3]:
    """With the environment in which a store finds it."""
    with FakeS3(directory) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        yield server
