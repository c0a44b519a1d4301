"""MMIF of many files as one zip, written while it is sent: of a batch run, of batches, of selected MMIF."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any, cast

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.api.services import services_of
from chowda.api.streams import ClosingResponse, begun
from chowda.batches.service import batches_by_id
from chowda.db.database import Database
from chowda.errors import BadUserInput, LimitExceeded
from chowda.ids import Kind, not_found, opaque, require
from chowda.media.mmifs import Result, results_by_id, results_page
from chowda.mmif_file_names import folder_name
from chowda.models import BatchRun
from chowda.runs import batch_outputs
from chowda.storage.mmif_store import MmifStore
from chowda.storage.mmif_zip import ZipEntry, mmif_zip

router = APIRouter()

PAGE = 500
CHOSEN_LIMIT = 2_000
"IDs in one URL. More of them do not fit into a request line everywhere."

Page = Callable[[AsyncSession, int], Awaitable[Sequence[Result]]]
"""Reads the next results after a media file's key."""


@router.get("/batch-runs/{batch_run_id}/mmif.zip")
async def get_batch_run_zip(request: Request, batch_run_id: str) -> Response:
    """The newest good MMIF of each pipeline run, named by GUID. A run without one is omitted."""
    services = services_of(request)
    key = require(Kind.BATCH_RUN, batch_run_id)
    async with services.database.session() as session:
        if await session.get(BatchRun, key) is None:
            raise not_found(Kind.BATCH_RUN, batch_run_id)

    async def page(session: AsyncSession, after: int) -> Sequence[Result]:
        return await results_page(session, key, after, PAGE)

    return await _answer(_paged(services.database, services.store, page), batch_run_id)


@router.get("/batches/{batch_id}/mmif.zip")
async def get_batch_zip(request: Request, batch_id: str) -> Response:
    """For each file of the batch the newest MMIF that apps made in the batch's runs, named by GUID."""
    services = services_of(request)
    key = require(Kind.BATCH, batch_id)
    async with services.database.session() as session:
        if not await batches_by_id(session, [key]):
            raise not_found(Kind.BATCH, batch_id)
    return await _answer(_paged(services.database, services.store, _outputs_of(key)), batch_id)


@router.get("/mmif.zip")
async def get_chosen_zip(request: Request) -> Response:
    """?batch=ID&batch=ID&mmif=ID …: the outputs of the batches, one folder per batch, and these MMIF."""
    services = services_of(request)
    query = request.query_params.multi_items()
    if len(query) > CHOSEN_LIMIT:
        raise LimitExceeded(
            f"The URL has {len(query):,} IDs; at most {CHOSEN_LIMIT:,} are allowed in one zip."
        )
    unknown = next((name for name, _ in query if name not in {"batch", "mmif"}), None)
    if unknown is not None or not query:
        raise BadUserInput(
            f"Use /mmif.zip?batch=ID&batch=ID or ?mmif=ID&mmif=ID{f', not {unknown[:80]}=' if unknown else ''}."
        )
    batch_ids = list(dict.fromkeys(require(Kind.BATCH, id) for name, id in query if name == "batch"))
    mmif_ids = list(dict.fromkeys(require(Kind.MMIF, id) for name, id in query if name == "mmif"))
    async with services.database.session() as session:
        batches = await batches_by_id(session, batch_ids)
        chosen = await results_by_id(session, mmif_ids)
    for kind, keys, found in ((Kind.BATCH, batch_ids, batches), (Kind.MMIF, mmif_ids, chosen)):
        missing = next((key for key in keys if key not in found), None)
        if missing is not None:
            raise not_found(kind, opaque(kind, missing))

    async def entries() -> AsyncGenerator[ZipEntry, Any]:
        for key in batch_ids:
            folder = folder_name(batches[key].name, opaque(Kind.BATCH, key))
            async with aclosing(
                _paged(services.database, services.store, _outputs_of(key), folder)
            ) as of_batch:
                async for entry in of_batch:
                    yield entry
        for key in mmif_ids:
            async for entry in _entries(services.store, [chosen[key]], ""):
                yield entry

    return await _answer(entries(), "mmif")


def _outputs_of(batch_id: int) -> Page:
    async def page(session: AsyncSession, after: int) -> Sequence[Result]:
        found = await batch_outputs.read_page(session, batch_id, after, PAGE)
        results = await results_by_id(session, [mmif_id for _, mmif_id in found])
        return [results[mmif_id] for _, mmif_id in found]

    return page


async def _answer(entries: AsyncGenerator[ZipEntry, Any], name: str) -> Response:
    return ClosingResponse(
        await begun(mmif_zip(entries)),
        headers={
            "Content-Type": "application/zip",
            "Content-Disposition": f'attachment; filename="{name}.zip"',
            "Cache-Control": "private, no-store",
        },
    )


async def _paged(
    database: Database, store: MmifStore, page: Page, folder: str = ""
) -> AsyncGenerator[ZipEntry, Any]:
    """Entries page by page, so that no session is held while a slow client reads."""
    after = 0
    while True:
        async with database.session() as session:
            results = await page(session, after)
        if not results:
            return
        async for entry in _entries(store, results, folder):
            yield entry
        after = results[-1].media_file_id


async def _entries(store: MmifStore, results: Sequence[Result], folder: str) -> AsyncIterator[ZipEntry]:
    for result in results:
        async with aclosing(cast("AsyncGenerator[bytes, Any]", store.open(result.sha256))) as chunks:
            yield ZipEntry(result.guid, chunks, result.size_bytes, folder)
