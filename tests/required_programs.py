"""Programs that a test needs on this machine. Without one, the test is skipped, or fails if it is required."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

REQUIRED = frozenset(filter(None, os.environ.get("CHOWDA_TEST_REQUIRE", "").split(",")))
"Programs that must exist: `redis`, `rabbitmq`, `faketime`."


def missing(name: str, package: str) -> NoReturn:
    """Skip the test because the program `name` is missing, or fail it if the program is required."""
    reason = f"no {name} on this machine. Run `make test-servers` (Debian, root), or install {package}"
    if name in REQUIRED:
        pytest.fail(f"{reason}. CHOWDA_TEST_REQUIRE requires it.", pytrace=False)
    pytest.skip(reason)
