"""A real S3 server, SeaweedFS, with one bucket: one per test session (and per xdist worker), emptied for each test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import obstore
import pytest
from obstore.exceptions import BaseError
from obstore.store import S3Store
from server_process import ServerProcess, free_port

BUCKET = "archive"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "tester",
    "AWS_SECRET_ACCESS_KEY": "hush-hush",
    "AWS_REGION": "us-east-1",
}
"The credentials of the only account, for the server and its clients."
SERVICES = ("master", "volume", "filer", "s3", "admin")
SWITCHED_OFF = {
    "master.telemetry": "false",  # it reports to the SeaweedFS project
    "admin.ui": "false",
    "webdav": "false",
    "s3.port.iceberg": "0",
    "s3.port.lance": "0",
    "s3.autoCreateBucket": "false",
}


class S3Server(ServerProcess):
    """Checks signatures. `bucket` accesses the content directly, without a proxy."""

    def __init__(self) -> None:
        super().__init__()
        self._ports = {service: (free_port(), free_port()) for service in SERVICES}
        self._ports["s3"] = (self.port, free_port())
        self.bucket = S3Store(
            BUCKET,
            config={"endpoint": self.url, **{name.lower(): value for name, value in ENVIRONMENT.items()}},
            client_options={"allow_http": True},
            retry_config={"max_retries": 0},
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stored(self) -> list[str]:
        """Return the keys in the bucket, sorted."""
        return sorted(each["path"] for page in obstore.list(self.bucket) for each in page)

    def empty(self) -> None:
        for key in self.stored():
            obstore.delete(self.bucket, key)

    def answers(self) -> bool:
        """Return whether the bucket is writable. It is ready a moment after the port."""
        with suppress(BaseError, OSError):
            obstore.put(self.bucket, "started", b"started")
            obstore.delete(self.bucket, "started")
            return True
        return False

    def kill(self) -> None:
        super().kill()
        for service, (
            _,
            grpc,
        ) in self._ports.items():  # SeaweedFS has no setting for the directory of these sockets
            Path(f"/tmp/seaweedfs-{service}-grpc-{grpc}.sock").unlink(missing_ok=True)

    def _start(self) -> subprocess.Popen[bytes]:
        options = {"dir": str(self.directory), "ip": "127.0.0.1", "ip.bind": "127.0.0.1", "bucket": BUCKET}
        options |= {"master.volumeSizeLimitMB": "64"} | SWITCHED_OFF
        for service, (http, grpc) in self._ports.items():
            options |= {f"{service}.port": str(http), f"{service}.port.grpc": str(grpc)}
        for service in ("s3", "filer"):
            options[f"{service}.localSocket"] = str(self.directory / f"{service}.sock")
        program = Path(sys.executable).parent / "weed"
        return self._spawn(
            [program, "mini", *(f"-{name}={value}" for name, value in options.items())], **ENVIRONMENT
        )


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server
