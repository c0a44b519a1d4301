"""`AsyncChowda`: a server, to be awaited."""

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
from chowda.client.mmif_files import Fetched, FetchProgress, SentMmif
from chowda.client.session import Session

DEFAULT_URL = "http://127.0.0.1:8000"


def _local_user() -> str | None:
    with contextlib.suppress(OSError, KeyError):  # an account without a name
        return getpass.getuser()
    return None


class AsyncChowda(AsyncMethods):
    """An async context manager. By default where CHOWDA_URL and CHOWDA_TOKEN say, as CHOWDA_ACTOR or the local user."""

    def __init__(self, url: str | None = None, *, token: str | None = None, actor: str | None = None) -> None:
        """`actor`: who acts, as the audit shows it. Raises BadUserInput for what can't be an address or a token."""
        self.session = Session(
            url or os.environ.get("CHOWDA_URL") or DEFAULT_URL,
            token or os.environ.get("CHOWDA_TOKEN"),
            actor or os.environ.get("CHOWDA_ACTOR") or _local_user(),
        )

    def __repr__(self) -> str:
        return f"AsyncChowda({self.url!r})"

    @property
    def url(self) -> str:
        """Without a password, if it had one."""
        return self.session.shown_url

    async def __aenter__(self) -> Self:
        await self.session.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.__aexit__()

    async def download_mmif(self, mmif_id: str, path: Path, progress: FetchProgress | None = None) -> None:
        """To `path`, which is there with all of the bytes or not at all."""
        mmif = await self.mmif(mmif_id)
        await mmif_files.download(self.session, mmif, path, progress)

    async def download_mmifs(
        self, run_id: str, directory: Path, progress: FetchProgress | None = None
    ) -> Fetched:
        """The newest MMIF of every file of a batch run, or of the one of a pipeline run, as GUID.mmif.

        A file that is there with the right bytes is left alone; one with others is replaced. What can't be had is
        in `failed`. Raises NotFound, BadUserInput (the directory can't be written), ServerUnreachable.
        """
        newest = await mmif_files.newest(self, run_id)
        return await mmif_files.fetch(self.session, newest, directory, progress)

    async def upload_mmif(
        self, guid: str, path: Path, on_bytes: Callable[[int], object] | None = None
    ) -> SentMmif:
        """Makes the file the newest MMIF of this media file. `on_bytes` is told of each part."""
        return await mmif_files.send(self.session, guid, path, on_bytes)

    async def download_zip(
        self,
        path: Path,
        *,
        batch_run: str | None = None,
        batches: Sequence[str] = (),
        mmifs: Sequence[str] = (),
        on_bytes: Callable[[int], object] | None = None,
    ) -> int:
        """One zip with the newest MMIF of a batch run's files, or of batches', and chosen MMIFs; its bytes."""
        address = mmif_zips.address(batch_run, batches, mmifs)
        return await mmif_zips.download(self.session, address, path, on_bytes)

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
        """Adds the media files of a CSV or JSON Lines: the good rows, or with `atomic` all or none.

        `update`: files that are there get these documents. `location` is of rows that have none, with {guid} in it
        for the row's GUID; `type` where nothing else tells it. The same again changes nothing.
        """
        asked = media_import.parameters(
            atomic=atomic, update=update, location=location, type=type, collections=collections
        )
        return await media_import.send(self.session, rows, content_type, asked, progress)
