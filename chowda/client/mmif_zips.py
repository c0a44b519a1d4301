"""Zips of MMIF files, which the server builds while it sends them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote, urlencode

from chowda.client.errors import BadUserInput
from chowda.client.files import CHUNK_BYTES, atomic_write
from chowda.client.session import Session


def zip_path(batch_run: str | None, batches: Sequence[str], mmifs: Sequence[str]) -> str:
    """The URL path of the zip of one batch run, of one batch, or of several batches and MMIFs.

    Raises BadUserInput for any other combination.
    """
    if batch_run is not None and not batches and not mmifs:
        return f"/batch-runs/{quote(batch_run, safe='')}/mmif.zip"
    if batch_run is not None or not (batches or mmifs):
        raise BadUserInput("Choose the content of the zip: one batch run, or batches and MMIFs.")
    if len(batches) == 1 and not mmifs:
        return f"/batches/{quote(batches[0], safe='')}/mmif.zip"
    parameters = [("batch", id) for id in batches] + [("mmif", id) for id in mmifs]
    return f"/mmif.zip?{urlencode(parameters)}"


async def download_zip(
    session: Session, zip_path: str, path: Path, on_bytes: Callable[[int], object] | None
) -> int:
    """Writes the zip to `path`, which appears when it is complete. Returns its size in bytes."""
    size_bytes = 0
    with session.http_errors():
        async with session.http.stream("GET", zip_path) as response:
            await session.raise_for_error(response)
            with atomic_write(path) as file:
                async for chunk in response.aiter_bytes(CHUNK_BYTES):
                    file.write(chunk)
                    size_bytes += len(chunk)
                    if on_bytes:
                        on_bytes(len(chunk))
    return size_bytes
