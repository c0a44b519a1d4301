"""`AsyncChowda`: the async client."""

from __future__ import annotations

import contextlib
import getpass
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, Self

from chowda.client import media_import, mmif_files, mmif_zips
from chowda.client.generated.async_methods import AsyncMethods
from chowda.client.generated.enums import DocumentType
from chowda.client.media_import import ImportedMedia, ImportProgress
from chowda.client.mmif_files import DownloadedMmifs, DownloadProgress, UploadedMmif
from chowda.client.session import Session

DEFAULT_URL = "http://127.0.0.1:8000"


def _local_user() -> str | None:
    with contextlib.suppress(OSError, KeyError):  # the account has no name
        return getpass.getuser()
    return None


class AsyncChowda(AsyncMethods):
    """An async context manager.

    The arguments default to CHOWDA_URL, CHOWDA_TOKEN and CHOWDA_ACTOR, and the actor to the local user.
    """

    def __init__(self, url: str | None = None, *, token: str | None = None, actor: str | None = None) -> None:
        """`actor` is the name that events show. Raises BadUserInput for an invalid URL or token."""
        self.session = Session(
            url or os.environ.get("CHOWDA_URL") or DEFAULT_URL,
            token or os.environ.get("CHOWDA_TOKEN"),
            actor or os.environ.get("CHOWDA_ACTOR") or _local_user(),
        )

    def __repr__(self) -> str:
        return f"AsyncChowda({self.url!r})"

    @property
    def url(self) -> str:
        """The server's address without user and password."""
        return self.session.public_url

    async def __aenter__(self) -> Self:
        await self.session.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.__aexit__()

    async def download_mmif(self, mmif_id: str, path: Path, progress: DownloadProgress | None = None) -> None:
        """Writes the MMIF to `path`, which appears when it is complete."""
        mmif = await self.mmif(mmif_id)
        await mmif_files.download_mmif(self.session, mmif, path, progress)

    async def download_mmifs(
        self, run_id: str, directory: Path, progress: DownloadProgress | None = None
    ) -> DownloadedMmifs:
        """Writes the newest MMIF of every file of a batch run, or of the file of a pipeline run, to GUID.mmif.

        Skips a file that exists with the same bytes and replaces one with other bytes. `failed` of the result lists
        the files that can't be downloaded. Raises NotFound, BadUserInput (the directory can't be written) and
        ServerUnreachable.
        """
        newest = await mmif_files.newest_mmifs(self, run_id)
        return await mmif_files.download_mmifs(self.session, newest, directory, progress)

    async def upload_mmif(
        self, guid: str, path: Path, on_bytes: Callable[[int], object] | None = None
    ) -> UploadedMmif:
        """Uploads a file as the newest MMIF of a media file. Calls `on_bytes` with the size of each chunk."""
        return await mmif_files.upload_mmif(self.session, guid, path, on_bytes)

    async def download_zip(
        self,
        path: Path,
        *,
        batch_run: str | None = None,
        batches: Sequence[str] = (),
        mmifs: Sequence[str] = (),
        on_bytes: Callable[[int], object] | None = None,
    ) -> int:
        """Writes one zip and returns its size in bytes.

        The zip holds the newest MMIF of each file of a batch run, or of batches, and MMIFs by ID.
        """
        zip_path = mmif_zips.zip_path(batch_run, batches, mmifs)
        return await mmif_zips.download_zip(self.session, zip_path, path, on_bytes)

    async def import_media(
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
        """Adds the media files of a CSV or JSON Lines file. Repeating an import changes nothing.

        Keeps the good rows, or with `atomic` all or none. `update` replaces the documents of existing media files.
        `location` is the default for rows without one; {guid} in it becomes the GUID of the row. `type` is the
        default where neither the row nor the file name determines it.
        """
        parameters = media_import.query_parameters(
            atomic=atomic, update=update, location=location, type=type, collections=collections
        )
        return await media_import.import_media(self.session, rows, content_type, parameters, progress)
