"""Each app's folder stands for itself, so that it can be published as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import EXAMPLES, OCR_APP, SCENES_APP, run_script

APPS = pytest.mark.parametrize("app", [SCENES_APP, OCR_APP], ids=lambda app: app.name)

ONLY_THE_SDK = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"av", "cv2", "numpy", "onnxruntime", "rapidocr"}:
            raise ImportError(f"{name} is not there")

sys.meta_path.insert(0, Refuse())
"""


def locked() -> dict[str, list[str]]:
    """Every version of each package in the lock; more than one where it depends on Python's."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(
        r"^([a-z0-9-]+)==([^ ;]+)", (EXAMPLES / "requirements.lock").read_text(), re.MULTILINE
    ):
        found.setdefault(name, []).append(version)
    return found


@APPS
def test_it_has_the_files_that_clams_apps_have(app: Path) -> None:
    for name in ("app.py", "cli.py", "metadata.py", "requirements.txt", "Containerfile", "README.md"):
        assert (app / name).is_file(), name


@APPS
def test_its_metadata_can_be_read_with_the_sdk_alone(app: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(ONLY_THE_SDK)
    told = run_script(app / "metadata.py", extra_path=tmp_path)
    assert told.returncode == 0, told.stderr
    assert '"mmif_version": "1.2.0"' in told.stdout
    assert '"tfSamplingMode"' in told.stdout


@APPS
def test_what_it_requires_is_what_it_is_tested_with(app: Path) -> None:
    versions = locked()
    for line in (app / "requirements.txt").read_text().splitlines():
        name, least = re.fullmatch(r"([a-z0-9-]+)(?:==|>=)([0-9.]+)(?:,<\d+)?", line).groups()  # type: ignore[union-attr]
        if "==" in line:
            assert versions[name] == [least]
        else:
            wanted = tuple(map(int, least.split(".")))
            assert all(tuple(map(int, have.split(".")[: len(wanted)])) >= wanted for have in versions[name])


def test_the_image_has_the_sdk_that_is_required() -> None:
    for app in (SCENES_APP, OCR_APP):
        (version,) = re.findall(r"^clams-python==(.+)$", (app / "requirements.txt").read_text(), re.MULTILINE)
        base = re.search(r"^FROM \S+/clams-python:(.+)$", (app / "Containerfile").read_text(), re.MULTILINE)
        assert base is not None
        assert base[1] == version


@pytest.mark.parametrize("name", ["progress.py", "cli.py", "Containerfile"])
def test_what_both_apps_carry_is_the_same(name: str) -> None:
    assert (SCENES_APP / name).read_bytes() == (OCR_APP / name).read_bytes()


def test_only_the_opencv_that_needs_no_display_is_installed() -> None:
    opencv = [name for name in locked() if name.startswith("opencv")]
    assert opencv == ["opencv-python-headless"]
