"""The context of a request: the services that resolvers use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.audit import AuditLog
from chowda.config import Settings
from chowda.db.database import Database
from chowda.guid_rule import GuidRule
from chowda.media.guid_lookup import stored_guids
from chowda.pubsub.hub import Hub
from chowda.pubsub.notifier import Notifier
from chowda.storage.mmif_store import MmifStore


@dataclass
class Context:
    """One for each HTTP request or WebSocket. Sessions and loaders are not part of it: they live for one operation."""

    settings: Settings
    database: Database
    hub: Hub
    notifier: Notifier
    mmif_store: MmifStore
    base_url: str
    "The URL under which the client reaches this Chowda, without a slash at the end."
    actor_claim: str | None = None
    "The name that the client sent for the acting person. It is not verified."
    connection_params: dict[str, Any] = field(default_factory=dict)
    "The payload of a WebSocket's connection_init."

    async def stored_guids(self, session: AsyncSession, guids: Sequence[str]) -> list[str]:
        """Each GUID in the spelling of its media file: see chowda.media.guid_lookup."""
        return await stored_guids(session, guids, self.guid_rule)

    @property
    def guid_rule(self) -> GuidRule:
        return GuidRule.parse(self.settings.guid_rule)

    @property
    def audit(self) -> AuditLog:
        """The audit log, in which each mutation records itself in its own transaction."""
        return AuditLog(self.notifier, self.actor_claim)


Info = strawberry.Info[Context, None]
