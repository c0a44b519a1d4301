from __future__ import annotations

import importlib.metadata
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scripted_server import Batch, RunCounts, ScriptedServer, file_run, scripted_server

from chowda.cli import main
from chowda.client import states
from chowda.models.status import RunStatus

Run = Callable[..., int]
MMIF = b'{"metadata": {"mmif": "http://mmif.clams.ai/1.1.0"}, "documents": [], "views": []}'


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        server.add_run()
        monkeypatch.setenv("CHOWDA_URL", server.url)
        yield server


@pytest.fixture
def chowda(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in this process; returns its exit status."""

    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["chowda", *arguments])
        with pytest.raises(SystemExit) as ending:
            main()
        code = ending.value.code
        return code if isinstance(code, int) else int(code is not None)

    return run


def test_a_batch_is_started_by_the_names_of_batch_and_pipeline(
    server: ScriptedServer, chowda: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [
        "run",
        "--pipeline",
        "slates",
        "--batch",
        "spring",
        "--idempotency-key",
        "k1",
        "--priority",
        "7",
    ]
    assert chowda(*command) == 0

    (started,) = server.started
    assert (started.batch_id, started.pipeline_id, started.idempotency_key) == ("batch-1", "pipe-1", "k1")
    assert (started.from_blank_mmif, started.priority) == (True, 7)
    assert capsys.readouterr().out == "Batch run brun-1 has started. Watch it: chowda watch brun-1\n"


def test_an_unknown_name_starts_nothing_and_suggests_another(
    server: ScriptedServer, chowda: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert chowda("run", "--pipeline", "slates", "--batch", "sprung") == 2

    assert server.started == []
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "There is no batch named 'sprung'. Did you mean 'spring'?\n"


def test_of_several_batches_with_one_name_the_id_says_which(
    server: ScriptedServer, chowda: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    server.batches.append(Batch(id="batch-2", name="spring"))

    assert chowda("run", "--pipeline", "slates", "--batch", "spring") == 2
    assert chowda("run", "--pipeline", "slates", "--batch", "batch-2") == 0

    expected = "There are 2 batches named 'spring'. Say which by its ID: batch-1, batch-2.\n"
    assert capsys.readouterr().err == expected
    assert [started.batch_id for started in server.started] == ["batch-2"]


@pytest.mark.parametrize(
    ("status", "exit_status"), [(RunStatus.FINISHED, 0), (RunStatus.FAILED, 1), (RunStatus.CANCELED, 1)]
)
def test_the_exit_status_of_a_watched_run_says_how_it_ended(
    server: ScriptedServer, chowda: Run, status: RunStatus, exit_status: int
) -> None:
    server.change("brun-1", status)

    assert chowda("watch", "brun-1") == exit_status
    assert chowda("run", "--pipeline", "slates", "--batch", "spring", "--watch") == exit_status
    assert chowda("status", "brun-1") == exit_status


def test_runs_are_listed_with_the_active_ones_first(
    server: ScriptedServer, chowda: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        server.add_run()
    server.change("brun-3", RunStatus.FINISHED)
    server.change("brun-1", RunStatus.PAUSED)

    assert chowda("status") == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["RUN", "brun-2", "brun-1", "brun-3"]


def test_without_any_run_status_says_how_to_start_one(
    server: ScriptedServer, chowda: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    server.runs.clear()

    assert chowda("status") == 0
    assert "There are no batch runs yet. Start one: chowda run" in capsys.readouterr().out


def test_status_as_json_is_one_document(
    server: ScriptedServer, chowda: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    server.files["brun-1"] = [file_run(1, failed=(1, "APP_ERROR", "no"))]

    assert chowda("status", "--json") == 0
    runs = json.loads(capsys.readouterr().out)
    assert chowda("status", "brun-1", "--json") == 0
    details = json.loads(capsys.readouterr().out)

    assert [run["id"] for run in runs["batchRuns"]] == ["brun-1"]
    assert details["batchRun"] == runs["batchRuns"][0]
    assert details["failures"][0]["code"] == "APP_ERROR"


def test_status_says_how_many_more_files_failed_than_it_lists(
    server: ScriptedServer, chowda: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    server.files["brun-1"] = [file_run(number, failed=(1, "APP_ERROR", "no")) for number in range(60)]
    server.change("brun-1", RunStatus.FAILED, counts=RunCounts(total=60, failed=60))

    assert chowda("status", "brun-1") == 1

    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("failed  cpb-aacip-") for line in lines) == 50
    assert lines[-1] == "10 more files failed."


@pytest.mark.parametrize(
    ("command", "status"), [("cancel", "CANCELED"), ("pause", "PAUSED"), ("resume", "RUNNING")]
)
def test_a_run_is_cancelled_paused_and_resumed(
    server: ScriptedServer, chowda: Run, capsys: pytest.CaptureFixture[str], command: str, status: str
) -> None:
    assert chowda(command, "brun-1") == 0

    assert server.runs["brun-1"].status == status
    assert capsys.readouterr().out == f"Batch run brun-1 is {status}.\n"


def test_one_file_is_paused_and_sent_back_by_its_own_id(
    server: ScriptedServer, chowda: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    server.files["brun-1"] = [file_run(1)]
    assert chowda("pause", "prun-1") == 0
    assert chowda("retry", "prun-1", "--from-step", "2") == 0
    assert chowda("retry", "brun-1", "--from-step", "1") == 0

    assert server.retried == [("prun-1", 2)]
    assert capsys.readouterr().out.splitlines() == [
        "Pipeline run prun-1 (cpb-aacip-001) is RUNNING, and paused.",
        "Pipeline run prun-1 (cpb-aacip-001) is RUNNING, and paused.",
        "Batch run brun-1 is RUNNING.",
    ]


def test_what_the_server_refuses_is_told_in_its_words(
    server: ScriptedServer, chowda: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert chowda("retry", "brun-1") == 2
    assert chowda("cancel", "brun-9") == 2
    assert chowda("watch", "brun-9") == 2

    assert capsys.readouterr().err.splitlines() == [
        "The batch run brun-1 has nothing to retry.",
        "There is no batch run and no pipeline run with the ID 'brun-9'.",
        "There is no batch run with the ID 'brun-9'. `chowda status` lists the latest.",
    ]


def test_fetching_says_what_came_and_what_is_missing(
    server: ScriptedServer, chowda: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    server.files["brun-1"] = [file_run(1), file_run(2, mmif=server.add_mmif("m2", MMIF))]
    out = str(tmp_path / "out")

    assert chowda("mmif", "get", "brun-1", "--out", out) == 0
    assert capsys.readouterr().out == f"1 fetched to {out}, 0 there already.\n1 have no MMIF yet.\n"
    assert chowda("mmif", "get", "brun-1", "--out", out, "--json") == 0
    document = json.loads(capsys.readouterr().out)

    assert (tmp_path / "out" / "cpb-aacip-002.mmif").read_bytes() == MMIF
    assert [(file["guid"], file["state"]) for file in document["files"]] == [("cpb-aacip-002", "present")]
    assert document["without"] == ["cpb-aacip-001"]


def test_a_file_that_can_not_be_fetched_makes_the_exit_status_one(
    server: ScriptedServer,
    chowda: Run,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chowda.client.mmif_files.RETRY_SECONDS", 0.01)
    server.files["brun-1"] = [file_run(1, mmif=server.add_mmif("m1", MMIF))]
    server.mmifs.clear()

    assert chowda("mmif", "get", "brun-1", "--out", str(tmp_path)) == 1
    assert capsys.readouterr().err == "cpb-aacip-001: There is no MMIF with the ID 'm1'.\n"


def test_a_file_is_put(
    server: ScriptedServer, chowda: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "corrected.mmif"
    path.write_bytes(MMIF)

    assert chowda("mmif", "put", "cpb-aacip-001", str(path)) == 0

    assert server.uploads == {"cpb-aacip-001": MMIF}
    expected = f"The newest MMIF of cpb-aacip-001 is now {server.url}/mmif/1 (82 bytes).\n"
    assert capsys.readouterr().out == expected


def test_a_server_that_is_not_running_is_told_without_a_traceback(
    chowda: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["status"], ["watch", "brun-1"], ["run", "--pipeline", "a", "--batch", "b"]):
        assert chowda(*arguments, "--url", "http://127.0.0.1:9") == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith("Chowda does not answer at http://127.0.0.1:9 (")
        assert captured.err.endswith(
            "Start it with `chowda up`, or say where it runs with --url or CHOWDA_URL.\n"
        )


def test_an_address_is_shown_without_its_password(chowda: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert chowda("status", "--url", "http://someone:hush@127.0.0.1:9") == 2

    assert "hush" not in capsys.readouterr().err


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://"])
def test_what_is_no_address_is_refused(chowda: Run, capsys: pytest.CaptureFixture[str], url: str) -> None:
    assert chowda("status", "--url", url) == 2
    assert "is not the address of a server" in capsys.readouterr().err


def test_a_wrong_use_is_told_with_exit_status_two(chowda: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert chowda("run", "--pipeline", "slates") == 2
    assert "Missing option '--batch'" in capsys.readouterr().err


def test_a_setting_that_is_wrong_is_told_without_a_traceback(
    chowda: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHOWDA_THREADS", "many")

    assert chowda("config") == 2
    assert capsys.readouterr().err.startswith("CHOWDA_THREADS: ")


def test_the_settings_in_force_are_printed_without_secrets(
    chowda: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHOWDA_DATABASE_URL", "postgresql://chowda:hush@db/chowda")
    monkeypatch.setenv("CHOWDA_THREADS", "8")
    monkeypatch.delenv("CHOWDA_BROKER_URL", raising=False)

    assert chowda("config") == 0
    lines = capsys.readouterr().out.splitlines()
    assert chowda("config", "--json") == 0
    document = json.loads(capsys.readouterr().out)

    assert "CHOWDA_DATABASE_URL=postgresql://chowda:***@db/chowda" in lines
    assert "CHOWDA_BROKER_URL=(not set)" in lines
    assert document["threads"] == 8
    assert "hush" not in str(document)


def test_the_version_is_that_of_the_package(chowda: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert chowda("--version") == 0
    assert capsys.readouterr().out == f"chowda {importlib.metadata.version('chowda')}\n"


COMMANDS = ["up", "api", "worker", "migrate", "config", "run", "watch", "status"]
COMMANDS += ["cancel", "pause", "resume", "retry", "mmif get", "mmif put"]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_has_an_example_of_it(
    chowda: Run, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert chowda(*command.split(), "--help") == 0

    (example,) = [line for line in capsys.readouterr().out.splitlines() if "Example: " in line]
    assert f"chowda {command}" in example


def test_the_help_waits_for_no_heavy_library() -> None:
    code = (
        "import sys; sys.argv = ['chowda', '--help']\n"
        "from chowda.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'gql', 'httpx', 'sqlalchemy', 'fastapi', 'strawberry', 'pydantic', 'rich.console'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


def test_the_client_knows_the_states_that_the_models_know() -> None:
    assert list(states.RunStatus) == list(RunStatus)
    assert [status.ended for status in states.RunStatus] == [status.ended for status in RunStatus]


def test_a_client_command_loads_nothing_of_the_database() -> None:
    code = (
        "import sys, chowda.client.watch, chowda.client.mmif_files\n"
        "print(sorted({'sqlalchemy', 'pydantic', 'obstore'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_ctrl_c_stops_the_watching_and_says_that_the_run_goes_on(server: ScriptedServer) -> None:
    watching = subprocess.Popen(
        [sys.executable, "-m", "chowda", "watch", "brun-1"],
        env={**os.environ, "CHOWDA_URL": server.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    killer = threading.Timer(60, watching.kill)
    killer.start()
    try:
        while not server.resumed_after and watching.poll() is None:
            time.sleep(0.02)
        watching.send_signal(signal.SIGINT)
        out, err = watching.communicate()
    finally:
        killer.cancel()

    assert watching.returncode == 130
    assert out.startswith("brun-1  spring through slates  RUNNING")
    assert err == (
        "The batch run goes on. Watch it again: chowda watch brun-1. Cancel it: chowda cancel brun-1\n"
    )
