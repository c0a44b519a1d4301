"""The parts of MMIF that the fake app reads."""

from __future__ import annotations

from typing import Any

import msgspec

ABSENT = msgspec.Raw()


class ViewMetadata(msgspec.Struct):
    app: str = ""


class View(msgspec.Struct):
    id: str
    metadata: ViewMetadata


class DocumentProperties(msgspec.Struct):
    id: str
    location: str = ""


class Document(msgspec.Struct):
    properties: DocumentProperties


class MmifMetadata(msgspec.Struct):
    mmif: str


class Input(msgspec.Struct):
    """MMIF, or an envelope with parameters and MMIF."""

    metadata: msgspec.Raw = ABSENT
    documents: msgspec.Raw = ABSENT
    views: list[msgspec.Raw] = []
    parameters: dict[str, Any] | None = None
    mmif: msgspec.Raw = ABSENT
