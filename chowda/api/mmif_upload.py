"""POST /mmif?guid=GUID: a MMIF made elsewhere becomes the newest of its media file."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from chowda.api.answers import failure, refuse_encoded
from chowda.api.services import actor_claim, public_address, services_of
from chowda.audit import AuditLog
from chowda.clams.answer import check_upload
from chowda.clams.mmif import MediaDocument
from chowda.db.database import Database
from chowda.enums import DocumentType
from chowda.errors import BadUserInput, ErrorCode, Hint, LimitExceeded, NotFound
from chowda.guid_rule import GuidRule
from chowda.ids import Kind, opaque
from chowda.media.files import documents_of, find_media_files
from chowda.media.guid_lookup import stored_guids
from chowda.media.mmifs import add_upload
from chowda.storage.receive import ReceivedFile, receive

router = APIRouter()

CONTENT_TYPES = ("application/json", "application/octet-stream")
"Not the types that a page of another site can send without a preflight."


@router.post("/mmif")
async def post_mmif(request: Request) -> Response:
    services = services_of(request)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in CONTENT_TYPES:
        message = f"Send the MMIF with the header Content-Type: {CONTENT_TYPES[0]}."
        return failure(request.scope, 415, ErrorCode.BAD_USER_INPUT, message)
    refuse_encoded(request.headers)
    guid = request.query_params.get("guid")
    if not guid:
        raise BadUserInput("The request has no GUID. Send the MMIF to /mmif?guid=GUID.")
    _refuse_announced(request, services.settings.mmif_limit_bytes)
    rule = GuidRule.parse(services.settings.guid_rule)
    guid, media_file_id, documents = await _media_file(services.database, guid, rule)

    received = await receive(request.stream(), services.settings.work_dir, services.settings.mmif_limit_bytes)
    try:
        await asyncio.to_thread(check_upload, received.path, guid, documents)
        await services.store.put_file(received.path, received.sha256, received.size_bytes)
    finally:
        received.path.unlink(missing_ok=True)
    audit_log = AuditLog(services.notifier, actor_claim(request))
    mmif_id = await _keep(services.database, audit_log, media_file_id, received)

    url = f"{public_address(request)}/mmif/{mmif_id}"
    body = {"id": mmif_id, "guid": guid, "sha256": received.sha256, "size": received.size_bytes, "url": url}
    return JSONResponse(body, status_code=201, headers={"Location": url})


def _refuse_announced(request: Request, limit_bytes: int) -> None:
    """Raise LimitExceeded for an announced size over the limit, before the body is received.

    A client that waits for 100 Continue then sends nothing.
    """
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > limit_bytes:
        raise LimitExceeded(
            f"The MMIF has {int(announced):,} bytes; the limit is {limit_bytes:,} (CHOWDA_MMIF_LIMIT_BYTES)."
        )


async def _media_file(database: Database, guid: str, rule: GuidRule) -> tuple[str, int, list[MediaDocument]]:
    """The stored GUID, the key and the documents. Raises NotFound."""
    async with database.session() as session:
        [guid] = await stored_guids(session, [guid], rule)
        media_file = (await find_media_files(session, [guid])).get(guid)
        if media_file is None:
            raise NotFound(
                f"There is no media file with the GUID {guid[:80]!r}.",
                {"guid": guid[:80], "kind": Kind.MEDIA_FILE.name},
                hint=Hint.ADD_MEDIA_FILE,
            )
        documents = (await documents_of(session, [media_file.id]))[media_file.id]
    return guid, media_file.id, [(DocumentType(d.type), d.location, d.mime) for d in documents]


async def _keep(database: Database, audit_log: AuditLog, media_file_id: int, received: ReceivedFile) -> str:
    """Commit the row that names the bytes, which are safe in the store already. Returns the MMIF's ID."""
    async with database.session() as session:
        mmif = await add_upload(session, media_file_id, received.sha256, received.size_bytes)
        await audit_log.record(
            session, "uploadMmif", Kind.MMIF, mmif.id, sha256=received.sha256, size=received.size_bytes
        )
    return opaque(Kind.MMIF, mmif.id)
