"""GET /mmif/{id} and GET /batch-runs/{id}/mmif.zip: bytes from the store, in chunks, never through GraphQL."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, cast

from fastapi import APIRouter, Request, Response

from chowda.db import Database
from chowda.errors import StepErrorCode, StepFailure
from chowda.ids import Kind, not_found, require
from chowda.mmif_store import MmifStore
from chowda.mmif_zip import mmif_zip
from chowda.mmifs import find_mmif, results_page
from chowda.models import BatchRun
from chowda.routes.services import services_of
from chowda.routes.streams import ClosingResponse, begun

router = APIRouter()


@router.api_route("/mmif/{mmif_id}", methods=["GET", "HEAD"])
async def get_mmif(request: Request, mmif_id: str) -> Response:
    services = services_of(request)
    async with services.database.session() as session:
        mmif = await find_mmif(session, require(Kind.MMIF, mmif_id))
    if mmif is None:
        raise not_found(Kind.MMIF, mmif_id)
    etag = f'"{mmif.sha256}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if _names(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    headers |= {"Content-Length": str(mmif.size_bytes), "Content-Type": "application/json"}
    if request.method == "HEAD":
        return Response(headers=headers)
    there = await services.store.size(mmif.sha256)
    if there != mmif.size_bytes:
        raise StepFailure(
            StepErrorCode.STORE_UNAVAILABLE,
            f"{mmif_id} ({mmif.sha256}) should have {mmif.size_bytes} bytes; the store has {there}.",
        )
    return ClosingResponse(await begun(services.store.open(mmif.sha256)), headers=headers)


def _names(if_none_match: str | None, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return etag in tags or tags == ["*"]


@router.get("/batch-runs/{batch_run_id}/mmif.zip")
async def get_batch_run_zip(request: Request, batch_run_id: str) -> Response:
    """The newest good MMIF of each pipeline run, named by GUID. A run without any yet is left out."""
    services = services_of(request)
    key = require(Kind.BATCH_RUN, batch_run_id)
    async with services.database.session() as session:
        if await session.get(BatchRun, key) is None:
            raise not_found(Kind.BATCH_RUN, batch_run_id)
    chunks = mmif_zip(_results(services.database, services.store, key))
    return ClosingResponse(
        await begun(chunks),
        headers={
            "Content-Type": "application/zip",
            "Content-Disposition": f'attachment; filename="{batch_run_id}.zip"',
            "Cache-Control": "private, no-store",
        },
    )


async def _results(
    database: Database, store: MmifStore, batch_run_id: int
) -> AsyncGenerator[tuple[str, AsyncIterator[bytes], int], Any]:
    """Page by page, so that no session is held while a slow client takes what there is."""
    after = 0
    while True:
        async with database.session() as session:
            page = await results_page(session, batch_run_id, after)
        if not page:
            return
        for result in page:
            async with aclosing(cast("AsyncGenerator[bytes, Any]", store.open(result.sha256))) as chunks:
                yield result.guid, chunks, result.size_bytes
        after = page[-1].media_file_id
