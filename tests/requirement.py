"""What a test needs of this machine: where it is missing the test is skipped by name, or fails where it must run."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

REQUIRED = frozenset(filter(None, os.environ.get("CHOWDA_TEST_REQUIRE", "").split(",")))
"Names of what may not be missing: `redis`, `rabbitmq`, `faketime`."


def missing(name: str, package: str) -> NoReturn:
    """Ends the test: there is no `name` on this machine, and the Debian package would bring it."""
    told = f"no {name} on this machine. To have it: make test-servers (Debian, root), or install {package}"
    if name in REQUIRED:
        pytest.fail(f"{told}. CHOWDA_TEST_REQUIRE says that it must be there.", pytrace=False)
    pytest.skip(told)
