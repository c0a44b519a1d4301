"""The services that endpoints use: created once per process, reached through the request."""

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
    "Set when the process stops: it ends streams that have no end of their own."


def services_of(connection: HTTPConnection) -> Services:
    services: Services = connection.app.state.services
    return services


def public_address(connection: HTTPConnection) -> str:
    """The URL at which the client reaches Chowda, without a trailing slash: CHOWDA_PUBLIC_URL, else the request's."""
    settings = services_of(connection).settings
    if settings.public_url:
        return settings.public_url.rstrip("/")
    scheme = {"ws": "http", "wss": "https"}.get(connection.url.scheme, connection.url.scheme)
    return f"{scheme}://{connection.url.netloc}"


def actor_claim(connection: HTTPConnection) -> str | None:
    """The actor that the client claims. It is not verified and grants nothing: the audit log shows it as a claim."""
    return readable_claim(connection.headers.get("x-chowda-actor"))
