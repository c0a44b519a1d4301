"""The client of a Chowda server, for scripts: blocking (`Chowda`) and async (`AsyncChowda`), typed from the schema.

    from chowda.client import BatchRunFilter, Chowda, RunStatus

    with Chowda() as chowda:  # CHOWDA_URL, CHOWDA_TOKEN
        for run in chowda.batch_runs(filter=BatchRunFilter(status=[RunStatus.FAILED])):
            print(run.batch.name, run.counts.failed)

There is a method for each operation in `operations/`, and methods for files: MMIF, zips, imports. Errors are
ChowdaError, with a message for a person. The public names are those of this package; its modules are private.
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

if TYPE_CHECKING:
    from chowda.client.async_client import AsyncChowda
    from chowda.client.follow import ENDED, Display, Failure, Follower, failures_of
    from chowda.client.generated.enums import *  # noqa: F403
    from chowda.client.generated.inputs import *  # noqa: F403
    from chowda.client.generated.types import *  # noqa: F403
    from chowda.client.media_import import BadRow, ImportedMedia, ImportProgress
    from chowda.client.mmif_files import (
        DownloadedFile,
        DownloadedMmifs,
        DownloadProgress,
        FailedDownload,
        UploadedMmif,
    )
    from chowda.client.pages import AsyncPages, Page, Pages
    from chowda.client.sync_client import Chowda

__all__ = [
    "ENDED",
    "AppUnreachable",
    "AsyncChowda",
    "AsyncPages",
    "BadRow",
    "BadUserInput",
    "Chowda",
    "ChowdaError",
    "Conflict",
    "Display",
    "DownloadProgress",
    "DownloadedFile",
    "DownloadedMmifs",
    "FailedDownload",
    "Failure",
    "Follower",
    "ImportProgress",
    "ImportedMedia",
    "LimitExceeded",
    "NotFound",
    "Page",
    "Pages",
    "ServerFailed",
    "ServerUnreachable",
    "TokenRefused",
    "UploadedMmif",
    "failures_of",
]

_MODULES = {
    "async_client": ["AsyncChowda"],
    "follow": ["ENDED", "Display", "Failure", "Follower", "failures_of"],
    "media_import": ["BadRow", "ImportProgress", "ImportedMedia"],
    "mmif_files": ["DownloadProgress", "DownloadedFile", "DownloadedMmifs", "FailedDownload", "UploadedMmif"],
    "pages": ["AsyncPages", "Page", "Pages"],
    "sync_client": ["Chowda"],
}


def _module_of(name: str) -> str | None:
    for module, names in _MODULES.items():
        if name in names:
            return module
    from chowda.client.generated import MODULES

    return f"generated.{MODULES[name]}" if name in MODULES else None


def __getattr__(name: str) -> Any:
    """Imports on first use: the command line shows its help without gql, which takes half a second to load."""
    module = None if name.startswith("__") else _module_of(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)


def __dir__() -> list[str]:
    from chowda.client.generated import MODULES

    return [*__all__, *MODULES]
