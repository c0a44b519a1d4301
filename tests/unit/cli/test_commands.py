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
def nobody_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHOWDA_TOKEN", raising=False)


@pytest.fixture
def chowda(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Asks the scripted server, which has one run."""
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
    assert outcome == (0, "Batch run brun-1 has started. Watch it: chowda watch brun-1\n", "")


def test_an_unknown_name_starts_nothing_and_suggests_another(server: ScriptedServer, chowda: Command) -> None:
    outcome = chowda("run", "--pipeline", "slates", "--batch", "sprung")

    assert server.started == []
    assert outcome == (2, "", "There is no batch named 'sprung'. Did you mean 'spring'?\n")


def test_of_several_batches_with_one_name_the_id_says_which(server: ScriptedServer, chowda: Command) -> None:
    server.batches.append(Named(id="batch-2", name="spring"))

    refused = chowda("run", "--pipeline", "slates", "--batch", "spring")
    assert chowda("run", "--pipeline", "slates", "--batch", "batch-2").status == 0

    expected = "There are 2 batches named 'spring'. Say which by its ID: batch-1, batch-2.\n"
    assert (refused.status, refused.err) == (2, expected)
    assert [started["batchId"] for started in server.started] == ["batch-2"]


@pytest.mark.parametrize(
    ("status", "exit_status"), [(RunStatus.FINISHED, 0), (RunStatus.FAILED, 1), (RunStatus.CANCELED, 1)]
)
def test_the_exit_status_of_a_watched_run_says_how_it_ended(
    server: ScriptedServer, chowda: Command, status: RunStatus, exit_status: int
) -> None:
    server.change("brun-1", status)

    assert chowda("watch", "brun-1").status == exit_status
    assert chowda("run", "--pipeline", "slates", "--batch", "spring", "--watch").status == exit_status
    assert chowda("status", "brun-1").status == exit_status


def test_short_forms_are_the_long_ones(server: ScriptedServer, chowda: Command) -> None:
    server.change("brun-1", RunStatus.FAILED)

    assert chowda("status") == chowda("runs", "list")
    assert chowda("status", "brun-1") == chowda("runs", "show", "brun-1")
    for short in ("pause", "resume", "retry", "cancel"):
        assert chowda(short, "brun-1") == chowda("runs", short, "brun-1")


def test_without_any_run_status_says_how_to_start_one(server: ScriptedServer, chowda: Command) -> None:
    server.runs.clear()

    assert "There are no such batch runs. Start one: chowda runs start" in chowda("status").out


def test_a_table_that_no_terminal_shows_is_not_cut(server: ScriptedServer, chowda: Command) -> None:
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


def test_scripts_get_json_and_csv(server: ScriptedServer, chowda: Command) -> None:
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
    assert (both.status, both.err) == (2, "Either --json or --csv, not both.\n")


def test_a_list_says_when_there_is_more_and_shows_all_that_is_asked_for(
    server: ScriptedServer, chowda: Command
) -> None:
    server.page_limit = 2
    for _ in range(4):
        server.add_run()

    some = chowda("runs", "list", "--limit", "3", "--csv")
    assert (len(some.lines), some.err) == (4, "The first 3 of 5. --all shows all.\n")
    everything = chowda("runs", "list", "--all", "--json")
    assert [run["id"] for run in everything.json] == [f"brun-{number}" for number in (5, 4, 3, 2, 1)]
    assert everything.err == ""


def test_status_says_how_many_more_files_failed_than_it_lists(
    server: ScriptedServer, chowda: Command
) -> None:
    server.files["brun-1"] = [file_run(number, failed=(1, "APP_ERROR", "no")) for number in range(60)]
    server.change("brun-1", RunStatus.FAILED, counts=RunCounts(total=60, failed=60))

    outcome = chowda("status", "brun-1")

    assert sum(line.startswith("failed  cpb-aacip-") for line in outcome.lines) == 50
    assert outcome.err == "10 more files failed: chowda runs files --run brun-1 --status FAILED\n"


def test_what_is_done_to_runs_and_to_single_files_goes_to_each_by_its_kind(
    server: ScriptedServer, chowda: Command
) -> None:
    server.files["brun-1"] = [file_run(1)]

    outcome = chowda("retry", "brun-1", "prun-1", "--from-step", "2", "--dry-run")

    assert server.changes == [
        ("retry_batch_runs", {"ids": ["brun-1"], "fromStep": 2, "dryRun": True}),
        ("retry_pipeline_runs", {"ids": ["prun-1"], "fromStep": 2, "dryRun": True}),
    ]
    assert outcome.lines == ["retry_batch_runs: 3 files.", "retry_pipeline_runs: 3 files."]


def test_options_say_what_is_done_to_many(server: ScriptedServer, chowda: Command) -> None:
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
def test_what_is_done_to_many_needs_one_way_to_say_to_which(
    server: ScriptedServer, chowda: Command, arguments: list[str]
) -> None:
    outcome = chowda("cancel", *arguments)

    assert (outcome.status, server.changes) == (2, [])
    assert outcome.err.startswith("Say which runs: either by name or ID, or by what they have in common")


class Terminal:
    """Somebody sits there, and answers."""

    def __init__(self, answer: str) -> None:
        self._answer = answer

    def isatty(self) -> bool:
        return True

    def readline(self, *_: object) -> str:
        return f"{self._answer}\n"


@pytest.mark.parametrize(("answer", "done"), [("n", False), ("y", True)])
def test_a_person_is_asked_with_numbers_before_anything_is_cancelled(
    server: ScriptedServer,
    chowda: Command,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    done: bool,
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    monkeypatch.setattr("chowda.cli.confirm.at_terminal", lambda: True)

    outcome = chowda("cancel", "brun-1")

    assert "cancel_batch_runs: 3 files. Go on? [y/N]" in outcome.out + outcome.err
    assert [arguments["dryRun"] for _, arguments in server.changes] == [True, *([False] if done else [])]
    assert outcome.status == (0 if done else 2)


def test_who_says_yes_is_not_asked(
    server: ScriptedServer, chowda: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chowda.cli.confirm.at_terminal", lambda: True)

    assert chowda("cancel", "brun-1", "--yes").status == 0
    assert [arguments["dryRun"] for _, arguments in server.changes] == [False]


def test_what_is_not_there_is_told_with_the_way_to_list_what_is(
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


def test_what_people_do_is_told_as_it_happens(server: ScriptedServer, chowda: Command) -> None:
    server.past_events = [Event("event-2", "startBatch"), Event("event-1", "createBatch")]

    def happens() -> None:
        server.events_end = True
        server.event_pages = [
            Page("c1", [Event("event-3", "cancelBatchRun"), Event("event-4", "startBatch")])
        ]

    happens()
    lines = chowda("events", "--follow").lines
    assert [line.split()[3] for line in lines] == [
        "createBatch",
        "startBatch",
        "cancelBatchRun",
        "startBatch",
    ]
    assert lines[0].endswith("createBatch   [2Jspring")
    happens()
    told = chowda("events", "--follow", "--json", "--action", "startBatch", "--limit", "1")
    assert [json.loads(line)["id"] for line in told.lines] == ["event-2", "event-4"]
    happens()
    assert chowda("events", "--follow", "--csv").lines[0].startswith("at,actor,claim,action,")
    assert set(server.resumed_after) == {"c0"}


def test_fetching_says_what_came_and_what_is_missing(
    server: ScriptedServer, chowda: Command, tmp_path: Path
) -> None:
    server.files["brun-1"] = [file_run(1), file_run(2, mmif=server.add_mmif("m2", MMIF))]
    out = str(tmp_path / "out")

    outcome = chowda("mmif", "get", "brun-1", "--out", out)
    assert outcome == (0, f"1 fetched to {out}, 0 there already.\n1 have no MMIF yet.\n", "")
    document = chowda("mmif", "get", "brun-1", "--out", out, "--json").json

    assert (tmp_path / "out" / "cpb-aacip-002.mmif").read_bytes() == MMIF
    assert [(file["guid"], file["state"]) for file in document["files"]] == [("cpb-aacip-002", "present")]
    assert document["without"] == ["cpb-aacip-001"]


def test_a_file_that_can_not_be_fetched_makes_the_exit_status_one(
    server: ScriptedServer, chowda: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mmif_files, "RETRY_SECONDS", 0.01)
    server.files["brun-1"] = [file_run(1, mmif=server.add_mmif("m1", MMIF))]
    server.mmifs.clear()

    outcome = chowda("mmif", "get", "brun-1", "--out", str(tmp_path))

    assert (outcome.status, outcome.err) == (1, "cpb-aacip-001: There is no MMIF with the ID 'm1'.\n")


def test_a_file_is_put(server: ScriptedServer, chowda: Command, tmp_path: Path) -> None:
    path = tmp_path / "corrected.mmif"
    path.write_bytes(MMIF)

    outcome = chowda("mmif", "put", "cpb-aacip-001", str(path))

    assert server.uploads == {"cpb-aacip-001": MMIF}
    assert outcome.out == f"The newest MMIF of cpb-aacip-001 is now mmif-1, {server.url}/mmif/1 (82 B).\n"


def test_a_server_that_is_not_running_is_told_without_a_traceback(chowda: Command) -> None:
    for arguments in (["status"], ["watch", "brun-1"], ["run", "--pipeline", "a", "--batch", "b"]):
        outcome = chowda(*arguments, "--url", AWAY)

        assert (outcome.status, outcome.out) == (2, "")
        assert outcome.err.startswith(f"Chowda does not respond at {AWAY} (")
        assert outcome.err.endswith(
            "Start it with `chowda up`, or set its address with --url or CHOWDA_URL.\n"
        )


def test_a_token_that_is_refused_is_told_and_not_shown(
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


def test_an_address_is_shown_without_its_password(chowda: Command) -> None:
    outcome = chowda("status", "--url", "http://someone:hush@127.0.0.1:9")

    assert outcome.status == 2
    assert "hush" not in outcome.err


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://"])
def test_what_is_no_address_is_refused(chowda: Command, url: str) -> None:
    outcome = chowda("status", "--url", url)

    assert outcome.status == 2
    assert "is not the address of a server" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("pipelines create x", "Missing option '--step'"),
        ("runs list --status asleep", "'asleep' is not one of"),
        ("runs list --since yesterday", "'yesterday' is no time; it looks like 2026-01-31"),
        ("runs start --batch spring --set threshold=1", "'threshold=1' sets no parameter; it looks like"),
    ],
)
def test_a_wrong_use_is_told_with_exit_status_two(
    server: ScriptedServer, chowda: Command, arguments: str, message: str
) -> None:
    outcome = chowda(*arguments.split())

    assert outcome.status == 2
    assert message in outcome.err


def test_a_reader_that_goes_away_is_no_reason_to_complain(server: ScriptedServer) -> None:
    for _ in range(301):
        server.add_run()
    command = f"{sys.executable} -m chowda runs list --all --json | head -c 20"

    done = subprocess.run(
        ["bash", "-c", command], env={**os.environ, "CHOWDA_URL": server.url}, capture_output=True, check=True
    )

    assert (done.stdout, done.stderr) == (b'[{"id":"brun-301","b', b"")


def test_a_setting_that_is_wrong_is_told_without_a_traceback(
    chowda: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHOWDA_THREADS", "many")

    outcome = chowda("config")

    assert outcome.status == 2
    assert outcome.err.startswith("CHOWDA_THREADS: ")


def test_the_settings_in_force_are_printed_without_secrets(
    chowda: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHOWDA_DATABASE_URL", "postgresql://chowda:hush@db/chowda")
    monkeypatch.setenv("CHOWDA_THREADS", "8")
    monkeypatch.delenv("CHOWDA_BROKER_URL", raising=False)

    lines = chowda("config").lines
    document = chowda("config", "--json").json

    assert "CHOWDA_DATABASE_URL=postgresql://chowda:***@db/chowda" in lines
    assert "CHOWDA_BROKER_URL=(not set)" in lines
    assert document["threads"] == 8
    assert "hush" not in str(document)


def test_the_version_is_that_of_the_package(chowda: Command) -> None:
    assert chowda("--version").out == f"chowda {importlib.metadata.version('chowda')}\n"


def loaded(code: str, libraries: set[str]) -> list[str]:
    """Which of the libraries a process has loaded after the code."""
    code += f"\nimport json, sys; print(json.dumps(sorted({libraries!r} & set(sys.modules))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout.splitlines()[-1]))


def test_the_help_waits_for_no_heavy_library() -> None:
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


def test_a_client_loads_nothing_of_the_database() -> None:
    code = (
        "from chowda.client import AsyncChowda, Chowda, RunStatus\n"
        "import chowda.cli.watch, chowda.cli.render, chowda.cli.progress"
    )

    assert loaded(code, {"sqlalchemy", "pydantic", "obstore", "strawberry", "dramatiq"}) == []


def test_ctrl_c_stops_the_watching_and_says_that_the_run_goes_on(server: ScriptedServer) -> None:
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
        "The batch run goes on. Watch it again: chowda watch brun-1. Cancel it: chowda cancel brun-1\n"
    )
