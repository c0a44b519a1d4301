"""What resolvers work with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import strawberry

from chowda.config import Settings
from chowda.db import Database
from chowda.events import Nudges
from chowda.hub import Hub
from chowda.mmif_store import MmifStore


@dataclass
class Context:
    """One per HTTP request or WebSocket. It holds no session and no loaders: those live as long as an operation."""

    settings: Settings
    database: Database
    hub: Hub
    nudges: Nudges
    mmif_store: MmifStore
    base_url: str
    "Where the client reaches this Chowda, without a slash at the end."
    connection_params: dict[str, Any] = field(default_factory=dict)
    "The payload of a WebSocket's connection_init."


Info = strawberry.Info[Context, None]
