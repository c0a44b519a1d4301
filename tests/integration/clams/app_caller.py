"""Calls a fake app as a worker does."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from fake_clams import FakeClams

from chowda.clams.metadata import parse_metadata
from chowda.clams.mmif import initial_mmif, outline
from chowda.clams.parameters import check_parameters
from chowda.clams.runtimes import AppAnswer, AppCall
from chowda.clams.runtimes.web_service import run
from chowda.enums import DocumentType
from chowda.errors import StepFailure

VIDEO = (DocumentType.VIDEO, "/data/cpb-aacip-1.mp4", "video/mp4")


def ignore(percent: float) -> None:
    """Ignore the progress."""


class Caller:
    """Calls a fake app with a MMIF that has a view of another app and a view of the app itself."""

    def __init__(self, app: FakeClams, folder: Path) -> None:
        self.app = app
        self.input = folder / "in.mmif"
        self.output = folder / "out.mmif"
        self.write_input(["http://apps.clams.ai/earlier/v1", app.identifier])

    def write_input(self, apps: list[str]) -> None:
        """Write an input with a view of each of these apps."""
        content = json.loads(initial_mmif("cpb-aacip-1", [VIDEO], self.app.metadata["mmif_version"]))
        content["views"] = [
            {
                "id": f"v_{number}",
                "metadata": {"app": app, "contains": {}},
                "annotations": [{"properties": {"id": "a"}}],
            }
            for number, app in enumerate(apps)
        ]
        self.input.write_text(json.dumps(content))

    def call(self, parameters: dict[str, Any] | None = None, **changes: Any) -> AppCall:
        metadata = parse_metadata(self.app.metadata)
        check_parameters(metadata, parameters or {})
        values = {
            "endpoint": self.app.url,
            "metadata": metadata,
            "parameters": parameters or {},
            "request_id": "step-17",
            "input_path": self.input,
            "input_outline": asyncio.ensure_future(asyncio.to_thread(outline, self.input)),
            "output_path": self.output,
            "timeout_seconds": 30.0,
            "size_limit_bytes": 8 << 20,
        }
        return AppCall(**values | changes)

    async def __call__(self, parameters: dict[str, Any] | None = None, **changes: Any) -> AppAnswer:
        return await run(self.call(parameters, **changes), ignore)

    async def failure(self, parameters: dict[str, Any] | None = None, **changes: Any) -> StepFailure:
        with pytest.raises(StepFailure) as caught:
            await self(parameters, **changes)
        assert not self.output.exists()
        return caught.value
