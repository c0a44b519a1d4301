"""Zips of many MMIF, as the server makes them while it sends them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote, urlencode

from chowda.client.errors import BadUserInput
from chowda.client.files import CHUNK_BYTES, written_whole
from chowda.client.session import Session


def address(batch_run: str | None, batches: Sequence[str], mmifs: Sequence[str]) -> str:
    """Of one batch run, of one batch, or of several batches and MMIFs. Raises BadUserInput."""
    if batch_run is not None and not batches and not mmifs:
        return f"/batch-runs/{quote(batch_run, safe='')}/mmif.zip"
    if batch_run is not None or not (batches or mmifs):
        raise BadUserInput("A zip is of a batch run, or of batches and MMIFs: say which.")
    if len(batches) == 1 and not mmifs:
        return f"/batches/{quote(batches[0], safe='')}/mmif.zip"
    asked = [("batch", id) for id in batches] + [("mmif", id) for id in mmifs]
    return f"/mmif.zip?{urlencode(asked)}"


async def download(
    session: Session, address: str, path: Path, on_bytes: Callable[[int], object] | None
) -> int:
    """To `path`, which appears when the zip is whole; how many bytes it has."""
    size_bytes = 0
    with session.http_failures():
        async with session.http.stream("GET", address) as response:
            await session.raise_refusal(response)
            with written_whole(path) as file:
                async for chunk in response.aiter_bytes(CHUNK_BYTES):
                    file.write(chunk)
                    size_bytes += len(chunk)
                    if on_bytes:
                        on_bytes(len(chunk))
    return size_bytes
