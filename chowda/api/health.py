"""/healthz: this process is alive. /readyz: it can do its work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import structlog
from fastapi import APIRouter, Request, Response
from sqlalchemy import text
from starlette.responses import JSONResponse

from chowda.api.services import Services, services_of

router = APIRouter()
log = structlog.get_logger(__name__)

CHECK_SECONDS = 3.0


class NotReadyError(Exception):
    """A check failed. The message is shown to anyone, so it names no address and no path."""


@router.get("/healthz")
async def healthz() -> Response:
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """200 when every check passes, else 503 with the reason of each check that fails."""
    services = services_of(request)
    names = ("database", "mmifStore", "hub")
    results = await asyncio.gather(
        _outcome(names[0], _database(services)),
        _outcome(names[1], services.store.check()),
        _outcome(names[2], _hub(services)),
    )
    ready = all(result == "ok" for result in results)
    body = {"status": "ready" if ready else "not ready", "checks": dict(zip(names, results, strict=True))}
    return JSONResponse(body, status_code=200 if ready else 503)


async def _outcome(name: str, check: Awaitable[None]) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check
    except NotReadyError as exc:
        return str(exc)
    except TimeoutError:
        return f"no answer within {CHECK_SECONDS:.0f} s"
    except Exception as exc:
        log.warning("readyz.failed", check=name, error=str(exc))
        return "not available; see the log of the API"
    return "ok"


async def _database(services: Services) -> None:
    async with services.database.session() as session:
        migrated = await session.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
        revision = await session.scalar(text("SELECT version_num FROM alembic_version")) if migrated else None
    if revision != services.schema_revision:
        raise NotReadyError(
            f"the tables are at {revision or 'no migration'}, this program needs {services.schema_revision}: "
            "run `chowda migrate`"
        )


async def _hub(services: Services) -> None:
    if not services.hub.connected:
        raise NotReadyError("the connection that listens for changes is reconnecting")
