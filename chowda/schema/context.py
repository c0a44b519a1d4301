"""What resolvers work with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import strawberry

from chowda.audit import AuditLog
from chowda.config import Settings
from chowda.db.database import Database
from chowda.pubsub.hub import Hub
from chowda.pubsub.notifier import Notifier
from chowda.storage.mmif_store import MmifStore


@dataclass
class Context:
    """One per HTTP request or WebSocket. It holds no session and no loaders: those live as long as an operation."""

    settings: Settings
    database: Database
    hub: Hub
    notifier: Notifier
    mmif_store: MmifStore
    base_url: str
    "Where the client reaches this Chowda, without a slash at the end."
    actor_claim: str | None = None
    "What the client says of who acts; not proved."
    connection_params: dict[str, Any] = field(default_factory=dict)
    "The payload of a WebSocket's connection_init."

    @property
    def audit(self) -> AuditLog:
        """Where each mutation records what it does, in its own transaction."""
        return AuditLog(self.notifier, self.actor_claim)


Info = strawberry.Info[Context, None]
