"""Bulk changes of batch runs and of files: the outcome of each, dry runs, and the audit log."""

from __future__ import annotations

from typing import Any

import pytest
from factories import claim_step, end_runs, fail_step, finish_file, finish_step, start_run, step_run_ids
from graphql_client import GraphQLClient, GraphQLFailure
from running_api import RunningApi

from chowda.bulk import ITEMS_PER_TRANSACTION
from chowda.db.database import Database
from chowda.ids import Kind, number_of, opaque

RESULT = "dryRun total done unchanged { id code message } fileCount runningCount message"


@pytest.fixture
def client(api: RunningApi) -> GraphQLClient:
    return GraphQLClient(api.url)


@pytest.fixture
async def three(database: Database) -> dict[str, str]:
    """A waiting run, a run with a running file, and a run that has ended with a failed file."""
    waiting, running, ended = [await start_run(database, 3, 1, name) for name in ("w", "r", "e")]
    await claim_step(database, (await step_run_ids(database, running.id))[0])
    first, *others = await step_run_ids(database, ended.id)
    await fail_step(database, await claim_step(database, first))
    for step_run_id in others:
        await finish_file(database, step_run_id)
    await end_runs(database, ended.id)
    runs = {"waiting": waiting, "running": running, "ended": ended}
    return {name: opaque(Kind.BATCH_RUN, run.id) for name, run in runs.items()}


async def change(client: GraphQLClient, action: str, arguments: str, noun: str = "BatchRuns") -> Any:
    name = f"{action}{noun}"
    return (await client.execute(f"mutation {{ {name}({arguments}) {{ {RESULT} }} }}"))[name]


async def states(client: GraphQLClient) -> dict[str, str]:
    nodes = (await client.execute("{ batchRuns { nodes { id status } } }"))["batchRuns"]["nodes"]
    return {node["id"]: node["status"] for node in nodes}


async def test_dry_run_reports_the_effect_in_numbers_and_changes_nothing(
    client: GraphQLClient, three: dict[str, str]
) -> None:
    before = await states(client)
    result = await change(client, "cancel", 'filter: {created: {from: "2021-01-01T00:00:00Z"}}, dryRun: true')
    assert result == {
        "dryRun": True,
        "total": 3,
        "done": [three["waiting"], three["running"]],
        "unchanged": [{"id": three["ended"], "code": "CONFLICT", "message": "It has already ended: FAILED."}],
        "fileCount": 6,
        "runningCount": 1,
        "message": "Cancels 6 files of 2 batch runs; 1 is running. Unchanged: 1 batch run.",
    }
    assert await states(client) == before


async def test_possible_changes_are_made_and_the_others_are_explained(
    client: GraphQLClient, three: dict[str, str]
) -> None:
    everything = ", ".join(f'"{run_id}"' for run_id in [*three.values(), "brun-zz", three["waiting"]])
    result = await change(client, "pause", f"ids: [{everything}]")
    assert result["done"] == [three["waiting"], three["running"]]
    assert [(one["id"], one["code"]) for one in result["unchanged"]] == [
        (three["ended"], "CONFLICT"),
        ("brun-zz", "NOT_FOUND"),
    ]
    assert result["total"] == 4
    assert result["message"] == (
        "Paused 6 files of 2 batch runs; 1 was running and may finish the current step. Unchanged: 2 batch runs."
    )
    paused = await change(client, "pause", f'ids: ["{three["waiting"]}"]')
    assert paused["message"] == "Nothing to pause. Unchanged: 1 batch run."
    assert paused["unchanged"][0]["message"] == "It is already paused."
    resumed = await change(client, "resume", "filter: {status: [PAUSED]}")
    assert resumed["done"] == [three["waiting"], three["running"]]
    not_paused = await change(client, "resume", f'ids: ["{three["running"]}"]')
    assert not_paused["unchanged"][0]["message"] == "It is not paused: RUNNING."
    retried = await change(client, "retry", "filter: {status: [FAILED, WAITING]}")
    assert retried["done"] == [three["ended"]]
    assert retried["fileCount"] == 1
    assert retried["unchanged"][0]["message"].startswith("There is nothing to retry")
    canceled = await change(client, "cancel", "filter: {status: [WAITING, RUNNING]}")
    assert len(canceled["done"]) == 3
    assert set((await states(client)).values()) == {"CANCELED"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("dryRun: true", "with either `ids` or `filter`"),
        ('ids: ["brun-1"], filter: {status: [WAITING]}', "with either `ids` or `filter`"),
        ("filter: {}", "selects all batch runs"),
        ('ids: ["batch-1"]', "'batch-1' is not the ID of a batch run"),
    ],
)
async def test_selection_needs_ids_or_filter(client: GraphQLClient, arguments: str, message: str) -> None:
    with pytest.raises(GraphQLFailure) as caught:
        await change(client, "cancel", arguments)
    assert caught.value.code == "BAD_USER_INPUT"
    assert message in str(caught.value)


async def files(client: GraphQLClient, filter: str = "") -> dict[str, tuple[str, bool]]:
    """Status, and whether the file is paused, by GUID."""
    query = f"{{ pipelineRuns(first: 500, filter: {{{filter}}}) {{ nodes {{ status paused mediaFile {{ guid }} }} }} }}"
    nodes = (await client.execute(query))["pipelineRuns"]["nodes"]
    return {node["mediaFile"]["guid"]: (node["status"], node["paused"]) for node in nodes}


async def test_retry_by_error_code_retries_only_these_files(
    client: GraphQLClient, database: Database, three: dict[str, str]
) -> None:
    filter = f'filter: {{batchRuns: ["{three["ended"]}"], errorCodes: [APP_ERROR]}}'
    preview = await change(client, "retry", f"{filter}, dryRun: true", "PipelineRuns")
    assert (preview["total"], preview["message"]) == (1, "Retries 1 file of 1 batch run.")
    assert (await states(client))[three["ended"]] == "FAILED"
    done = await change(client, "retry", filter, "PipelineRuns")
    assert (done["done"], done["message"]) == (preview["done"], "Retried 1 file of 1 batch run.")
    assert (await states(client))[three["ended"]] == "RUNNING"
    assert await files(client, f'batchRuns: ["{three["ended"]}"]') == {
        "e-batch-000001": ("RUNNING", False),
        "e-batch-000002": ("FINISHED", False),
        "e-batch-000003": ("FINISHED", False),
    }
    again = await change(client, "retry", f'ids: ["{done["done"][0]}"]', "PipelineRuns")
    assert again["unchanged"][0]["message"].startswith("There is nothing to retry: this file has not ended")
    nothing = await change(client, "retry", f'{filter[:-1]}, text: "nowhere"}}', "PipelineRuns")
    assert (nothing["total"], nothing["message"]) == (0, "Nothing to retry.")
    await finish_file(database, (await step_run_ids(database, _number(three["ended"])))[0])
    await end_runs(database, _number(three["ended"]))
    assert (await states(client))[three["ended"]] == "FINISHED"


async def test_files_of_several_batch_runs_are_paused_resumed_and_canceled(
    client: GraphQLClient, three: dict[str, str]
) -> None:
    everything = 'filter: {text: "batch-"}'
    paused = await change(client, "pause", everything, "PipelineRuns")
    assert (len(paused["done"]), paused["runningCount"], paused["total"]) == (6, 1, 9)
    assert paused["message"] == (
        "Paused 6 files of 2 batch runs; 1 was running and may finish the current step. Unchanged: 3 pipeline runs."
    )
    assert {one["code"] for one in paused["unchanged"]} == {"CONFLICT"}
    assert set((await files(client, "status: [WAITING, RUNNING]")).values()) == {
        ("WAITING", True),
        ("RUNNING", True),
    }
    repeated = ", ".join(f'"{run_id}"' for run_id in [paused["done"][0], "prun-zz", paused["done"][0]])
    again = await change(client, "pause", f"ids: [{repeated}]", "PipelineRuns")
    result = {one["id"]: (one["code"], one["message"]) for one in again["unchanged"]}
    assert result[paused["done"][0]] == ("CONFLICT", "It is already paused.")
    assert result["prun-zz"][0] == "NOT_FOUND"
    assert again["total"] == 2
    resumed = await change(client, "resume", everything, "PipelineRuns")
    assert sorted(resumed["done"]) == sorted(paused["done"])
    assert {paused for _, paused in (await files(client)).values()} == {False}
    preview = await change(client, "cancel", f"{everything}, dryRun: true", "PipelineRuns")
    assert preview["message"].startswith("Cancels 6 files of 2 batch runs; 1 is running.")
    canceled = await change(client, "cancel", everything, "PipelineRuns")
    assert sorted(canceled["done"]) == sorted(paused["done"])
    assert [state for state, _ in (await files(client)).values()].count("CANCELED") == 6
    retried = await change(client, "retry", "filter: {status: [CANCELED]}", "PipelineRuns")
    assert sorted(retried["done"]) == sorted(paused["done"])


@pytest.fixture
async def two_steps(database: Database) -> str:
    """A batch run with a finished file, one that failed in step 2, and one that failed in step 1."""
    run = await start_run(database, files=3, steps=2)
    finished, second, first = await step_run_ids(database, run.id)
    await finish_file(database, finished)
    await finish_step(database, await claim_step(database, second))
    await fail_step(database, await claim_step(database, second + 1))
    await fail_step(database, await claim_step(database, first))
    await end_runs(database, run.id)
    return opaque(Kind.BATCH_RUN, run.id)


async def steps_of_files(client: GraphQLClient) -> list[list[str]]:
    """The statuses of the steps, by file."""
    query = "{ pipelineRuns(descending: false) { nodes { steps { status } } } }"
    nodes = (await client.execute(query))["pipelineRuns"]["nodes"]
    return [[step["status"] for step in node["steps"]] for node in nodes]


async def test_retry_of_batch_runs_from_a_step_needs_files_that_reached_it(
    client: GraphQLClient, database: Database, two_steps: str
) -> None:
    other = await start_run(database, files=1, steps=2, name="other")
    await fail_step(database, await claim_step(database, (await step_run_ids(database, other.id))[0]))
    both = f'ids: ["{two_steps}", "{opaque(Kind.BATCH_RUN, other.id)}"]'
    for dry_run in ("true", "false"):
        result = await change(client, "retry", f"{both}, fromStep: 2, dryRun: {dry_run}")
        assert (result["done"], result["fileCount"]) == ([two_steps], 2)
        [unchanged] = result["unchanged"]
        assert unchanged["code"] == "BAD_USER_INPUT"
        assert "has reached a step after 1" in unchanged["message"]
        if dry_run == "true":
            assert (await states(client))[two_steps] == "FAILED"
    assert (await steps_of_files(client))[:3] == [
        ["FINISHED", "FINISHED"],
        ["FINISHED", "WAITING"],
        ["WAITING", "WAITING"],
    ]
    beyond = await change(client, "retry", f'ids: ["{two_steps}"], fromStep: 3')
    assert "the pipeline of this run has steps 1 to 2" in beyond["unchanged"][0]["message"]


async def test_retry_of_files_from_a_step_includes_finished_files(
    client: GraphQLClient, two_steps: str
) -> None:
    selection = f'filter: {{batchRuns: ["{two_steps}"]}}, fromStep: 2'
    preview = await change(client, "retry", f"{selection}, dryRun: true", "PipelineRuns")
    assert (await states(client))[two_steps] == "FAILED"
    result = await change(client, "retry", selection, "PipelineRuns")
    assert result["done"] == preview["done"]
    assert result["message"] == "Retried 2 files of 1 batch run. Unchanged: 1 pipeline run."
    assert result["unchanged"][0]["message"].startswith(
        "fromStep is 2, but this file has reached no step after 1"
    )
    assert await steps_of_files(client) == [
        ["FINISHED", "WAITING"],
        ["FINISHED", "WAITING"],
        ["FAILED", "CANCELED"],
    ]
    events = (await client.execute("{ events(first: 1) { edges { node { action details } } } }"))["events"]
    assert events["edges"][0]["node"] == {
        "action": "retryPipelineRuns",
        "details": {"batchRun": two_steps, "files": 2, "fromStep": 2},
    }


async def test_priorities_of_batch_runs_are_set(client: GraphQLClient, three: dict[str, str]) -> None:
    async def prioritize(arguments: str) -> Any:
        query = f"mutation {{ setBatchRunPriorities({arguments}) {{ {RESULT} }} }}"
        return (await client.execute(query))["setBatchRunPriorities"]

    everything = 'filter: {created: {from: "2021-01-01T00:00:00Z"}}'
    preview = await prioritize(f"{everything}, priority: 7, dryRun: true")
    assert preview["message"] == "Prioritizes 6 files of 2 batch runs. Unchanged: 1 batch run."
    result = await prioritize(f'ids: ["{three["waiting"]}"], priority: 7')
    assert result["done"] == [three["waiting"]]
    rest = await prioritize(f"{everything}, priority: 7")
    assert rest["done"] == [three["running"]]
    assert {one["id"]: one["message"] for one in rest["unchanged"]} == {
        three["waiting"]: "Its priority is already 7.",
        three["ended"]: "It has already ended: FAILED.",
    }
    nodes = (await client.execute("{ batchRuns { nodes { id priority } } }"))["batchRuns"]["nodes"]
    assert {node["id"]: node["priority"] for node in nodes} == {
        three["waiting"]: 7,
        three["running"]: 7,
        three["ended"]: 0,
    }
    with pytest.raises(GraphQLFailure, match="priority is 101"):
        await prioritize(f"{everything}, priority: 101")


async def test_thousands_of_files_are_changed_in_several_transactions(
    client: GraphQLClient, database: Database
) -> None:
    run = await start_run(database, files=2 * ITEMS_PER_TRANSACTION + 7, steps=2, name="many")
    selection = f'filter: {{batchRuns: ["{opaque(Kind.BATCH_RUN, run.id)}"]}}'
    for action in ("pause", "resume", "cancel", "retry"):
        result = await change(client, action, selection, "PipelineRuns")
        assert (len(set(result["done"])), result["unchanged"]) == (2 * ITEMS_PER_TRANSACTION + 7, []), action
    query = f'{{ batchRun(id: "{opaque(Kind.BATCH_RUN, run.id)}")'
    query += " { counts { waiting } steps { counts { waiting } } } }"
    batch_run = (await client.execute(query))["batchRun"]
    assert batch_run["counts"] == {"waiting": 2 * ITEMS_PER_TRANSACTION + 7}
    assert [step["counts"] for step in batch_run["steps"]] == [{"waiting": 2 * ITEMS_PER_TRANSACTION + 7}] * 2


async def test_audit_log_records_only_what_was_changed(client: GraphQLClient, three: dict[str, str]) -> None:
    await change(client, "pause", "filter: {status: [WAITING, FAILED]}")
    await change(client, "pause", "filter: {status: [WAITING]}, dryRun: true")
    await change(client, "cancel", 'filter: {text: "r-batch"}', "PipelineRuns")
    result = (await client.execute("{ events { edges { node { action subjectKind subjectId details } } } }"))[
        "events"
    ]
    assert [edge["node"] for edge in result["edges"]] == [
        {
            "action": "cancelPipelineRuns",
            "subjectKind": "PIPELINE_RUN",
            "subjectId": None,
            "details": {"batchRun": three["running"], "files": 3},
        },
        {
            "action": "pauseBatchRuns",
            "subjectKind": "BATCH_RUN",
            "subjectId": three["waiting"],
            "details": {"files": 3},
        },
    ]


def _number(batch_run_id: str) -> int:
    number = number_of(Kind.BATCH_RUN, batch_run_id)
    assert number is not None
    return number
