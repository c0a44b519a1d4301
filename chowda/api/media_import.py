"""POST /media-files/import: a CSV or JSON Lines file of any length, in one transaction.

A body is received whole before anything is read: so no transaction waits for the network. The answer is sent
while rows are read, as a JSON object on each line: {"progress": {"rows"}} now and then, {"badRow": {line, guid,
reason}} for each, and last {"result": {…}} or {"error": {code, message}}; without a last line nothing was kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from chowda.api.answers import failure
from chowda.api.services import actor_claim, services_of
from chowda.api.streams import ClosingResponse
from chowda.audit import AuditLog
from chowda.db.database import Database
from chowda.errors import BadUserInput, ChowdaError, ErrorCode, LimitExceeded
from chowda.guid_rule import GuidRule
from chowda.ids import Kind
from chowda.media.bulk_import import Imported, ImportOptions, import_rows
from chowda.media.document_types import document_type_named
from chowda.media.import_rows import Defaults, RowFormat, format_of, read_rows
from chowda.storage.mmif_store import receive

router = APIRouter()

LIMIT_BYTES = 1024**3
CONTENT_TYPES = {
    "text/csv": RowFormat.CSV,
    "application/x-ndjson": RowFormat.JSONL,
    "application/jsonl": RowFormat.JSONL,
    "application/octet-stream": None,
}
"None of those that a foreign page can send without the browser asking us first. None: see how it begins."
PARAMETERS = frozenset({"atomic", "update", "location", "type", "collection"})
YES_OR_NO = {"true": True, "1": True, "": True, "false": False, "0": False}


@router.post("/media-files/import")
async def post_media_files(request: Request) -> Response:
    services = services_of(request)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in CONTENT_TYPES:
        message = f"Send the rows with a header Content-Type: {' or '.join(CONTENT_TYPES)}."
        return failure(request.scope, 415, ErrorCode.BAD_USER_INPUT, message)
    options, defaults = _asked(request, GuidRule.parse(services.settings.guid_rule))
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > LIMIT_BYTES:
        raise _too_large()
    try:
        received = await receive(request.stream(), services.settings.work_dir, LIMIT_BYTES)
    except LimitExceeded:
        raise _too_large() from None
    trail = AuditLog(services.notifier, actor_claim(request))
    lines = _import(services.database, trail, received.path, CONTENT_TYPES[content_type], defaults, options)
    return ClosingResponse(lines, headers={"Content-Type": "application/x-ndjson"})


def _too_large() -> LimitExceeded:
    return LimitExceeded(
        f"More than {LIMIT_BYTES // 1024**2} MB can't be imported at once. Send it in parts."
    )


def _asked(request: Request, rule: GuidRule) -> tuple[ImportOptions, Defaults]:
    given = request.query_params
    unknown = sorted(set(given) - PARAMETERS)
    if unknown:
        raise BadUserInput(
            f"There is no parameter {unknown[0][:80]!r}; there are {', '.join(sorted(PARAMETERS))}."
        )
    kind = document_type_named(given["type"]) if "type" in given else None
    if "type" in given and kind is None:
        raise BadUserInput(f"type is {given['type'][:80]!r}; it is one of VIDEO, AUDIO, TEXT, IMAGE.")
    options = ImportOptions(atomic=_yes_or_no(given, "atomic"), update=_yes_or_no(given, "update"))
    return options, Defaults(rule, given.get("location"), kind, tuple(given.getlist("collection")))


def _yes_or_no(given: Any, name: str) -> bool:
    told = given.get(name, "false").lower()
    if told not in YES_OR_NO:
        raise BadUserInput(f"{name} is {told[:80]!r}; it is true or false.")
    return YES_OR_NO[told]


async def _import(
    database: Database,
    trail: AuditLog,
    path: Path,
    form: RowFormat | None,
    defaults: Defaults,
    options: ImportOptions,
) -> AsyncGenerator[bytes, Any]:
    progress: asyncio.Queue[int | None] = asyncio.Queue()

    async def run() -> Imported:
        try:
            with path.open("rb") as file:
                head = await asyncio.to_thread(file.read, 4096)
                file.seek(0)
                async with database.session() as session:
                    rows = read_rows(file, form or format_of(head), defaults)
                    imported = await import_rows(session, rows, options, progress.put_nowait)
                    if imported.kept:
                        await trail.record(session, "importMediaFiles", Kind.MEDIA_FILE, **imported.counts)
                    return imported
        finally:
            progress.put_nowait(None)

    task = asyncio.create_task(run())
    try:
        while (rows := await progress.get()) is not None:
            yield _line({"progress": {"rows": rows}})
        try:
            result = await task
        except ChowdaError as exc:
            yield _line({"error": {"code": exc.code, "message": exc.message}})
            return
        for bad in result.bad_rows:
            yield _line({"badRow": {"line": bad.line, "guid": bad.guid, "reason": bad.reason}})
        yield _line({"result": told(result)})
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(path.unlink, missing_ok=True)


def told(result: Imported) -> dict[str, object]:
    """As clients see it, but for the bad rows themselves."""
    return {
        "rows": result.rows,
        "added": result.added,
        "updated": result.updated,
        "unchanged": result.unchanged,
        "addedToCollections": result.added_to_collections,
        "collectionsCreated": result.collections_created,
        "badRows": len(result.bad_rows),
        "kept": result.kept,
    }


def _line(value: object) -> bytes:
    return msgspec.json.encode(value) + b"\n"
