"""GET /mmif/{id}: the bytes from the store, or a part of them, in chunks."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from chowda.api.byte_range import requested_range
from chowda.api.services import services_of
from chowda.api.streams import ClosingResponse, begun
from chowda.errors import StepErrorCode, StepFailure
from chowda.ids import Kind, not_found, require
from chowda.media.mmifs import find_mmif

router = APIRouter()


@router.api_route("/mmif/{mmif_id}", methods=["GET", "HEAD"])
async def get_mmif(request: Request, mmif_id: str) -> Response:
    services = services_of(request)
    async with services.database.session() as session:
        mmif = await find_mmif(session, require(Kind.MMIF, mmif_id))
    if mmif is None:
        raise not_found(Kind.MMIF, mmif_id)
    etag = f'"{mmif.sha256}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Accept-Ranges": "bytes"}
    if _matches(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    headers |= {"Content-Length": str(mmif.size_bytes), "Content-Type": "application/json"}
    if request.method == "HEAD":
        return Response(headers=headers)
    part = requested_range(request.headers, etag, mmif.size_bytes)
    if part is not None:
        headers |= {"Content-Length": str(part.size), "Content-Range": part.content_range(mmif.size_bytes)}
    stored_bytes = await services.store.size(mmif.sha256)
    if stored_bytes != mmif.size_bytes:
        raise StepFailure(
            StepErrorCode.STORE_UNAVAILABLE,
            f"{mmif_id} ({mmif.sha256}) should have {mmif.size_bytes} bytes; the store has {stored_bytes}.",
        )
    chunks = services.store.open(mmif.sha256, (part.start, part.end) if part else None)
    return ClosingResponse(await begun(chunks), 206 if part else 200, headers)


def _matches(if_none_match: str | None, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return etag in tags or tags == ["*"]
