"""`make demo` with real processes: `chowda up`, two CLAMS apps and three videos. Checks the results."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "examples/demo.py"
PATIENCE_SECONDS = 150
SLACK_MS = 600
"The app samples a frame every half second."

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not (ROOT / "examples/.venv/bin/python").exists(),
        reason="the example apps are not installed: `make install-examples`",
    ),
]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One directory for all tests, so that the videos are made once."""
    return tmp_path_factory.mktemp("demo")


@contextmanager
def demo(out: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, DEMO, "--port", "0", "--out", out, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"COLUMNS": "160"},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait()


def output_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    output = ""
    for line in process.stdout:
        output += line
        if text in line:
            return output
    raise AssertionError(f"the demo ended without printing {text!r}:\n{output}")


def read_mmif(path: Path) -> dict[str, list[tuple[int, int, str]]]:
    """Return by label: start and end in milliseconds, and the text aligned with the frame ("" if none)."""
    annotations: dict[str, tuple[str, dict[str, Any]]] = {}
    for view in json.loads(path.read_text("utf-8"))["views"]:
        for annotation in view["annotations"]:
            kind = annotation["@type"].split("/")[-2]
            # The SDK moves properties that all annotations of a type share into the view.
            shared = view["metadata"].get("contains", {}).get(annotation["@type"], {})
            annotations[annotation["properties"]["id"]] = (kind, shared | annotation["properties"])
    texts = {
        properties["source"]: str(annotations[properties["target"]][1]["text"]["@value"])
        for kind, properties in annotations.values()
        if kind == "Alignment"
    }
    found: dict[str, list[tuple[int, int, str]]] = {}
    for id, (kind, properties) in annotations.items():
        if kind == "TimeFrame":
            points = [annotations[target][1]["timePoint"] for target in properties["targets"]]
            found.setdefault(properties["label"], []).append((min(points), max(points), texts.get(id, "")))
    return found


def normalized(text: str) -> str:
    return "".join(text.split()).casefold()


def descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def survivors(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait up to this time for the processes to end. Return those that still run."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [process for process in alive if process.is_running()]


def test_demo_finds_the_text_in_the_videos_and_ctrl_c_ends_all_processes(
    out: Path,
) -> None:
    with demo(out) as process:
        output = output_until(process, "until you press Ctrl-C")
        children = descendants(process.pid)
        assert len(children) >= 6  # the supervisor, Postgres, API, worker, two apps
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        process.communicate(timeout=30)
        assert time.monotonic() - began < 15
        assert survivors(children, 1) == []

    assert "FINISHED" in output
    media = json.loads((out / "media/media.json").read_text("utf-8"))["media"]
    assert len(media) == 3
    for item in media:
        found = read_mmif(out / f"mmif/{item['guid']}.mmif")
        truth: dict[str, list[dict[str, Any]]] = {}
        for segment in item["segments"]:
            truth.setdefault(segment["label"], []).append(segment)
        assert {label: len(frames) for label, frames in found.items()} == {
            label: len(segments) for label, segments in truth.items()
        }, item["guid"]
        for label, segments in truth.items():
            for (start, end, text), segment in zip(sorted(found[label]), segments, strict=True):
                assert abs(start - segment["startMs"]) <= SLACK_MS, (item["guid"], label)
                assert abs(end - segment["endMs"]) <= SLACK_MS, (item["guid"], label)
                assert normalized(text) == normalized("".join(segment.get("lines", []))), (
                    item["guid"],
                    label,
                )
        for line in (line for s in truth.get("slate", []) for line in s["lines"]):
            assert line in output
        assert f"{item['guid']}.mmif" in output


def command_lines(processes: Iterable[psutil.Process]) -> Iterator[list[str]]:
    """Yield the command line of each process that still runs."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            yield process.cmdline()


def test_killed_demo_leaves_no_process(out: Path) -> None:
    with demo(out) as process:
        output_until(process, "Chowda runs at")
        children = descendants(process.pid)
        assert len(children) >= 6
        [data_dir] = {
            Path(line[line.index("--data-dir") + 1])
            for line in command_lines(children)
            if "--data-dir" in line
        }
        process.kill()
        process.wait()
        assert survivors(children, 15) == []
    shutil.rmtree(data_dir)  # the killed demo cannot remove it
