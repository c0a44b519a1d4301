"""The client and the example script against the whole server: API, worker, and apps that answer over HTTP."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from fake_clams import FakeClams
from running_api import RunningApi

from chowda.cli import main
from chowda.config import Settings
from chowda.workers.main import working

CLIENT = Path(__file__).parents[2] / "examples" / "client.py"
GUIDS = [f"cpb-aacip-507-{number:03}" for number in range(4)]
Run = Callable[..., tuple[int, str]]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The worker's log stays out of what the commands write."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
def worker(database_url: str, tmp_path: Path) -> Iterator[None]:
    settings = Settings(
        database_url=database_url, data_dir=tmp_path, poll_seconds=1, flush_seconds=0.05, threads=8
    )
    with working(settings):
        yield


@pytest.fixture
def apps() -> Iterator[tuple[FakeClams, FakeClams]]:
    with FakeClams(name="one") as one, FakeClams(name="two") as two:
        yield one, two


@pytest.fixture
def chowda(api: RunningApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command in this process; returns its exit status and what it wrote to stdout."""
    monkeypatch.setenv("CHOWDA_URL", api.url)

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["chowda", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ending:
            main()
        captured = capsys.readouterr()
        assert captured.err == ""
        return int(ending.value.code or 0), captured.out

    return run


def ask(api: RunningApi, document: str, **variables: Any) -> Any:
    response = httpx.post(f"{api.url}/graphql", json={"query": document, "variables": variables}, timeout=30)
    answer = response.json()
    assert "errors" not in answer, answer["errors"]
    return next(iter(answer["data"].values()))


@pytest.fixture
def batch(api: RunningApi, apps: tuple[FakeClams, FakeClams]) -> None:
    """The batch `spring` and the pipeline `slates` through both apps."""
    ids = [
        ask(api, "mutation ($e: String) { registerApp(input: {endpoint: $e}) { id } }", e=app.url)["id"]
        for app in apps
    ]
    files = [
        {"guid": guid, "documents": [{"type": "VIDEO", "location": f"file:///data/{guid}.mp4"}]}
        for guid in GUIDS
    ]
    ask(api, "mutation ($f: [MediaFileInput!]!) { addMediaFiles(input: $f) { guid } }", f=files)
    steps = [{"appId": app_id} for app_id in ids]
    ask(
        api,
        'mutation ($s: [PipelineStepInput!]!) { createPipeline(input: {name: "slates", steps: $s}) { id } }',
        s=steps,
    )
    ask(api, 'mutation ($g: [String!]!) { createBatch(input: {name: "spring", guids: $g}) { id } }', g=GUIDS)


def test_a_batch_is_run_watched_and_fetched_from_the_terminal(
    api: RunningApi, worker: None, batch: None, chowda: Run, tmp_path: Path
) -> None:
    status, out = chowda("run", "--pipeline", "slates", "--batch", "spring", "--watch")
    lines = out.splitlines()
    run_id = lines[0].split()[0]
    assert lines[0].startswith(f"{run_id}  spring through slates  ")
    assert lines[-1].startswith("FINISHED  files: done 4/4, took ")
    assert status == 0

    status, out = chowda("mmif", "get", run_id, "--out", str(tmp_path / "out"), "--json")
    assert [file["guid"] for file in json.loads(out)["files"]] == GUIDS
    assert status == 0
    path = tmp_path / "out" / f"{GUIDS[0]}.mmif"
    views = json.loads(path.read_bytes())["views"]
    assert [view["metadata"]["app"].rsplit("/", 2)[1] for view in views] == ["one", "two"]

    status, out = chowda("mmif", "put", GUIDS[0], str(path))
    assert f"The newest MMIF of {GUIDS[0]} is now {api.url}/mmif/" in out
    assert status == 0


def test_a_failure_is_told_while_watching_and_a_retry_goes_on(
    apps: tuple[FakeClams, FakeClams], worker: None, batch: None, chowda: Run
) -> None:
    apps[1].behave("error_view", guid=GUIDS[2], times=1)

    status, out = chowda("run", "--pipeline", "slates", "--batch", "spring", "--watch", "--json")
    events = [json.loads(line) for line in out.splitlines()]
    failures = [event["failure"] for event in events if event["event"] == "failure"]
    run_id = events[0]["batchRun"]["id"]
    assert [(failure["guid"], failure["app"], failure["code"]) for failure in failures] == [
        (GUIDS[2], "two", "APP_ERROR")
    ]
    assert [event["batchRun"]["status"] for event in events if event["event"] == "state"][-1] == "FAILED"
    assert status == 1

    status, out = chowda("status", run_id)
    assert f"failed  {GUIDS[2]}  2 two  APP_ERROR" in out
    assert status == 1
    assert chowda("retry", run_id)[0] == 0
    assert chowda("watch", run_id)[0] == 0


def test_a_run_without_a_worker_is_cancelled_and_listed(batch: None, chowda: Run) -> None:
    command = ["run", "--pipeline", "slates", "--batch", "spring", "--idempotency-key", "k1", "--json"]
    first, second = (json.loads(chowda(*command)[1]) for _ in range(2))
    assert first["id"] == second["id"]

    assert chowda("cancel", first["id"]) == (0, f"Batch run {first['id']} is CANCELED.\n")
    status, out = chowda("status")
    assert out.splitlines()[-1].split()[:4] == [first["id"], "spring", "slates", "CANCELED"]
    assert status == 0


def test_the_example_script_registers_starts_watches_and_fetches(
    api: RunningApi, worker: None, apps: tuple[FakeClams, FakeClams], tmp_path: Path
) -> None:
    manifest = tmp_path / "media.json"
    manifest.write_text(json.dumps({"media": [{"guid": guid, "path": f"{guid}.mp4"} for guid in GUIDS]}))

    done = subprocess.run(
        [sys.executable, str(CLIENT), str(manifest), *(app.url for app in apps)],
        cwd=tmp_path,
        env={**os.environ, "CHOWDA_URL": api.url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "'status': 'FINISHED', 'percent': 100" in lines[-1]
    with zipfile.ZipFile(tmp_path / "mmif.zip") as archive:
        assert archive.namelist() == [f"{guid}.mmif" for guid in GUIDS]
        assert all(len(json.loads(archive.read(name))["views"]) == 2 for name in archive.namelist())
    assert len(CLIENT.read_text().splitlines()) < 40
