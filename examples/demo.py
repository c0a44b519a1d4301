"""`make demo`: run three real videos through two real CLAMS apps and show the text on their slates.

Starts Chowda and the two example apps, makes three videos, runs them as a batch and downloads the MMIF. Everything
keeps running until Ctrl-C, which stops all processes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chowda.cli.watch import watch
from chowda.client import (
    AsyncChowda,
    ChowdaError,
    DocumentType,
    MediaDocumentInput,
    MediaFileInput,
    PipelineRunFilter,
    PipelineStepInput,
    RunStatus,
)
from chowda.standalone.spawn import spawn

EXAMPLES = Path(__file__).parent
PYTHON = EXAMPLES / ".venv/bin/python"
APPS = ("scenes-with-text", "slate-ocr")
READY = "Chowda is ready at "
START_SECONDS = 120

console = Console()


class DemoFailed(Exception):
    """The demo cannot continue. The message is for the user."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="port of Chowda; a free one if it is in use")
    parser.add_argument(
        "--out", type=Path, default=EXAMPLES.parent / ".demo", help="directory for videos, MMIF and logs"
    )
    parser.add_argument("--leave", action="store_true", help="stop after the table of results")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return run(options.out.resolve(), options.port, options.leave)
    except (DemoFailed, ChowdaError) as exc:
        console.print(Text(str(exc), style="red"))
        return 1
    except KeyboardInterrupt:
        return 130


def run(out: Path, port: int, leave: bool) -> int:
    with ExitStack() as started:
        data_dir = started.enter_context(fresh_data_dir())
        log = out / "logs"
        log.mkdir(parents=True, exist_ok=True)
        with console.status("Making three videos with sound …"):
            media = make_media(out / "media")
        with console.status("Starting Chowda and two CLAMS apps …"):
            endpoints = [started.enter_context(clams_app(name, log / f"{name}.log")) for name in APPS]
            url = started.enter_context(chowda(data_dir, free_port(port), log / "chowda.log"))
            for name, endpoint in zip(APPS, endpoints, strict=True):
                wait_for(endpoint, name, log / f"{name}.log")
        console.print(f"Chowda runs at [bold]{url}[/]. Its logs are in {log}")
        failed = asyncio.run(process(url, endpoints, media, out))
        if not leave:
            console.print(f"\nChowda keeps running at [bold]{url}[/] until you press Ctrl-C.")
            signal.pause()
        return 1 if failed else 0


async def process(url: str, endpoints: list[str], media: list[dict[str, Any]], out: Path) -> bool:
    """Register, run and download everything and print the results. Returns whether anything failed."""
    async with AsyncChowda(url) as chowda:
        apps = [await chowda.register_app(endpoint=endpoint) for endpoint in endpoints]
        await chowda.add_media_files([media_file(item, out / "media" / item["path"]) for item in media])
        steps = [PipelineStepInput(app_id=app.id) for app in apps]
        pipeline = await chowda.create_pipeline("Slates and names", steps)
        guids = [item["guid"] for item in media]
        batch = await chowda.create_batch("Three programmes", guids=guids, pipeline_id=pipeline.id)
        run = await chowda.start_batch(batch.id)
        console.print()
        state = await watch(chowda, run.id, console)
        fetched = await chowda.download_mmifs(run.id, out / "mmif")
        console.print()
        console.print(await results(chowda, run.id, [file.guid for file in fetched.files], out / "mmif"))
        return state.status is not RunStatus.FINISHED


def media_file(item: dict[str, Any], path: Path) -> MediaFileInput:
    document = MediaDocumentInput(
        type=DocumentType.VIDEO,
        mime="video/mp4",
        location=f"file://{path.absolute()}",  # not percent-encoded: apps do not decode %20
        duration_seconds=item["durationMs"] / 1000,
    )
    return MediaFileInput(guid=item["guid"], documents=[document])


async def results(chowda: AsyncChowda, run_id: str, guids: list[str], directory: Path) -> Table:
    table = Table(title="Results", title_justify="left", expand=True, show_lines=True)
    table.add_column("File", no_wrap=True)
    table.add_column("Slate", min_width=22)
    table.add_column("MMIF", overflow="fold")
    runs = chowda.pipeline_runs(filter=PipelineRunFilter(batch_runs=[run_id]), descending=False)
    async for run in runs:
        guid, url = run.media_file.guid, run.mmif.url if run.mmif else ""
        errors = [step.error.message for step in run.steps if step.error]
        path = directory / f"{guid}.mmif"
        found: Text | str = Text("\n".join(errors), style="red")
        if guid in guids and not errors:
            found = "\n".join(slate_texts(json.loads(path.read_text("utf-8")))) or Text(
                "no slate", style="dim"
            )
        table.add_row(guid, found, f"{short_path(path)}\n{url}")
    return table


def slate_texts(mmif: dict[str, Any]) -> list[str]:
    """Return the text of the documents that are aligned with a time frame labelled slate."""
    annotations = {}
    alignments: list[tuple[str, str]] = []
    for view in mmif["views"]:
        for annotation in view["annotations"]:
            # The SDK moves properties that all annotations of a type share into the view.
            shared = view["metadata"].get("contains", {}).get(annotation["@type"], {})
            properties = shared | annotation["properties"]
            kind = annotation["@type"].split("/")[-2]
            own_id = properties["id"]
            annotations[own_id if ":" in own_id else f"{view['id']}:{own_id}"] = (
                kind,
                properties,
                view["id"],
            )
            if kind == "Alignment":
                alignments.append(
                    (qualified(properties["source"], view["id"]), qualified(properties["target"], view["id"]))
                )
    texts = []
    for source, target in alignments:
        ends = [annotations.get(source), annotations.get(target)]
        frame = next(
            (end for end in ends if end and end[0] == "TimeFrame" and end[1].get("label") == "slate"), None
        )
        text = next((end for end in ends if end and end[0] == "TextDocument"), None)
        if frame and text:
            texts.append(str(text[1]["text"]["@value"]))
    return texts


def qualified(annotation_id: str, view_id: str) -> str:
    return annotation_id if ":" in annotation_id else f"{view_id}:{annotation_id}"


def short_path(path: Path) -> str:
    """Return the path, relative to the current directory if possible."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def make_media(directory: Path) -> list[dict[str, Any]]:
    made = subprocess.run(
        [PYTHON, EXAMPLES / "media/make_media.py", "--out", directory],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise DemoFailed(f"Could not make the videos:\n{made.stderr.strip()[-2000:]}")
    return list(json.loads((directory / "media.json").read_text("utf-8"))["media"])


@contextmanager
def fresh_data_dir() -> Iterator[Path]:
    """A temporary data directory. As root, it must be accessible to the account that runs Postgres."""
    parent = Path("/var/tmp") if os.geteuid() == 0 else None
    directory = Path(tempfile.mkdtemp(prefix="chowda-demo-", dir=parent))
    directory.chmod(0o711)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def running_process(
    command: list[str | Path], log: Path, stop_seconds: float, **spawning: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command until the block ends. It also ends if the demo is killed."""
    with log.open("wb") as output:
        process = spawn(command, env=os.environ, output=output.fileno(), **spawning)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(stop_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def clams_app(name: str, log: Path) -> Iterator[str]:
    port = free_port(0)
    app = EXAMPLES / "apps" / name
    with running_process(
        [PYTHON, "app.py", "--port", str(port)], log, 3, cwd=app, death_signal=signal.SIGKILL
    ):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def chowda(data_dir: Path, port: int, log: Path) -> Iterator[str]:
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "chowda",
        "up",
        "--port",
        str(port),
        "--data-dir",
        data_dir,
    ]
    with running_process(command, log, 12, cwd=data_dir, death_signal=signal.SIGTERM) as process:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            for line in log.read_text("utf-8", "replace").splitlines():
                if line.startswith(READY):
                    yield line.removeprefix(READY).strip()
                    return
            time.sleep(0.1)
        raise DemoFailed(f"Chowda did not start. Its last output:\n{tail(log)}")


def wait_for(endpoint: str, name: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(endpoint, timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise DemoFailed(f"The app {name} did not start. Its last output:\n{tail(log)}")


def tail(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-15:])


def free_port(wanted: int) -> int:
    """Return this port if it is free, else any free port."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemoFailed("No port is free on this machine.")


if __name__ == "__main__":
    sys.exit(main())
