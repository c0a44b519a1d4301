"""What the routes work with: made once per process, reached through the request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from chowda.audit import readable_claim
from chowda.config import Settings
from chowda.db.database import Database
from chowda.pubsub.hub import Hub
from chowda.pubsub.notifier import Notifier
from chowda.storage.mmif_store import MmifStore


@dataclass(frozen=True)
class Services:
    settings: Settings
    database: Database
    hub: Hub
    notifier: Notifier
    store: MmifStore
    schema_revision: str
    "The migration that this program was written for."
    stopping: asyncio.Event
    "Set when the process is told to end: streams without an end of their own end then."


def services_of(connection: HTTPConnection) -> Services:
    services: Services = connection.app.state.services
    return services


def public_address(connection: HTTPConnection) -> str:
    """Where the client can reach this Chowda, without a slash at the end: the setting, else the request's."""
    settings = services_of(connection).settings
    if settings.public_url:
        return settings.public_url.rstrip("/")
    scheme = {"ws": "http", "wss": "https"}.get(connection.url.scheme, connection.url.scheme)
    return f"{scheme}://{connection.url.netloc}"


def actor_claim(connection: HTTPConnection) -> str | None:
    """Who acts, as the client says. It is no proof and gives no right: the audit shows it beside the account."""
    return readable_claim(connection.headers.get("x-chowda-actor"))
