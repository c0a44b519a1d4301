"""Assembles the API: takes the settings, returns an ASGI app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.routing import Route, WebSocketRoute

from chowda.api import health, media_import, mmif, mmif_upload, mmif_zips, web_client
from chowda.api import metrics as metrics_endpoint
from chowda.api.answers import GRAPHQL_PATH, answer_failure
from chowda.api.edge import Edge
from chowda.api.graphql_endpoint import GraphQLEndpoint
from chowda.api.guard import Guard, own_origins
from chowda.api.metrics import Metrics
from chowda.api.services import Services, actor_claim, public_address, services_of
from chowda.config import Settings
from chowda.data_dir import make_data_dir
from chowda.db.database import Database
from chowda.db.migrate import head_revision
from chowda.errors import ChowdaError, ConfigurationError, StepFailure
from chowda.pubsub.hub import Hub
from chowda.pubsub.notifier import Notifier
from chowda.schema import schema
from chowda.schema.context import Context
from chowda.storage.mmif_store import MmifStore

POOL_SIZE = 10
"Database connections of the API. A request or an event of a subscription holds one for a few milliseconds."
WAIT_SECONDS = 30.0
"How long to wait for a connection: a hundred subscribers to a large batch take turns. Then it is an error."
LOCK_SECONDS = 20
"How long to wait for a lock. Workers and mutations hold theirs for less."

PLAN_CACHE_MODE = "force_custom_plan"
"Plans lists for the values of their filters: rare values are looked up, common ones scanned in sort order."


def create_app(settings: Settings) -> FastAPI:
    """The API as an ASGI app. It opens its connections when it starts to serve and closes them when it stops.

    Raises ConfigurationError for settings that it cannot serve with.
    """
    database_url = settings.require_database_url()
    schema_revision = head_revision()
    if schema_revision is None:
        raise ConfigurationError("This installation of Chowda has no migrations; install it again.")
    make_data_dir(settings.work_dir)
    store = MmifStore.from_url(settings.store_url)
    stopping = asyncio.Event()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(
            database_url,
            name="chowda-api",
            pool_size=POOL_SIZE,
            wait_seconds=WAIT_SECONDS,
            options={"lock_timeout": f"{LOCK_SECONDS}s", "plan_cache_mode": PLAN_CACHE_MODE},
        )
        hub = Hub(database_url, database=database)
        notifier = Notifier(database, settings.flush_seconds)
        app.state.services = Services(settings, database, hub, notifier, store, schema_revision, stopping)
        await hub.start()
        sending = asyncio.create_task(notifier.run())
        try:
            yield
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending
            with suppress(Exception):  # the last changes; subscribers also poll
                async with asyncio.timeout(1):
                    await notifier.flush()
            await hub.stop()
            await database.close()

    metrics = Metrics()
    app = FastAPI(
        title="Chowda",
        lifespan=lifespan,
        docs_url=None,  # these pages load scripts from a CDN
        redoc_url=None,
        openapi_url=None,
        middleware=[
            Middleware(Edge, requests=metrics.requests, seconds=metrics.seconds),
            Middleware(Guard, settings=settings),
        ],
        exception_handlers=dict.fromkeys((ChowdaError, StepFailure, HTTPException), answer_failure),
    )
    app.state.metrics = metrics
    app.state.stopping = stopping
    for endpoints in (health, media_import, metrics_endpoint, mmif, mmif_upload, mmif_zips, web_client):
        app.include_router(endpoints.router)
    graphql = GraphQLEndpoint(schema, _context_of, stopping, own_origins(settings))
    app.router.routes += [Route(GRAPHQL_PATH, graphql), WebSocketRoute(GRAPHQL_PATH, graphql)]
    app.router.default = web_client.elsewhere
    return app


def _context_of(connection: HTTPConnection) -> Context:
    services = services_of(connection)
    return Context(
        settings=services.settings,
        database=services.database,
        hub=services.hub,
        notifier=services.notifier,
        mmif_store=services.store,
        base_url=public_address(connection),
        actor_claim=actor_claim(connection),
    )
