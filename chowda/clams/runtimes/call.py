"""One call of a CLAMS app: the input and the result of a runtime."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chowda.clams.metadata import AppMetadata
from chowda.clams.mmif import MmifOutline


@dataclass(frozen=True, slots=True)
class AppCall:
    endpoint: str
    metadata: AppMetadata
    parameters: Mapping[str, Any]
    request_id: str
    "The id of the step run. The runtime sends it as X-Request-ID and requests progress with it."
    input_path: Path
    input_outline: asyncio.Future[MmifOutline]
    "Read while the app works. It is needed to check the answer."
    output_path: Path
    "The answer is written here. The file does not exist after a failed call."
    timeout_seconds: float
    "From the first byte sent to the last one received."
    size_limit_bytes: int


@dataclass(frozen=True, slots=True)
class AppAnswer:
    path: Path
    sha256: str
    "Hexadecimal."
    size_bytes: int
    outline: MmifOutline
