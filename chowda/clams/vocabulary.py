"""Type URIs of the CLAMS vocabulary: comparison, and the URIs of each MMIF version."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chowda.enums import DocumentType

DOCUMENT_NAMES = {
    DocumentType.VIDEO: "VideoDocument",
    DocumentType.AUDIO: "AudioDocument",
    DocumentType.TEXT: "TextDocument",
    DocumentType.IMAGE: "ImageDocument",
}

_CLAMS_URI = re.compile(
    r"https?://(?:"
    r"clams\.ai/vocabulary/type/(?P<current>\w+)/v\d+"  # MMIF 1.1.1 and later
    r"|mmif\.clams\.ai/vocabulary/(?P<earlier>\w+)/v\d+"  # 0.5.0 to 1.1.0
    r"|mmif\.clams\.ai/\d+\.\d+\.\d+(?:/vocabulary)?/(?P<earliest>\w+)"  # up to 0.4.2
    r")/?"
)
_LAPPS_URI = re.compile(r"https?://vocab\.lappsgrid\.org/(?P<name>\w+)/?")

# LAPPS types that the CLAMS vocabulary took over under the same name (clams_vocabulary.base).
_SHARED_WITH_LAPPS = frozenset(
    {"Token", "Sentence", "Paragraph", "Markable", "NamedEntity", "NounChunk", "VerbChunk"}
)


def type_name(uri: str) -> str:
    """Return the short name, which is the same for all URIs of a type, or the URI itself if it is not of CLAMS.

    As in mmif-python, the version at the end and the generation of the URI do not matter, and seven LAPPS types equal
    the CLAMS types of the same name.
    """
    uri = uri.strip()
    if found := _CLAMS_URI.fullmatch(uri):
        return str(found[found.lastgroup or 0])
    if (found := _LAPPS_URI.fullmatch(uri)) and found["name"] in _SHARED_WITH_LAPPS:
        return str(found["name"])
    return uri.rstrip("/")


def type_names(uris: Iterable[str]) -> list[str]:
    """Return the distinct names, in order."""
    return list(dict.fromkeys(map(type_name, uris)))


def same_type(uri: str, other: str) -> bool:
    return type_name(uri) == type_name(other)


def version_key(version: str) -> tuple[int, int, int]:
    """Return a key for comparison: "1.0.5" → (1, 0, 5). A missing last number counts as 0.

    Raises ValueError if this is not a version.
    """
    found = re.fullmatch(
        r"v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?(?:[.+-]?\w[\w.+-]*)?", version.strip(), re.ASCII
    )
    if found is None:
        raise ValueError(f"{version!r} is not a version of MMIF")
    return int(found[1]), int(found[2]), int(found[3] or 0)


def document_type_uri(document_type: DocumentType, mmif_version: str) -> str:
    """Return the URI of a media document's type in this MMIF version.

    As in mmif-python: MMIF 0.5.0 introduced mmif.clams.ai/vocabulary/…/v1, and MMIF 1.1.1 introduced
    clams.ai/vocabulary/type/…/v2, which earlier releases do not know.
    """
    name = DOCUMENT_NAMES[document_type]
    key = version_key(mmif_version)
    if key >= (1, 1, 1):
        return f"http://clams.ai/vocabulary/type/{name}/v2"
    if key >= (0, 5, 0):
        return f"http://mmif.clams.ai/vocabulary/{name}/v1"
    return f"http://mmif.clams.ai/{'.'.join(map(str, key))}/vocabulary/{name}"
