"""`Chowda`: the blocking client."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from anyio.from_thread import start_blocking_portal

from chowda.client import media_import
from chowda.client.async_client import AsyncChowda
from chowda.client.generated.enums import DocumentType
from chowda.client.generated.sync_methods import SyncMethods
from chowda.client.media_import import ImportedMedia, ImportProgress
from chowda.client.mmif_files import DownloadedMmifs, DownloadProgress, UploadedMmif


class Chowda(SyncMethods):
    """A context manager.

    The arguments default to CHOWDA_URL, CHOWDA_TOKEN and CHOWDA_ACTOR, and the actor to the local user.
    """

    _async_client: AsyncChowda

    def __init__(self, url: str | None = None, *, token: str | None = None, actor: str | None = None) -> None:
        """`actor` is the name that events show. Raises BadUserInput for an invalid URL or token."""
        self._arguments = url, token, actor
        self._async_client = self.awaitable()
        self._exit = contextlib.ExitStack()

    def __repr__(self) -> str:
        return f"Chowda({self.url!r})"

    @property
    def url(self) -> str:
        """The server's address without user and password."""
        return self._async_client.url

    def awaitable(self) -> AsyncChowda:
        """An async client for the same server, token and actor."""
        url, token, actor = self._arguments
        return AsyncChowda(url, token=token, actor=actor)

    def __enter__(self) -> Self:
        self._portal = self._exit.enter_context(start_blocking_portal())
        self._exit.enter_context(self._portal.wrap_async_context_manager(self._async_client))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._exit.__exit__(kind, exc, traceback)

    def download_mmif(self, mmif_id: str, path: Path, progress: DownloadProgress | None = None) -> None:
        """See AsyncChowda.download_mmif."""
        return self._wait(lambda: self._async_client.download_mmif(mmif_id, path, progress))

    def download_mmifs(
        self, run_id: str, directory: Path, progress: DownloadProgress | None = None
    ) -> DownloadedMmifs:
        """See AsyncChowda.download_mmifs."""
        return self._wait(lambda: self._async_client.download_mmifs(run_id, directory, progress))

    def upload_mmif(
        self, guid: str, path: Path, on_bytes: Callable[[int], object] | None = None
    ) -> UploadedMmif:
        """See AsyncChowda.upload_mmif."""
        return self._wait(lambda: self._async_client.upload_mmif(guid, path, on_bytes))

    def download_zip(
        self,
        path: Path,
        *,
        batch_run: str | None = None,
        batches: Sequence[str] = (),
        mmifs: Sequence[str] = (),
        on_bytes: Callable[[int], object] | None = None,
    ) -> int:
        """See AsyncChowda.download_zip."""
        return self._wait(
            lambda: self._async_client.download_zip(
                path, batch_run=batch_run, batches=batches, mmifs=mmifs, on_bytes=on_bytes
            )
        )

    def import_media(
        self,
        rows: BinaryIO,
        *,
        content_type: str = media_import.ANY,
        atomic: bool = False,
        update: bool = False,
        location: str | None = None,
        type: DocumentType | None = None,
        collections: Sequence[str] = (),
        progress: ImportProgress | None = None,
    ) -> ImportedMedia:
        """See AsyncChowda.import_media."""
        return self._wait(
            lambda: self._async_client.import_media(
                rows,
                content_type=content_type,
                atomic=atomic,
                update=update,
                location=location,
                type=type,
                collections=collections,
                progress=progress,
            )
        )
