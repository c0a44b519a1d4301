"""Whether the media that a MMIF names can be seen from here."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from chowda.clams.mmif import MmifOutline
from chowda.errors import StepErrorCode, StepFailure


def require_media(mmif: MmifOutline) -> None:
    """Raises StepFailure(MEDIA_MISSING) for the first file:// document that is no file on this machine.

    Only file:// locations are looked at: what another scheme names, the app alone can tell. Percent-encoded
    and plain paths are both found, since apps read either.
    """
    for document in mmif.documents:
        parts = urlsplit(document.location or "")
        if parts.scheme == "file" and not any(
            Path(path).is_file() for path in (parts.path, unquote(parts.path))
        ):
            raise StepFailure(
                StepErrorCode.MEDIA_MISSING,
                f"The media file {document.location} (document {document.id}) is not there. Put it there, or correct "
                "the location; then retry.",
            )
