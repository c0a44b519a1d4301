"""What people install: the wheel holds the built web client and the migrations."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]
PAGE = "chowda/web/index.html"


def built_wheel(directory: Path) -> set[str]:
    """The names of the files in it."""
    made = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", directory],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    [wheel] = directory.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """What builds the web client, on a machine where it was never built and there is no Node."""
    spec = importlib.util.spec_from_file_location("web_client_build", ROOT / "web-client/build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "FINGERPRINT", tmp_path / "never-built")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    return module


def test_the_wheel_brings_pages_and_migrations_with_it(tmp_path: Path) -> None:
    if not (ROOT / PAGE).is_file():
        pytest.skip("the web client is not built here. To have it: make web")
    names = built_wheel(tmp_path)
    assert PAGE in names
    assert any(name.startswith("chowda/web/assets/") and name.endswith(".js") for name in names)
    assert "chowda/migrations/env.py" in names
    assert "chowda/py.typed" in names
    assert not any(name.startswith(("tests/", "web-client/", "bench/")) for name in names)


def test_without_a_node_it_says_how_to_have_one_or_to_do_without(
    build: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = build.WebClientHook(str(ROOT), {}, None, None, str(ROOT / "dist"), "wheel")
    monkeypatch.delenv("CHOWDA_WEB_CLIENT", raising=False)
    assert hook.dependencies() == [build.NODE_PACKAGE]
    with pytest.raises(build.BuildFailed, match="CHOWDA_WEB_CLIENT=off"):
        hook.initialize("standard", {})
    monkeypatch.setenv("CHOWDA_WEB_CLIENT", "off")
    assert hook.dependencies() == []
    hook.initialize("standard", {})
