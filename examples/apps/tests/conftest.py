"""The example videos, and the two apps as processes that are asked over HTTP, as anyone would use them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from mmif import AnnotationTypes, DocumentTypes, Mmif

EXAMPLES = Path(__file__).parents[2]
SCENES_APP = EXAMPLES / "apps" / "scenes-with-text"
OCR_APP = EXAMPLES / "apps" / "slate-ocr"
SECONDS_TO_START = 60
SECONDS_TO_ANSWER = 120

# Modules that only one of the apps has, or both alike; app, metadata and cli are tried as processes.
sys.path[:0] = [str(SCENES_APP), str(OCR_APP), str(EXAMPLES / "media")]


class Media:
    """The three videos and what media.json says of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.items: dict[str, dict[str, Any]] = {
            item["guid"]: item for item in json.loads((folder / "media.json").read_text())["media"]
        }

    def path(self, guid: str) -> Path:
        return self.folder / self.items[guid]["path"]

    def mmif(self, guid: str) -> str:
        return video_mmif(self.path(guid))

    def segments(self, guid: str, label: str) -> list[dict[str, Any]]:
        return [segment for segment in self.items[guid]["segments"] if segment["label"] == label]


class Served:
    """One app's process. `post` answers the response as it came."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"

    def post(self, mmif: str, request_id: str | None = None, **parameters: Any) -> requests.Response:
        headers = {"Connection": "close"} | ({"X-Request-ID": request_id} if request_id else {})
        return requests.post(
            self.url, mmif.encode(), params=parameters, headers=headers, timeout=SECONDS_TO_ANSWER
        )

    def run(self, mmif: str, **parameters: Any) -> Mmif:
        response = self.post(mmif, **parameters)
        assert response.status_code == 200, response.text[:2000]
        return Mmif(response.text)

    def percent(self, request_id: str) -> float:
        response = requests.get(f"{self.url}/progress/{request_id}", timeout=SECONDS_TO_ANSWER)
        assert response.status_code == 200, response.text
        return float(response.json()["percent"])


def video_mmif(path: Path, version: str = "1.2.0", kind: str = str(DocumentTypes.VideoDocument)) -> str:
    """An MMIF that names one video and has no views."""
    document = {"id": "d1", "mime": "video/mp4", "location": path.absolute().as_uri()}
    return json.dumps(
        {
            "metadata": {"mmif": f"http://mmif.clams.ai/{version}"},
            "documents": [{"@type": kind, "properties": document}],
            "views": [],
        }
    )


def frames(mmif: Mmif) -> list[tuple[str, int, int]]:
    """Label, start and end in milliseconds of every TimeFrame, in the order of time."""
    found = [
        (frame.get_property("label"), int(mmif.get_start(frame)), int(mmif.get_end(frame)))
        for view in mmif.get_all_views_contain(AnnotationTypes.TimeFrame)
        for frame in view.get_annotations(AnnotationTypes.TimeFrame)
    ]
    return sorted(found, key=lambda one: one[1])


def texts(mmif: Mmif) -> list[tuple[str, list[str]]]:
    """For every TextDocument that is aligned with a TimeFrame: the TimeFrame's label, and the lines."""
    found = []
    for view in mmif.get_all_views_contain(DocumentTypes.TextDocument):
        for alignment in view.get_annotations(AnnotationTypes.Alignment):
            source, target = (mmif[alignment.get_property(end)] for end in ("source", "target"))
            if source.at_type == AnnotationTypes.TimeFrame:
                found.append((source.get_property("label"), target.text_value.split("\n")))
    return found


def alike(lines: list[str]) -> list[str]:
    """Without what OCR is free to differ in: case and white space."""
    return ["".join(line.split()).casefold() for line in lines]


@contextmanager
def serve(app: Path, log: Path, *arguments: str) -> Iterator[Served]:
    """Starts `python app.py --port …` on a free port, and ends it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "app.py", "--port", str(port), *arguments]
    scratch = scratch_of(log)
    scratch.mkdir()
    with log.open("wb") as output:
        environment = os.environ | {"TMPDIR": str(scratch)}
        process = subprocess.Popen(command, cwd=app, env=environment, stdout=output, stderr=output)
        try:
            served = Served(process, port)
            wait_until(lambda: answers(served), process, log)
            yield served
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def scratch_of(log: Path) -> Path:
    """Where an app that logs there puts its temporary files."""
    return log.parent / "scratch"


def answers(served: Served) -> bool:
    try:
        return requests.get(served.url, timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while not ready():
        assert process.poll() is None, f"the app ended at once: {log.read_text()}"
        assert time.monotonic() < end, f"the app does not answer: {log.read_text()}"
        time.sleep(0.05)


def run_script(
    script: Path, *arguments: str | Path, extra_path: Path | None = None, home: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a script to its end. `extra_path` is a folder of modules that come first; `home` is its
    home directory."""
    environment = dict(os.environ)
    if extra_path:
        environment["PYTHONPATH"] = str(extra_path)
    if home:
        environment |= {name: str(home) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME")}
    return subprocess.run(
        [sys.executable, script.name, *map(str, arguments)],
        cwd=script.parent,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS_TO_ANSWER,
        check=False,
    )


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    folder = tmp_path_factory.mktemp("media")
    made = run_script(EXAMPLES / "media" / "make_media.py", "--out", folder)
    assert made.returncode == 0, made.stderr
    return Media(folder)


@pytest.fixture(scope="session")
def scenes_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(SCENES_APP, tmp_path_factory.mktemp("scenes") / "log") as served:
        yield served


@pytest.fixture(scope="session")
def ocr_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(OCR_APP, tmp_path_factory.mktemp("ocr") / "log") as served:
        yield served


@pytest.fixture(scope="session")
def with_scenes(media: Media, scenes_app: Served) -> dict[str, str]:
    """By GUID, the MMIF in which the first app has written its scenes."""
    return {guid: scenes_app.run(media.mmif(guid)).serialize() for guid in media.items}
