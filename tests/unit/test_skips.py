"""A run says by name what it skipped, and how to have what was lacking; where it must be there, it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
LACKING = """
from requirement import missing

def test_one(): missing("redis", "redis-server")
def test_another(): missing("redis", "redis-server")
def test_a_third(): missing("faketime", "libfaketime")
def test_of_nothing(): pass
"""


def run_of_lacking(directory: Path, *options: str, required: str = "") -> subprocess.CompletedProcess[str]:
    (directory / "conftest.py").write_text("from skips import pytest_terminal_summary\n")
    (directory / "test_lacking.py").write_text(LACKING)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options, "test_lacking.py"],
        cwd=directory,
        env=os.environ | {"PYTHONPATH": str(TESTS), "CHOWDA_TEST_REQUIRE": required, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "in-several-processes"])
def test_the_end_of_a_run_names_what_was_skipped_and_how_to_have_it(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    done = run_of_lacking(tmp_path, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    said = [line.strip() for line in done.stdout.splitlines()]
    how = "To have it: make test-servers (Debian, root), or install"
    at = said.index(f"2 skipped: no redis on this machine. {how} redis-server")
    assert said[at + 1 : at + 3] == ["test_lacking.py::test_another", "test_lacking.py::test_one"]
    at = said.index(f"1 skipped: no faketime on this machine. {how} libfaketime")
    assert said[at + 1] == "test_lacking.py::test_a_third"
    assert not any("test_of_nothing" in line for line in said)


def test_what_must_be_there_fails_and_the_rest_is_skipped(tmp_path: Path) -> None:
    done = run_of_lacking(tmp_path, required="redis,rabbitmq")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "2 failed, 1 passed, 1 skipped" in done.stdout
    assert "CHOWDA_TEST_REQUIRE says that it must be there" in done.stdout
