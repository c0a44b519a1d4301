"""A test run lists the skipped tests with reasons; a required program that is missing fails its tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
TESTS_TO_RUN = """
from required_programs import missing

def test_one(): missing("redis", "redis-server")
def test_another(): missing("redis", "redis-server")
def test_a_third(): missing("faketime", "libfaketime")
def test_of_nothing(): pass
"""


def run_tests(directory: Path, *options: str, required: str = "") -> subprocess.CompletedProcess[str]:
    (directory / "conftest.py").write_text("from skip_report import pytest_terminal_summary\n")
    (directory / "test_skipped.py").write_text(TESTS_TO_RUN)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options, "test_skipped.py"],
        cwd=directory,
        env=os.environ | {"PYTHONPATH": str(TESTS), "CHOWDA_TEST_REQUIRE": required, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "in-several-processes"])
def test_run_ends_with_the_skipped_tests_and_how_to_run_them(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    done = run_tests(tmp_path, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.strip() for line in done.stdout.splitlines()]
    how = "Run `make test-servers` (Debian, root), or install"
    at = lines.index(f"2 skipped: no redis on this machine. {how} redis-server")
    assert lines[at + 1 : at + 3] == ["test_skipped.py::test_another", "test_skipped.py::test_one"]
    at = lines.index(f"1 skipped: no faketime on this machine. {how} libfaketime")
    assert lines[at + 1] == "test_skipped.py::test_a_third"
    assert not any("test_of_nothing" in line for line in lines)


def test_required_programs_fail_and_others_skip(tmp_path: Path) -> None:
    done = run_tests(tmp_path, required="redis,rabbitmq")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "2 failed, 1 passed, 1 skipped" in done.stdout
    assert "CHOWDA_TEST_REQUIRE requires it" in done.stdout
