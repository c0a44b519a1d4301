"""Whether the media that a MMIF names can be seen from here."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from chowda.clams.mmif import MmifOutline
from chowda.errors import StepErrorCode, StepFailure


def require_media(mmif: MmifOutline) -> None:
    """Raises StepFailure(MEDIA_MISSING) for the first file:// document that is no file on this machine.

    Only file:// locations are looked at: what another scheme names, the app alone can tell. Percent-encoded
    and plain paths are both found, since apps read either. Nothing is opened or read.
    """
    for document in mmif.documents:
        location = document.location or ""
        if location[:5].lower() == "file:" and not _is_file(location):
            raise StepFailure(
                StepErrorCode.MEDIA_MISSING,
                f"The media file {location} (document {document.id}) is not there. Put it there, or correct "
                "the location; then retry.",
            )


def _is_file(location: str) -> bool:
    """What can't be looked at (no permission, a name that is too long, no URI) counts as not there."""
    try:
        path = urlsplit(location).path
        return Path(path).is_file() or Path(unquote(path)).is_file()
    except (OSError, ValueError):
        return False
