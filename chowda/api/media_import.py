"""POST /media-files/import: a CSV or JSON Lines file of any length, in one transaction.

The whole body is received before a row is read, so no transaction waits for the network. The response is sent
while rows are read, one JSON object per line: {"progress": {"rows"}} from time to time, {"badRow": {line, guid,
reason}} for each bad row, and last {"result": {…}} or {"error": {code, message}}.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.datastructures import QueryParams

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
from chowda.storage.receive import receive

router = APIRouter()

LIMIT_BYTES = 1024**3
CONTENT_TYPES = {
    "text/csv": RowFormat.CSV,
    "application/x-ndjson": RowFormat.JSONL,
    "application/jsonl": RowFormat.JSONL,
    "application/octet-stream": None,
}
"Not the types that a page of another site can send without a preflight. None: detected from the first bytes."
PARAMETERS = frozenset({"atomic", "update", "location", "type", "collection"})
YES_OR_NO = {"true": True, "1": True, "": True, "false": False, "0": False}


@router.post("/media-files/import")
async def post_media_files(request: Request) -> Response:
    services = services_of(request)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in CONTENT_TYPES:
        message = f"Send the rows with a header Content-Type: {' or '.join(CONTENT_TYPES)}."
        return failure(request.scope, 415, ErrorCode.BAD_USER_INPUT, message)
    options, defaults = _parameters(request, GuidRule.parse(services.settings.guid_rule))
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > LIMIT_BYTES:
        raise _too_large()
    try:
        received = await receive(request.stream(), services.settings.work_dir, LIMIT_BYTES)
    except LimitExceeded:
        raise _too_large() from None
    audit_log = AuditLog(services.notifier, actor_claim(request))
    lines = _import(
        services.database, audit_log, received.path, CONTENT_TYPES[content_type], defaults, options
    )
    return ClosingResponse(lines, headers={"Content-Type": "application/x-ndjson"})


def _too_large() -> LimitExceeded:
    return LimitExceeded(f"The file is larger than {LIMIT_BYTES // 1024**2} MB. Import it in parts.")


def _parameters(request: Request, rule: GuidRule) -> tuple[ImportOptions, Defaults]:
    query = request.query_params
    unknown = sorted(set(query) - PARAMETERS)
    if unknown:
        raise BadUserInput(
            f"There is no parameter {unknown[0][:80]!r}. Use one of {', '.join(sorted(PARAMETERS))}."
        )
    kind = document_type_named(query["type"]) if "type" in query else None
    if "type" in query and kind is None:
        raise BadUserInput(f"type is {query['type'][:80]!r}. Use VIDEO, AUDIO, TEXT or IMAGE.")
    options = ImportOptions(atomic=_yes_or_no(query, "atomic"), update=_yes_or_no(query, "update"))
    return options, Defaults(rule, query.get("location"), kind, tuple(query.getlist("collection")))


def _yes_or_no(query: QueryParams, name: str) -> bool:
    value = query.get(name, "false").lower()
    if value not in YES_OR_NO:
        raise BadUserInput(f"{name} is {value[:80]!r}. Use true or false.")
    return YES_OR_NO[value]


async def _import(
    database: Database,
    audit_log: AuditLog,
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
                        await audit_log.record(
                            session, "importMediaFiles", Kind.MEDIA_FILE, **imported.counts
                        )
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
        yield _line({"result": summary(result)})
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(path.unlink, missing_ok=True)


def summary(result: Imported) -> dict[str, object]:
    """The result as clients read it, without the bad rows themselves."""
    return {
        "rows": result.rows,
        "added": result.added,
        "updated": result.updated,
        "unchanged": result.unchanged,
        "addedToCollections": result.added_to_collections,
        "collectionsCreated": result.collections_created,
        "badRows": len(result.bad_rows),
        "kept": result.kept,
        "ignoredColumns": result.ignored_columns,
    }


def _line(value: object) -> bytes:
    return msgspec.json.encode(value) + b"\n"
