from __future__ import annotations

import importlib.metadata
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from command_line import Command
from scripted_server import Event, Named, Page, RunCounts, ScriptedServer, file_run

from chowda.client import mmif_files
from chowda.enums import RunStatus

MMIF = b'{"metadata": {"mmif": "http://mmif.clams.ai/1.1.0"}, "documents": [], "views": []}'
AWAY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHOWDA_TOKEN", raising=False)


@pytest.fixture
def chowda(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs commands against the scripted server, which has one batch run."""
    server.add_run()
    monkeypatch.setenv("CHOWDA_URL", server.url)
    return Command(monkeypatch, capsys)


def test_a_batch_is_started_by_the_names_of_batch_and_pipeline(
    server: ScriptedServer, chowda: Command
) -> None:
    command = "run --pipeline slates --batch spring --idempotency-key k1 --priority 7 --from newest"
    outcome = chowda(*command.split(), "--set", "2.threshold=0.5", "--set", "2.label=slate")

    [started] = server.started
    assert (started["batchId"], started["pipelineId"], started["idempotencyKey"]) == (
        "batch-1",
        "pipe-1",
        "k1",
    )
    assert (started["startFrom"], started["priority"]) == ("NEWEST", 7)
    assert started["overrides"] == [{"position": 2, "parameters": {"threshold": 0.5, "label": "slate"}}]
    assert outcome == (0, "Started batch run brun-1. Watch it: chowda watch brun-1\n", "")


def test_an_unknown_name_starts_nothing_and_suggests_another(server: ScriptedServer, chowda: Command) -> None:
    outcome = chowda("run", "--pipeline", "slates", "--batch", "sprung")

    assert server.started == []
    assert outcome == (2, "", "There is no batch named 'sprung'. Did you mean 'spring'?\n")


def test_an_ambiguous_name_is_refused_with_the_ids(server: ScriptedServer, chowda: Command) -> None:
    server.batches.append(Named(id="batch-2", name="spring"))

    refused = chowda("run", "--pipeline", "slates", "--batch", "spring")
    assert chowda("run", "--pipeline", "slates", "--batch", "batch-2").status == 0

    expected = "There are 2 batches named 'spring'. Use the ID of one of them: batch-1, batch-2.\n"
    assert (refused.status, refused.err) == (2, expected)
    assert [started["batchId"] for started in server.started] == ["batch-2"]


@pytest.mark.parametrize(
    ("status", "exit_status"), [(RunStatus.FINISHED, 0), (RunStatus.FAILED, 1), (RunStatus.CANCELED, 1)]
)
def test_the_exit_status_follows_the_status_of_the_run(
    server: ScriptedServer, chowda: Command, status: RunStatus, exit_status: int
) -> None:
    server.change("brun-1", status)

    assert chowda("watch", "brun-1").status == exit_status
    assert chowda("run", "--pipeline", "slates", "--batch", "spring", "--watch").status == exit_status
    assert chowda("status", "brun-1").status == exit_status


def test_short_forms_equal_the_long_forms(server: ScriptedServer, chowda: Command) -> None:
    server.change("brun-1", RunStatus.FAILED)

    assert chowda("status") == chowda("runs", "list")
    assert chowda("status", "brun-1") == chowda("runs", "show", "brun-1")
    for short in ("pause", "resume", "retry", "cancel"):
        assert chowda(short, "brun-1") == chowda("runs", short, "brun-1")


def test_status_without_runs_names_the_command_to_start_one(server: ScriptedServer, chowda: Command) -> None:
    server.runs.clear()

    assert "No batch runs found. Start one: chowda runs start" in chowda("status").out


def test_a_table_outside_a_terminal_is_not_cut(server: ScriptedServer, chowda: Command) -> None:
    server.runs["brun-1"].batch = Named(id="batch-1", name="a very long name " * 20)

    [header, row] = chowda("status").lines

    assert header.split() == [
        "RUN",
        "BATCH",
        "PIPELINE",
        "STATUS",
        "DONE",
        "FAILED",
        "FILES",
        "TIME",
        "CREATED",
    ]
    assert ("a very long name " * 20).strip() in row


@pytest.mark.parametrize("width", ["60", "80"])
def test_a_table_fits_the_terminal(
    server: ScriptedServer, chowda: Command, monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    server.runs["brun-1"].batch = Named(id="batch-1", name="a very long name " * 20)
    monkeypatch.setenv("COLUMNS", width)

    [header, row] = chowda("status").lines

    assert max(len(header), len(row)) <= int(width)
    assert row.startswith("brun-1  a v")
    assert "RUNNING" in row
    assert "CREATED" not in header


def test_json_and_csv_output_for_scripts(server: ScriptedServer, chowda: Command) -> None:
    server.runs["brun-1"].batch = Named(id="batch-1", name='news, "late"')

    [run] = chowda("status", "--json").json
    assert (run["batch"]["name"], run["status"], run["createdAt"]) == (
        'news, "late"',
        "RUNNING",
        "2026-03-01T12:00:00Z",
    )
    assert chowda("status", "brun-1", "--json").json.items() >= run.items()
    assert chowda("status", "--csv").lines[0] == (
        "run,batch,pipeline,status,percent,finished,failed,total,seconds,created"
    )
    assert chowda("status", "--csv").lines[1].startswith('brun-1,"news, ""late""",slates,RUNNING,0.0,0,0,3,')
    both = chowda("status", "--csv", "--json")
    assert (both.status, both.err) == (2, "Use either --json or --csv, not both.\n")


def test_a_list_reports_how_many_more_entries_there_are(server: ScriptedServer, chowda: Command) -> None:
    server.page_limit = 2
    for _ in range(4):
        server.add_run()

    some = chowda("runs", "list", "--limit", "3", "--csv")
    assert (len(some.lines), some.err) == (4, "Showing the first 3 of 5. Use --all to show all.\n")
    everything = chowda("runs", "list", "--all", "--json")
    assert [run["id"] for run in everything.json] == [f"brun-{number}" for number in (5, 4, 3, 2, 1)]
    assert everything.err == ""


def test_status_reports_failed_files_that_it_does_not_list(server: ScriptedServer, chowda: Command) -> None:
    server.files["brun-1"] = [file_run(number, failed=(1, "APP_ERROR", "no")) for number in range(60)]
    server.change("brun-1", RunStatus.FAILED, counts=RunCounts(total=60, failed=60))

    outcome = chowda("status", "brun-1")

    assert sum(line.startswith("failed  cpb-aacip-") for line in outcome.lines) == 50
    assert outcome.err == "10 more files failed: chowda runs files --run brun-1 --status FAILED\n"


def test_an_action_takes_batch_runs_and_single_files(server: ScriptedServer, chowda: Command) -> None:
    server.files["brun-1"] = [file_run(1)]

    outcome = chowda("retry", "brun-1", "prun-1", "--from-step", "2", "--dry-run")

    assert server.changes == [
        ("retry_batch_runs", {"ids": ["brun-1"], "fromStep": 2, "dryRun": True}),
        ("retry_pipeline_runs", {"ids": ["prun-1"], "fromStep": 2, "dryRun": True}),
    ]
    assert outcome.lines == ["retry_batch_runs: 3 files.", "retry_pipeline_runs: 3 files."]


def test_options_select_the_runs_of_an_action(server: ScriptedServer, chowda: Command) -> None:
    chowda("pause", "--status", "running", "--batch", "spring", "--since", "2026-01-31T00:00+00:00")
    chowda("retry", "--error", "app_timeout", "--run", "brun-1")
    chowda("cancel", "--files", "--status", "waiting")

    (_, batch_runs), (action, files), (of_files, _) = server.changes
    assert batch_runs["filter"] == {
        "status": ["RUNNING"],
        "batches": ["batch-1"],
        "pipelines": None,
        "apps": None,
        "collections": None,
        "text": None,
        "created": {"from": "2026-01-31T00:00:00Z", "to": None},
    }
    assert (action, files["filter"]["errorCodes"], files["filter"]["batchRuns"]) == (
        "retry_pipeline_runs",
        ["APP_TIMEOUT"],
        ["brun-1"],
    )
    assert of_files == "cancel_pipeline_runs"


@pytest.mark.parametrize("arguments", [[], ["brun-1", "--status", "RUNNING"], ["--files"]])
def test_an_action_needs_either_ids_or_options(
    server: ScriptedServer, chowda: Command, arguments: list[str]
) -> None:
    outcome = chowda("cancel", *arguments)

    assert (outcome.status, server.changes) == (2, [])
    assert outcome.err.startswith(
        "Select the runs by name or ID, or with options such as --text WORD, but not both."
    )


class Terminal:
    """A terminal where a person answers."""

    def __init__(self, answer: str) -> None:
        self._answer = answer

    def isatty(self) -> bool:
        return True

    def readline(self, *_: object) -> str:
        return f"{self._answer}\n"


@pytest.mark.parametrize(("answer", "done"), [("n", False), ("y", True)])
def test_cancel_asks_for_confirmation_with_numbers(
    server: ScriptedServer,
    chowda: Command,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    done: bool,
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    monkeypatch.setattr("chowda.cli.confirm.is_interactive", lambda: True)

    outcome = chowda("cancel", "brun-1")

    assert "cancel_batch_runs: 3 files. Continue? [y/N]" in outcome.out + outcome.err
    assert [arguments["dryRun"] for _, arguments in server.changes] == [True, *([False] if done else [])]
    assert outcome.status == (0 if done else 2)


def test_yes_skips_the_confirmation(
    server: ScriptedServer, chowda: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chowda.cli.confirm.is_interactive", lambda: True)

    assert chowda("cancel", "brun-1", "--yes").status == 0
    assert [arguments["dryRun"] for _, arguments in server.changes] == [False]


def test_a_missing_item_names_the_command_that_lists_what_exists(
    server: ScriptedServer, chowda: Command
) -> None:
    assert chowda("watch", "brun-9").err == (
        "There is no batch run with the ID 'brun-9'. `chowda runs list` lists what exists.\n"
    )
    assert chowda("cancel", "brun-9").err == (
        "There is no batch run and no pipeline run with the ID 'brun-9'. `chowda runs list` lists what exists.\n"
    )
    assert chowda("mmif", "show", "mmif-9").err == (
        "There is no MMIF with the ID 'mmif-9'. `chowda mmif list` lists what exists.\n"
    )


def test_events_are_followed_live(server: ScriptedServer, chowda: Command) -> None:
    server.past_events = [Event("event-2", "startBatch"), Event("event-1", "createBatch")]

    def add_new_events() -> None:
        server.events_end = True
        server.event_pages = [
            Page("c1", [Event("event-3", "cancelBatchRun"), Event("event-4", "startBatch")])
        ]

    add_new_events()
    lines = chowda("events", "--follow").lines
    assert [line.split()[3] for line in lines] == [
        "createBatch",
        "startBatch",
        "cancelBatchRun",
        "startBatch",
    ]
    assert lines[0].endswith("createBatch   [2Jspring")
    add_new_events()
    followed = chowda("events", "--follow", "--json", "--action", "startBatch", "--limit", "1")
    assert [json.loads(line)["id"] for line in followed.lines] == ["event-2", "event-4"]
    add_new_events()
    assert chowda("events", "--follow", "--csv").lines[0].startswith("at,actor,claim,action,")
    assert set(server.resumed_after) == {"c0"}


def test_a_download_reports_new_unchanged_and_missing_files(
    server: ScriptedServer, chowda: Command, tmp_path: Path
) -> None:
    server.files["brun-1"] = [file_run(1), file_run(2, mmif=server.add_mmif("m2", MMIF))]
    out = str(tmp_path / "out")

    outcome = chowda("mmif", "get", "brun-1", "--out", out)
    assert outcome == (0, f"1 downloaded to {out}, 0 unchanged.\n1 without MMIF yet.\n", "")
    document = chowda("mmif", "get", "brun-1", "--out", out, "--json").json

    assert (tmp_path / "out" / "cpb-aacip-002.mmif").read_bytes() == MMIF
    assert [(file["guid"], file["state"]) for file in document["files"]] == [("cpb-aacip-002", "present")]
    assert document["without"] == ["cpb-aacip-001"]


def test_a_failed_download_sets_the_exit_status_to_one(
    server: ScriptedServer, chowda: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mmif_files, "RETRY_SECONDS", 0.01)
    server.files["brun-1"] = [file_run(1, mmif=server.add_mmif("m1", MMIF))]
    server.mmifs.clear()

    outcome = chowda("mmif", "get", "brun-1", "--out", str(tmp_path))

    assert (outcome.status, outcome.err) == (1, "cpb-aacip-001: There is no MMIF with the ID 'm1'.\n")


def test_put_uploads_a_file(server: ScriptedServer, chowda: Command, tmp_path: Path) -> None:
    path = tmp_path / "corrected.mmif"
    path.write_bytes(MMIF)

    outcome = chowda("mmif", "put", "cpb-aacip-001", str(path))

    assert server.uploads == {"cpb-aacip-001": MMIF}
    assert outcome.out == f"The newest MMIF of cpb-aacip-001 is now mmif-1, {server.url}/mmif/1 (82 B).\n"


def test_an_unreachable_server_is_an_error_without_traceback(chowda: Command) -> None:
    for arguments in (["status"], ["watch", "brun-1"], ["run", "--pipeline", "a", "--batch", "b"]):
        outcome = chowda(*arguments, "--url", AWAY)

        assert (outcome.status, outcome.out) == (2, "")
        assert outcome.err.startswith(f"Chowda does not respond at {AWAY} (")
        assert outcome.err.endswith(
            "Start it with `chowda up`, or set its address with --url or CHOWDA_URL.\n"
        )


def test_the_error_for_a_refused_token_hides_it(
    server: ScriptedServer, chowda: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.required_token = "right-token"
    monkeypatch.setenv("CHOWDA_TOKEN", "wrong-token")
    refused = chowda("status")
    monkeypatch.setenv("CHOWDA_TOKEN", "right-token")

    assert refused == (
        2,
        "",
        "The token is not valid. Set CHOWDA_TOKEN to a token that this Chowda accepts.\n",
    )
    assert chowda("status").status == 0


def test_an_error_shows_the_address_without_password(chowda: Command) -> None:
    outcome = chowda("status", "--url", "http://someone:hush@127.0.0.1:9")

    assert outcome.status == 2
    assert "hush" not in outcome.err


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://"])
def test_an_invalid_address_is_refused(chowda: Command, url: str) -> None:
    outcome = chowda("status", "--url", url)

    assert outcome.status == 2
    assert "is not the address of a server" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("pipelines create x", "Missing option '--step'"),
        ("runs list --status asleep", "'asleep' is not one of"),
        ("runs list --since yesterday", "'yesterday' is not a time. Write it like 2026-01-31"),
        (
            "runs start --batch spring --set threshold=1",
            "'threshold=1' is not a parameter of a step. Write it like",
        ),
    ],
)
def test_a_usage_error_has_exit_status_two(
    server: ScriptedServer, chowda: Command, arguments: str, message: str
) -> None:
    outcome = chowda(*arguments.split())

    assert outcome.status == 2
    assert message in outcome.err


def test_a_closed_pipe_is_not_an_error(server: ScriptedServer) -> None:
    for _ in range(301):
        server.add_run()
    command = f"{sys.executable} -m chowda runs list --all --json | head -c 20"

    completed = subprocess.run(
        ["bash", "-c", command], env={**os.environ, "CHOWDA_URL": server.url}, capture_output=True, check=True
    )

    assert (completed.stdout, completed.stderr) == (b'[{"id":"brun-301","b', b"")


def test_an_invalid_setting_is_an_error_without_traceback(
    chowda: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHOWDA_THREADS", "many")

    outcome = chowda("config")

    assert outcome.status == 2
    assert outcome.err.startswith("CHOWDA_THREADS: ")


def test_config_shows_the_settings_without_secrets(chowda: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOWDA_DATABASE_URL", "postgresql://chowda:hush@db/chowda")
    monkeypatch.setenv("CHOWDA_THREADS", "8")
    monkeypatch.delenv("CHOWDA_BROKER_URL", raising=False)

    lines = chowda("config").lines
    document = chowda("config", "--json").json

    assert "CHOWDA_DATABASE_URL=postgresql://chowda:***@db/chowda" in lines
    assert "CHOWDA_BROKER_URL=(not set)" in lines
    assert document["threads"] == 8
    assert "hush" not in str(document)


def test_version_is_the_version_of_the_package(chowda: Command) -> None:
    assert chowda("--version").out == f"chowda {importlib.metadata.version('chowda')}\n"


def loaded(code: str, libraries: set[str]) -> list[str]:
    """The libraries that the code loads."""
    code += f"\nimport json, sys; print(json.dumps(sorted({libraries!r} & set(sys.modules))))"
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return list(json.loads(completed.stdout.splitlines()[-1]))


def test_the_help_loads_no_heavy_library() -> None:
    code = (
        "import sys; sys.argv = ['chowda', '--help']\n"
        "from chowda.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass"
    )
    heavy = {
        "gql",
        "graphql",
        "httpx",
        "msgspec",
        "sqlalchemy",
        "fastapi",
        "strawberry",
        "pydantic",
        "rich.console",
    }

    assert loaded(code, heavy) == []


def test_the_client_loads_no_library_of_the_server() -> None:
    code = (
        "from chowda.client import AsyncChowda, Chowda, RunStatus\n"
        "import chowda.cli.watch, chowda.cli.render, chowda.cli.progress"
    )

    assert loaded(code, {"sqlalchemy", "pydantic", "obstore", "strawberry", "dramatiq"}) == []


def test_ctrl_c_stops_watching_and_not_the_run(server: ScriptedServer) -> None:
    server.add_run()
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
        "The batch run continues. Watch it again: chowda watch brun-1. Cancel it: chowda cancel brun-1\n"
    )
