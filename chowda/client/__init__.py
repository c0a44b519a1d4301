"""The client of a Chowda server, for scripts: typed from the schema, sync (`Chowda`) and async (`AsyncChowda`).

    from chowda.client import BatchRunFilter, Chowda, RunStatus

    with Chowda() as chowda:  # CHOWDA_URL, CHOWDA_TOKEN
        for run in chowda.batch_runs(filter=BatchRunFilter(status=[RunStatus.FAILED])):
            print(run.batch.name, run.counts.failed)

There is a method for each operation in `operations/`, and for files: MMIF, zips, imports. What goes wrong is a
ChowdaError with a message for a person.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from chowda.client.errors import (
    AppUnreachable,
    BadUserInput,
    ChowdaError,
    Conflict,
    LimitExceeded,
    NotFound,
    ServerFailed,
    ServerUnreachable,
    TokenRefused,
)
from chowda.client.generated import MODULES

if TYPE_CHECKING:
    from chowda.client.async_client import AsyncChowda
    from chowda.client.generated.enums import *  # noqa: F403
    from chowda.client.generated.inputs import *  # noqa: F403
    from chowda.client.generated.types import *  # noqa: F403
    from chowda.client.sync_client import Chowda

__all__ = [
    "AppUnreachable",
    "AsyncChowda",
    "BadUserInput",
    "Chowda",
    "ChowdaError",
    "Conflict",
    "LimitExceeded",
    "NotFound",
    "ServerFailed",
    "ServerUnreachable",
    "TokenRefused",
    *MODULES,
]

_HOMES = {
    "Chowda": "sync_client",
    "AsyncChowda": "async_client",
    **{name: f"generated.{module}" for name, module in MODULES.items()},
}


def __getattr__(name: str) -> Any:
    """Loaded when it is asked for: the command line shows its help without gql, whose loading takes half a second."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
