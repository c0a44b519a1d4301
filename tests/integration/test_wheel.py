"""What people install: the wheel holds the built web client and the migrations."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = "chowda/web/index.html"


def built_wheel(directory: Path, web_client: str = "") -> set[str]:
    """The names of the files in it."""
    made = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", directory],
        cwd=ROOT,
        env=os.environ | {"CHOWDA_WEB_CLIENT": web_client},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    [wheel] = directory.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


def test_the_wheel_brings_pages_and_migrations_with_it(tmp_path: Path) -> None:
    if not (ROOT / PAGE).is_file():
        pytest.skip("the web client is not built here. To have it: make web")
    names = built_wheel(tmp_path)
    assert PAGE in names
    assert any(name.startswith("chowda/web/assets/") and name.endswith(".js") for name in names)
    assert "chowda/migrations/env.py" in names
    assert "chowda/py.typed" in names
    assert not any(name.startswith(("tests/", "web-client/", "bench/")) for name in names)


def test_the_web_client_can_be_left_out_of_a_build(tmp_path: Path) -> None:
    """Without a look at its sources, and so without a Node."""
    assert "chowda/app.py" in built_wheel(tmp_path, web_client="off")
