"""Two API and three worker processes on one database act as one Chowda."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from cluster import SETTINGS, Api, Cluster, eventually
from engine import check_invariants, ended, register, start, step_runs, until
from fake_clams import FakeClams
from graphql_client import Events, GraphQLClient
from websockets.exceptions import ConnectionClosed

from chowda.db.database import Database
from chowda.ids import Kind, opaque

SOON_SECONDS = 10.0
"Long enough for a busy machine, and far less than the poll interval of `patient_api`."

BATCH_RUN = "subscription ($id: ID!) { batchRun(id: $id) { status counts { finished } } }"
PAGES = """subscription ($id: ID!, $after: String) { pipelineRuns(batchRunId: $id, after: $after) {
  cursor pipelineRuns { status percent mediaFile { guid } } } }"""
FINAL = """query ($id: ID!) { batchRun(id: $id) { pipelineRuns(first: 500) { edges { node {
  status percent mediaFile { guid } } } } } }"""


async def test_subscription_on_one_api_shows_changes_from_the_other_and_from_all_workers(
    cluster: Cluster, database: Database, app: FakeClams, name: str
) -> None:
    app.capacity = 0
    key = await start(database, [await register(database, app, max_concurrency=3)], 6, name)
    run_id = opaque(Kind.BATCH_RUN, key)
    first, second = (api.client for api in cluster.apis)
    async with second.subscribe(BATCH_RUN, id=run_id) as events:
        await until(lambda: _true(len(app.calls) == 3), "three calls")
        while (await events.next())["batchRun"]["status"] != "RUNNING":
            pass
        await first.execute("mutation ($id: ID!) { pauseBatchRun(id: $id) { id } }", id=run_id)
        while (await events.next())["batchRun"]["status"] != "PAUSED":
            pass
        await first.execute("mutation ($id: ID!) { resumeBatchRun(id: $id) { id } }", id=run_id)
        app.release_all_calls()
        *_, last = await events.rest()
    assert (last["batchRun"]["status"], last["batchRun"]["counts"]["finished"]) == ("FINISHED", 6)
    assert app.max_open_calls == 3


@pytest.fixture
def patient_api(cluster: Cluster) -> Iterator[Api]:
    """An API that polls so rarely that it depends on notifications during a test."""
    api = cluster.api("api-patient", CHOWDA_POLL_SECONDS="600")
    api.start()
    eventually(api.ready, "the API is ready")
    yield api
    api.close()


async def seconds_until_finished(events: Events, files: int) -> float:
    """Read events until this many files have finished; returns the seconds that took."""
    started = time.monotonic()
    while (await events.next())["batchRun"]["counts"]["finished"] < files:
        pass
    return time.monotonic() - started


async def test_notifications_arrive_at_once_and_after_a_lost_listener_without_polling(
    patient_api: Api, cluster: Cluster, database: Database, app: FakeClams, name: str
) -> None:
    app.capacity = 0
    key = await start(database, [await register(database, app, max_concurrency=4)], 4, name)
    await until(lambda: _true(len(app.waiting) == 4), "all calls wait")

    async def keep_terminating_listeners() -> None:
        while True:
            await asyncio.to_thread(cluster.postgres.terminate_connections, "chowda-hub")
            await asyncio.sleep(0.05)

    async with patient_api.client.subscribe(BATCH_RUN, id=opaque(Kind.BATCH_RUN, key)) as events:
        await events.next()
        for number in (1, 2):
            app.release_calls(1)
            assert await seconds_until_finished(events, number) < SOON_SECONDS
        terminating = asyncio.create_task(keep_terminating_listeners())
        await asyncio.sleep(0.5)
        app.release_calls(1)
        await until(lambda: _finished(database, key, 3), "the third file, without a notification")
        await asyncio.sleep(0.5)
        terminating.cancel()
        assert await seconds_until_finished(events, 3) < SOON_SECONDS
        app.release_calls(1)
        *_, last = await events.rest()
    assert (last["batchRun"]["status"], last["batchRun"]["counts"]["finished"]) == ("FINISHED", 4)


async def _finished(database: Database, key: int, files: int) -> bool:
    return [step.status for step in await step_runs(database, key)].count("FINISHED") == files


async def test_limit_of_an_app_holds_across_workers_when_one_is_killed(
    cluster: Cluster, database: Database, app: FakeClams, name: str
) -> None:
    app.seconds = 0.3
    limit, threads = 12, int(SETTINGS["CHOWDA_THREADS"])  # one worker alone cannot reach the limit
    key = await start(database, [await register(database, app, max_concurrency=limit)], 60, name)
    await until(lambda: _true(len(app.calls) >= 24), "24 calls")
    assert len({step.worker for step in await step_runs(database, key)} - {None}) > 1
    cluster.workers[1].kill()
    assert (await ended(database, key)).status == "FINISHED"
    assert threads < app.max_open_calls <= limit
    assert len(app.calls) <= 60 + threads, "only the calls of the killed worker are repeated"
    await check_invariants(database)


async def test_client_that_moves_between_apis_misses_nothing_when_one_is_killed(
    cluster: Cluster, database: Database, app: FakeClams, name: str
) -> None:
    files = 60
    app.capacity = 0
    clams_app = await register(database, app, max_concurrency=8, timeout_seconds=600)
    key = await start(database, [clams_app], files, name)
    run_id = opaque(Kind.BATCH_RUN, key)
    clients = [api.client for api in cluster.apis]
    seen: dict[str, dict[str, Any]] = {}
    cursors: list[tuple[str, dict[str, dict[str, Any]]]] = []
    after, complete, moves, closed = None, False, 0, False
    may_continue = asyncio.Event()

    async def release_one_by_one() -> None:
        while True:
            await may_continue.wait()
            app.release_calls(min(1, len(app.waiting)))
            await asyncio.sleep(0.1)

    releasing = asyncio.create_task(release_one_by_one())
    may_continue.set()
    while not complete:
        moves += 1
        try:
            async with clients[moves % 2].subscribe(PAGES, id=run_id, after=after) as events:
                for number in range(3):
                    if moves == 5 and number == 2:
                        cluster.apis[1].kill()  # during a subscription
                    page = (await events.next())["pipelineRuns"]
                    after = page["cursor"]
                    seen |= {run["mediaFile"]["guid"]: run for run in page["pipelineRuns"]}
                    cursors.append((after, dict(seen)))
        except StopAsyncIteration:
            complete = True
        except ConnectionClosed:
            assert moves == 5
            closed = True  # the next API is alive
            cluster.apis[1].start()
        if moves == 6:
            may_continue.clear()
            await asyncio.to_thread(eventually, cluster.apis[1].ready, "the killed API is ready again")
            may_continue.set()
    releasing.cancel()
    assert closed
    assert moves > 8
    final = await final_states(clients[1], run_id)
    assert len(final) == files
    assert {run["status"] for run in final.values()} == {"FINISHED"}
    assert seen == final
    # A client that continues after any page, on either API, reaches the same final state.
    for number, (cursor, known) in enumerate(cursors[:: max(1, len(cursors) // 6)]):
        async with clients[number % 2].subscribe(PAGES, id=run_id, after=cursor) as events:
            for event in await events.rest():
                known |= {run["mediaFile"]["guid"]: run for run in event["pipelineRuns"]["pipelineRuns"]}
        assert known == final


async def final_states(client: GraphQLClient, run_id: str) -> dict[str, dict[str, Any]]:
    edges = (await client.execute(FINAL, id=run_id))["batchRun"]["pipelineRuns"]["edges"]
    return {edge["node"]["mediaFile"]["guid"]: edge["node"] for edge in edges}


async def test_client_notices_at_once_that_its_api_was_killed(
    cluster: Cluster, database: Database, app: FakeClams, name: str
) -> None:
    app.capacity = 0
    key = await start(database, [await register(database, app)], 1, name)
    async with cluster.apis[0].client.subscribe(PAGES, id=opaque(Kind.BATCH_RUN, key)) as events:
        await events.next()
        cluster.apis[0].kill()
        try:
            async with asyncio.timeout(5):
                while True:
                    await events.next()
        except ConnectionClosed:
            pass
    cluster.apis[0].start()
    app.release_all_calls()
    assert (await ended(database, key)).status == "FINISHED"


async def _true(fact: bool) -> bool:
    return fact
