"""How busy apps are and how long they take, as clients see it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from factories import (
    add_app,
    add_pipeline,
    claim_step,
    end_runs,
    finish_file,
    finish_step,
    notify,
    start_run,
    step_run_ids,
)
from graphql_client import Events, GraphQLClient
from running_api import RunningApi, running_api
from sqlalchemy import text

from chowda.apps import timings
from chowda.apps.registry import AppChange, update_app
from chowda.apps.timings import Timing
from chowda.db.database import Database
from chowda.ids import Kind, opaque
from chowda.pubsub.notifier import Notifier
from chowda.runs import batch_runs

LOAD = "{ apps { nodes { name load { slots taken waiting batchRuns } } } }"
TIMES = """{ apps { nodes { name timing { calls secondsPerCall secondsPerMediaMinute }
  recentCalls { endedAt seconds mediaSeconds } } } }"""
APPS = """subscription { apps { stale asOf apps { name active maxConcurrency
  health { status } load { slots taken waiting batchRuns } } } }"""
PIPELINES = "{ pipelines { nodes { name createdAt lastRun { id pipeline { version } } } } }"


@pytest.fixture
def client(api: RunningApi) -> GraphQLClient:
    return GraphQLClient(api.url)


async def loads(client: GraphQLClient) -> dict[str, list[int]]:
    """By app: slots, taken, waiting, batch runs."""
    return loads_in((await client.execute(LOAD))["apps"]["nodes"])


def loads_in(apps: list[dict[str, Any]]) -> dict[str, list[int]]:
    return {app["name"]: list(app["load"].values()) for app in apps}


async def test_load_counts_running_calls_and_waiting_files(client: GraphQLClient, database: Database) -> None:
    run = await start_run(database, files=3, steps=2)
    first, second, _ = await step_run_ids(database, run.id)
    assert await loads(client) == {"run-app1": [1, 0, 3, 1], "run-app2": [1, 0, 3, 1]}
    claim = await claim_step(database, first)
    assert await loads(client) == {"run-app1": [1, 1, 2, 1], "run-app2": [1, 0, 3, 1]}
    await finish_step(database, claim)
    await finish_file(database, second)
    assert await loads(client) == {"run-app1": [1, 0, 1, 1], "run-app2": [1, 0, 2, 1]}
    async with database.session() as session:
        await batch_runs.cancel_batch_run(session, run.id)
    assert await loads(client) == {"run-app1": [1, 0, 0, 0], "run-app2": [1, 0, 0, 0]}


async def test_dry_run_of_deactivate_counts_waiting_files(client: GraphQLClient, database: Database) -> None:
    run = await start_run(database, files=3, steps=2)
    [first, *_] = await step_run_ids(database, run.id)
    await claim_step(database, first)
    change = "mutation ($active: Boolean!, $dryRun: Boolean!) { updateApps(filter: {text: %s}, "
    change += "input: {active: $active}, dryRun: $dryRun) { message } }"
    both, one = (change % text for text in ('"run-app"', '"run-app1"'))
    told = await client.execute(both, active=False, dryRun=True)
    assert told["updateApps"]["message"] == (
        "Deactivates 2 apps. Calls that wait until they are activated again: 5. Running calls, which continue: 1."
    )
    told = await client.execute(one, active=False, dryRun=False)
    assert told["updateApps"]["message"] == (
        "Deactivated 1 app. Calls that wait until it is activated again: 2. Running calls, which continue: 1."
    )
    told = await client.execute(one, active=True, dryRun=False)
    assert told["updateApps"]["message"] == "Activated 1 app."


async def test_app_called_one_at_a_time_has_one_slot(client: GraphQLClient, database: Database) -> None:
    app = await add_app(database, max_concurrency=4)
    assert await loads(client) == {"detector": [4, 0, 0, 0]}
    async with database.session() as session:
        await update_app(session, app.id, AppChange(one_at_a_time=True))
    assert await loads(client) == {"detector": [1, 0, 0, 0]}


async def test_timings_sum_all_calls_and_list_those_of_the_current_version(
    client: GraphQLClient, database: Database
) -> None:
    run = await start_run(database, files=2, steps=1)
    [untimed] = (await client.execute(TIMES))["apps"]["nodes"]
    nothing = {"calls": 0, "secondsPerCall": None, "secondsPerMediaMinute": None}
    assert (untimed["timing"], untimed["recentCalls"]) == (nothing, [])
    first, second = await step_run_ids(database, run.id)
    async with database.session() as session:
        sql = "UPDATE media_documents SET duration_seconds = 120 WHERE location LIKE '%000001%'"
        await session.execute(text(sql))
        app_id = (await session.scalars(text("SELECT id FROM clams_apps"))).one()
        await timings.add(session, {app_id: Timing(2, 30, 20, 240)})
    for step_run_id, seconds in ((first, 8), (second, 3)):
        await finish_file(database, step_run_id)
        async with database.session() as session:
            sql = (
                "UPDATE step_runs SET started_at = ended_at - make_interval(secs => :seconds) WHERE id = :id"
            )
            await session.execute(text(sql), {"seconds": seconds, "id": step_run_id})
    [timed] = (await client.execute(TIMES))["apps"]["nodes"]
    assert timed["timing"] == {"calls": 2, "secondsPerCall": 15.0, "secondsPerMediaMinute": 5.0}
    calls = [(call["seconds"], call["mediaSeconds"]) for call in timed["recentCalls"]]
    assert calls == [(3.0, None), (8.0, 120.0)]
    async with database.session() as session:
        await session.execute(text("UPDATE clams_apps SET identifier = 'http://apps.clams.ai/run-app1/v2'"))
    [renewed] = (await client.execute(TIMES))["apps"]["nodes"]
    assert renewed["recentCalls"] == []


async def next_apps(events: Events) -> list[dict[str, Any]]:
    state = (await events.next())["apps"]
    assert state["stale"] is False
    return list(state["apps"])


async def test_apps_subscription_shows_load_and_changes(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    run = await start_run(database, files=2, steps=1)
    first, _ = await step_run_ids(database, run.id)
    with running_api(
        database_url, tmp_path, poll_seconds=600
    ) as api:  # so that it is notifications that tell it
        await watch_apps(GraphQLClient(api.url), database, run.id, first)


async def watch_apps(client: GraphQLClient, database: Database, run_id: int, first: int) -> None:
    async with client.subscribe(APPS) as events:
        [app] = await next_apps(events)
        assert list(app["load"].values()) == [1, 0, 2, 1]
        await claim_step(database, first)
        await notify(database, run_id)
        [app] = await next_apps(events)
        assert list(app["load"].values()) == [1, 1, 1, 1]
        async with database.session() as session:
            other = await add_app(database, "another")
            await update_app(session, other.id, AppChange(active=False))
        notifier = Notifier(database, 0)
        notifier.apps()
        await notifier.flush()
        assert [(app["name"], app["active"]) for app in await next_apps(events)] == [
            ("another", False),
            ("run-app1", True),
        ]
        await notify(database, run_id)
        assert await events.silent(1.0)


async def test_pipeline_has_creation_time_and_newest_run(client: GraphQLClient, database: Database) -> None:
    runs_made = [await start_run(database, files=1, steps=1, name=name) for name in ("one", "two")]
    await add_pipeline(database, [await add_app(database, "idle")], "idle")
    for run in runs_made:
        [step] = await step_run_ids(database, run.id)
        await finish_file(database, step)
        await end_runs(database, run.id)
    told = (await client.execute(PIPELINES))["pipelines"]["nodes"]
    assert [pipeline["lastRun"] and pipeline["lastRun"]["id"] for pipeline in told] == [
        None,
        *(opaque(Kind.BATCH_RUN, run.id) for run in runs_made),
    ]
    assert all(pipeline["createdAt"] for pipeline in told)
