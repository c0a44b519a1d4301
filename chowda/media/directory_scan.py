"""Find media files in a directory, with type, size and duration."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymediainfo import MediaInfo

from chowda.enums import DocumentType
from chowda.errors import BadUserInput
from chowda.guid_rule import GuidRule
from chowda.media.document_types import document_type_of, mime_type_of
from chowda.media.files import NewDocument
from chowda.media.locations import check_location, join_location

CHUNK_BYTES = 1024 * 1024
TEXT_ENDINGS = frozenset({".txt", ".srt", ".vtt"})
"The text files that accompany media. Other text files are skipped."


@dataclass(frozen=True, slots=True)
class FoundMedia:
    """`guid` is None if the GUID rule finds none in the name."""

    path: Path
    guid: str | None
    document: NewDocument

    def row(self) -> dict[str, Any]:
        """A row of a JSON Lines import."""
        document = self.document
        values = {
            "guid": self.guid,
            "location": document.location,
            "type": document.type.value,
            "mime": document.mime,
            "size_bytes": document.size_bytes,
            "duration_seconds": document.duration_seconds,
            "checksum": document.checksum,
        }
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class UnreadableMedia:
    path: Path
    reason: str


def scan(
    directory: Path, rule: GuidRule, *, location_prefix: str | None = None, checksum: bool = False
) -> Iterator[FoundMedia | UnreadableMedia]:
    """All media below the directory, sorted by path. Follows links, and reads each directory once.

    `location_prefix` replaces the directory in the locations, for apps that see it elsewhere: with file:///media, a
    scan of /mnt/archive reports /mnt/archive/a.mp4 as file:///media/a.mp4. Yields UnreadableMedia for what it cannot
    read, and continues. `checksum` reads every byte. Raises BadUserInput if there is no such directory.
    """
    if not directory.is_dir():
        raise BadUserInput(f"{directory} is not a directory.")
    directory = directory.absolute()
    prefix = f"file://{directory}" if location_prefix is None else location_prefix
    for path in _files(directory):
        if isinstance(path, UnreadableMedia):
            yield path
            continue
        kind = document_type_of(path.name)
        if kind is None or (kind is DocumentType.TEXT and path.suffix.lower() not in TEXT_ENDINGS):
            continue
        try:
            location = join_location(prefix, path.relative_to(directory).as_posix())
            yield FoundMedia(path, rule.guid_of_location(location), _document(path, kind, location, checksum))
        except (BadUserInput, OSError, RuntimeError, ValueError) as exc:
            yield UnreadableMedia(path, _reason(exc))


def _files(directory: Path) -> Iterator[Path | UnreadableMedia]:
    failures: list[OSError] = []
    seen: set[tuple[int, int]] = set()
    for folder, folders, names in os.walk(directory, followlinks=True, onerror=failures.append):
        status = Path(folder).stat()
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(folder, name)
        while failures:
            yield _unreadable(failures.pop())
    while failures:
        yield _unreadable(failures.pop())


def _unreadable(exc: OSError) -> UnreadableMedia:
    return UnreadableMedia(Path(exc.filename or "."), _reason(exc))


def _document(path: Path, kind: DocumentType, location: str, checksum: bool) -> NewDocument:
    size = path.stat().st_size
    if not size:
        raise ValueError("it is empty")
    try:
        location.encode()
    except UnicodeEncodeError:
        raise ValueError("its name is not UTF-8; rename the file") from None
    check_location("The location", location)
    seconds: float | None = None
    mime = mime_type_of(path.name)
    if kind is not DocumentType.TEXT:
        kind, seconds, detected_mime = _inspect(path, kind)
        mime = detected_mime or mime
    return NewDocument(kind, location, mime, seconds, size, _sha256(path) if checksum else None)


def _inspect(path: Path, kind: DocumentType) -> tuple[DocumentType, float | None, str | None]:
    """Type, duration in seconds and MIME type, from the file's content: a .mp4 without a video track is audio."""
    tracks = MediaInfo.parse(path, parse_speed=0.3).tracks
    kinds = {track.track_type for track in tracks}
    if not kinds & {"Video", "Audio", "Image"}:
        raise ValueError(f"there is no {kind.value.lower()} in it")
    durations = [float(track.duration) for track in tracks if track.duration]
    general = next((track for track in tracks if track.track_type == "General"), None)
    mime = general.internet_media_type if general is not None else None
    if "Video" in kinds:
        kind = DocumentType.VIDEO
    elif "Audio" in kinds:
        kind = DocumentType.AUDIO
    else:
        return DocumentType.IMAGE, None, mime
    return kind, round(max(durations) / 1000, 3) if durations else None, mime


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return f"sha256:{digest.hexdigest()}"


def _reason(exc: Exception) -> str:
    text = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
    return text[:1].lower() + text[1:]
