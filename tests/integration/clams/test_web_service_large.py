"""A large MMIF goes to an app and back in constant memory."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from peak_memory import SMAPS, Peak

from chowda.clams.metadata_request import fetch_metadata
from chowda.clams.mmif import initial_mmif, outline
from chowda.clams.runtimes import AppCall
from chowda.clams.runtimes.web_service import run
from chowda.enums import DocumentType
from chowda.errors import StepErrorCode, StepFailure

MMIF_BYTES = 48 << 20
ALLOWED_BYTES = 16 << 20


@pytest.fixture
def endpoint() -> Iterator[str]:
    """A fake app in its own process, because it holds the MMIF in memory."""
    command = [sys.executable, "-m", "tests.fake_clams", "--annotations", "100"]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def small_mmif() -> bytes:
    return initial_mmif("cpb-aacip-1", [(DocumentType.VIDEO, "/data/a.mp4", None)], "1.0.5")


def write_large(path: Path) -> None:
    """Write one view with many annotations in pieces, without holding it in memory."""
    start, end = small_mmif().split(b'"views": []')
    annotation = (
        b'{"@type": "http://mmif.clams.ai/vocabulary/TimeFrame/v1", "properties": {"id": "a", "label": "%s"}}'
    )
    piece = annotation % ("Bänder " * 100).encode()
    with path.open("wb") as file:
        file.write(start + b'"views": [{"id": "v_0", "metadata": {"app": "http://x/y"}, "annotations": [')
        for _ in range(MMIF_BYTES // len(piece)):
            file.write(piece + b", ")
        file.write(piece + b"]}]" + end)


async def call_of(endpoint: str, path: Path) -> AppCall:
    return AppCall(
        endpoint=endpoint,
        metadata=(await fetch_metadata(endpoint))[0],
        parameters={},
        request_id="step-1",
        input_path=path,
        input_outline=asyncio.ensure_future(asyncio.to_thread(outline, path)),
        output_path=path.with_suffix(".out"),
        timeout_seconds=100,
        size_limit_bytes=1 << 30,
    )


@pytest.mark.skipif(not SMAPS.exists(), reason="memory is read from /proc")
async def test_large_mmif_needs_constant_memory(endpoint: str, tmp_path: Path) -> None:
    path = tmp_path / "in.mmif"
    write_large(path)
    call = await call_of(endpoint, path)
    with Peak() as peak:
        answer = await run(call, lambda percent: None)
    assert answer.size_bytes > MMIF_BYTES
    assert peak.growth < ALLOWED_BYTES, f"{peak.growth:,} bytes"
    with answer.path.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == answer.sha256


@pytest.mark.skipif(not SMAPS.exists(), reason="memory is read from /proc")
async def test_compressed_answer_is_decompressed_in_pieces(endpoint: str, tmp_path: Path) -> None:
    """64 MiB of spaces fit into one compressed chunk from the network, which must not be decompressed at once."""
    path = tmp_path / "in.mmif"
    path.write_bytes(small_mmif())
    call = await call_of(endpoint, path)
    async with httpx.AsyncClient() as client:
        command = {"behave": [{"kind": "gzip_bomb", "size_bytes": 64 << 20}]}
        await client.post(f"{endpoint}/control", json=command)
    with Peak() as peak, pytest.raises(StepFailure) as caught:
        await run(call, lambda percent: None)
    assert caught.value.code is StepErrorCode.INVALID_MMIF
    assert peak.growth < ALLOWED_BYTES, f"{peak.growth:,} bytes"
