"""The client and the example script against the whole server: API, worker, and apps over HTTP."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from command_line import Command
from fake_clams import FakeClams
from running_api import RunningApi

from chowda.client import Chowda, DocumentType, MediaDocumentInput, MediaFileInput, PipelineStepInput
from chowda.config import Settings
from chowda.workers.process import running_worker

CLIENT = Path(__file__).parents[3] / "examples" / "client.py"
GUIDS = [f"cpb-aacip-507-{number:03}" for number in range(4)]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keeps the worker's log out of the output of the commands."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
def worker(database_url: str, tmp_path: Path) -> Iterator[None]:
    settings = Settings(
        database_url=database_url, data_dir=tmp_path, poll_seconds=1, flush_seconds=0.05, threads=8
    )
    with running_worker(settings):
        yield


@pytest.fixture
def apps() -> Iterator[tuple[FakeClams, FakeClams]]:
    with FakeClams(name="one") as one, FakeClams(name="two") as two:
        yield one, two


@pytest.fixture
def chowda(api: RunningApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("CHOWDA_URL", api.url)
    return Command(monkeypatch, capsys)


@pytest.fixture
def batch(api: RunningApi, apps: tuple[FakeClams, FakeClams]) -> None:
    """The batch `spring`, and the pipeline `slates` with a step for each app."""
    with Chowda(api.url) as chowda:
        steps = [PipelineStepInput(app_id=chowda.register_app(endpoint=app.url).id) for app in apps]
        locations = {guid: f"file:///data/{guid}.mp4" for guid in GUIDS}
        chowda.add_media_files(
            [
                MediaFileInput(
                    guid=guid, documents=[MediaDocumentInput(type=DocumentType.VIDEO, location=location)]
                )
                for guid, location in locations.items()
            ]
        )
        chowda.create_pipeline("slates", steps)
        chowda.create_batch("spring", guids=GUIDS)


def test_a_batch_is_run_watched_and_downloaded_from_the_terminal(
    api: RunningApi, worker: None, batch: None, chowda: Command, tmp_path: Path
) -> None:
    run = chowda("run", "--pipeline", "slates", "--batch", "spring", "--watch")
    run_id = run.lines[0].split()[0]
    assert run.lines[0].startswith(f"{run_id}  spring through slates  ")
    assert run.lines[-1].startswith("FINISHED  files: done 4/4, took ")
    assert (run.status, run.err) == (0, "")

    downloaded = chowda("mmif", "get", run_id, "--out", str(tmp_path / "out"), "--json")
    assert [file["guid"] for file in downloaded.json["files"]] == GUIDS
    path = tmp_path / "out" / f"{GUIDS[0]}.mmif"
    views = json.loads(path.read_bytes())["views"]
    assert [view["metadata"]["app"].rsplit("/", 2)[1] for view in views] == ["one", "two"]

    uploaded = chowda("mmif", "put", GUIDS[0], str(path))
    mmif_id = uploaded.out.split(" is now ")[1].split(",")[0]
    assert f", {api.url}/mmif/{mmif_id} (" in uploaded.out
    assert chowda("mmif", "show", mmif_id, "--json").json["origin"] == "UPLOAD"
    one = chowda("mmif", "get", mmif_id, "--out", str(tmp_path / "one"))
    assert (tmp_path / "one" / f"{GUIDS[0]}.mmif").read_bytes() == path.read_bytes()
    assert one.status == 0

    for command in (["runs", "download", run_id], ["batches", "download", "spring"]):
        assert chowda(*command, "--out", str(tmp_path / "all.zip")).status == 0
        with zipfile.ZipFile(tmp_path / "all.zip") as archive:
            assert archive.namelist() == [f"{guid}.mmif" for guid in GUIDS]
    calls = chowda("runs", "calls", run_id, "--json").json
    assert (
        sorted((call["stepRun"]["position"], call["error"]) for call in calls)
        == [(1, None)] * 4 + [(2, None)] * 4
    )
    outputs = chowda("batches", "outputs", "spring", "--csv")
    assert [line.split(",")[1] for line in outputs.lines[1:]] == GUIDS
    assert chowda("batches", "add-mmifs", "spring", mmif_id).status == 0
    assert chowda("batches", "inputs", "spring", "--json").json[0]["id"] == mmif_id


def test_watching_shows_a_failure_and_a_retry_finishes_the_file(
    apps: tuple[FakeClams, FakeClams], worker: None, batch: None, chowda: Command
) -> None:
    apps[1].behave("error_view", guid=GUIDS[2], times=1)

    run = chowda("run", "--pipeline", "slates", "--batch", "spring", "--watch", "--json")
    events = [json.loads(line) for line in run.lines]
    failures = [event["failure"] for event in events if event["event"] == "failure"]
    run_id = events[0]["batchRun"]["id"]
    assert [(failure["guid"], failure["app"], failure["code"]) for failure in failures] == [
        (GUIDS[2], "two", "APP_ERROR")
    ]
    assert [event["batchRun"]["status"] for event in events if event["event"] == "state"][-1] == "FAILED"
    assert run.status == 1

    status = chowda("status", run_id)
    assert f"failed  {GUIDS[2]}  2 two  APP_ERROR" in status.out
    assert status.status == 1
    failed = chowda("runs", "files", "--run", run_id, "--error", "APP_ERROR", "--json").json
    assert [file["mediaFile"]["guid"] for file in failed] == [GUIDS[2]]
    assert "APP_ERROR: " in chowda("runs", "show", failed[0]["id"]).out
    assert chowda("retry", failed[0]["id"]).out == "Retried 1 file of 1 batch run.\n"
    assert chowda("watch", run_id).status == 0


def test_a_run_without_a_worker_is_cancelled_and_listed(batch: None, chowda: Command) -> None:
    command = ["run", "--pipeline", "slates", "--batch", "spring", "--idempotency-key", "k1", "--json"]
    first, second = (chowda(*command).json for _ in range(2))
    assert first["id"] == second["id"]

    preview = chowda("cancel", "--status", "waiting", "--dry-run")
    assert preview.out == "Cancels 4 files of 1 batch run.\n"
    assert chowda("runs", "priority", "7", first["id"]).status == 0
    assert chowda("status", first["id"], "--json").json["priority"] == 7
    assert chowda("cancel", first["id"]).out == "Canceled 4 files of 1 batch run.\n"
    again = chowda("cancel", first["id"])
    assert (again.status, again.err) == (2, f"{first['id']}: It has already ended: CANCELED.\n")
    assert chowda("status").lines[-1].split()[:4] == [first["id"], "spring", "slates", "CANCELED"]


def test_the_example_script_registers_starts_watches_and_downloads(
    api: RunningApi, worker: None, apps: tuple[FakeClams, FakeClams], tmp_path: Path
) -> None:
    manifest = tmp_path / "media.json"
    manifest.write_text(json.dumps({"media": [{"guid": guid, "path": f"{guid}.mp4"} for guid in GUIDS]}))

    completed = subprocess.run(
        [sys.executable, str(CLIENT), str(manifest), *(app.url for app in apps)],
        cwd=tmp_path,
        env={**os.environ, "CHOWDA_URL": api.url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert completed.returncode == 0, completed.stderr
    assert completed.stdout.splitlines()[-1].startswith("FINISHED 100 % ")
    with zipfile.ZipFile(tmp_path / "mmif.zip") as archive:
        assert archive.namelist() == [f"{guid}.mmif" for guid in GUIDS]
        assert all(len(json.loads(archive.read(name))["views"]) == 2 for name in archive.namelist())
    assert len(CLIENT.read_text().splitlines()) < 40
