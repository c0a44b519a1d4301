"""The document type of a file, from its MIME type or its file name extension."""

from __future__ import annotations

import mimetypes
import posixpath

from chowda.enums import DocumentType

_BY_NAME = {
    **{kind.value.lower(): kind for kind in DocumentType},
    **{f"{kind.value.lower()}document": kind for kind in DocumentType},
}
_STANDARD_TYPES = mimetypes.MimeTypes().types_map[True]
"Without this machine's own tables, so that a file has the same type on every machine."
_MORE = {
    DocumentType.VIDEO: ".mkv .mxf .m2ts .mts .ts .vob .dv .flv .wmv .m4v .ogv .asf .3gp .rm",
    DocumentType.AUDIO: ".flac .m4a .ogg .oga .opus .wma .aac .ac3 .mka",
    DocumentType.TEXT: ".srt .vtt .json .xml",
    DocumentType.IMAGE: ".jp2 .webp .dng",
}
_BY_EXTENSION = {extension: kind for kind, extensions in _MORE.items() for extension in extensions.split()}


def document_type_named(name: str) -> DocumentType | None:
    """Accepts VIDEO, video and VideoDocument. None for an unknown name."""
    return _BY_NAME.get(name.strip().lower())


def document_type_of(location: str, mime: str | None = None) -> DocumentType | None:
    """From the MIME type (its first part, such as video, is enough), else from the extension: .mp4, or .video as in
    baapb://. None if neither is known."""
    if mime is not None:
        kind = document_type_named(mime.partition("/")[0])
        if kind is not None:
            return kind
    extension = posixpath.splitext(location)[1].lower()
    return (
        _BY_EXTENSION.get(extension)
        or document_type_named(extension[1:])
        or document_type_named(_STANDARD_TYPES.get(extension, "").partition("/")[0])
    )


def mime_type_of(location: str) -> str | None:
    """From the extension of the location."""
    return _STANDARD_TYPES.get(posixpath.splitext(location)[1].lower())
