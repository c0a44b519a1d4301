"""Fixtures of the integration tests: the API as clients meet it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from running_api import RunningApi, running_api


@pytest.fixture
def api(database_url: str, tmp_path: Path) -> Iterator[RunningApi]:
    with running_api(database_url, tmp_path) as running:
        yield running
