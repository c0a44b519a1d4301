"""One call of a CLAMS app: what a runtime needs for it, and what it gives back."""

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
    "The id of the step run: sent as X-Request-ID, and asked for progress with."
    input_path: Path
    input_outline: asyncio.Future[MmifOutline]
    "Read while the app works: it is needed only to judge the answer."
    output_path: Path
    "Where the answer is written: made anew, gone again if the call fails."
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
