"""Checks that the media files of a MMIF exist."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from chowda.clams.mmif import MmifOutline
from chowda.errors import StepErrorCode, StepFailure


def require_media(mmif: MmifOutline) -> None:
    """Raise StepFailure(MEDIA_MISSING) for the first file:// document whose file does not exist on this machine.

    Only the app can resolve other schemes. The path is taken literally, as mmif-python does: it is not decoded. No
    file is opened.
    """
    for document in mmif.documents:
        location = document.location or ""
        if location[:5].lower() == "file:" and not _is_file(location):
            raise StepFailure(
                StepErrorCode.MEDIA_MISSING,
                f"The media file {location} (document {document.id}) does not exist. Add it or "
                "correct its location, then retry.",
            )


def _is_file(location: str) -> bool:
    """A path that cannot be checked (no permission, too long, no URI) counts as missing."""
    try:
        return Path(urlsplit(location).path).is_file()
    except (OSError, ValueError):
        return False
