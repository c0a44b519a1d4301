"""Which kind of media document a file is: by its MIME type, or by what its name ends in."""

from __future__ import annotations

import mimetypes
import posixpath

from chowda.enums import DocumentType

_BY_NAME = {
    **{kind.value.lower(): kind for kind in DocumentType},
    **{f"{kind.value.lower()}document": kind for kind in DocumentType},
}
_KNOWN_EVERYWHERE = mimetypes.MimeTypes().types_map[True]
"Not what this machine's own tables say: the same file is of the same type on each."
_MORE = {
    DocumentType.VIDEO: ".mkv .mxf .m2ts .mts .ts .vob .dv .flv .wmv .m4v .ogv .asf .3gp .rm",
    DocumentType.AUDIO: ".flac .m4a .ogg .oga .opus .wma .aac .ac3 .mka",
    DocumentType.TEXT: ".srt .vtt .json .xml",
    DocumentType.IMAGE: ".jp2 .webp .dng",
}
_BY_EXTENSION = {extension: kind for kind, extensions in _MORE.items() for extension in extensions.split()}


def document_type_named(name: str) -> DocumentType | None:
    """VIDEO, video and VideoDocument all name the same one."""
    return _BY_NAME.get(name.strip().lower())


def document_type_of(location: str, mime: str | None = None) -> DocumentType | None:
    """By the MIME type (a part of it, such as video, is enough), else by what the location ends in: .mp4, or
    .video as baapb:// has it."""
    if mime is not None:
        kind = document_type_named(mime.partition("/")[0])
        if kind is not None:
            return kind
    extension = posixpath.splitext(location)[1].lower()
    return (
        _BY_EXTENSION.get(extension)
        or document_type_named(extension[1:])
        or document_type_named(_KNOWN_EVERYWHERE.get(extension, "").partition("/")[0])
    )


def mime_type_of(location: str) -> str | None:
    """By what the location ends in."""
    return _KNOWN_EVERYWHERE.get(posixpath.splitext(location)[1].lower())
