"""Two API and three worker processes on one database behave as one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from cluster import Api, Chowda, eventually
from engine import check_invariants, ended, register, start, step_runs, until
from fake_clams import FakeClams
from graphql_client import Events, GraphQLClient
from websockets.exceptions import ConnectionClosed

from chowda.db.database import Database
from chowda.ids import Kind, opaque

SOON_SECONDS = 10.0
"Enough for a busy machine, and far less than anybody's poll in the test that asks for it."

BATCH_RUN = "subscription ($id: ID!) { batchRun(id: $id) { status counts { finished } } }"
PAGES = """subscription ($id: ID!, $after: String) { pipelineRuns(batchRunId: $id, after: $after) {
  cursor pipelineRuns { status percent mediaFile { guid } } } }"""
FINAL = """query ($id: ID!) { batchRun(id: $id) { pipelineRuns(first: 500) { edges { node {
  status percent mediaFile { guid } } } } } }"""


async def test_who_watches_on_one_api_sees_what_was_asked_of_the_other_and_what_any_worker_does(
    chowda: Chowda, database: Database, app: FakeClams, name: str
) -> None:
    """The poll would tell it in a second; the notification does before."""
    app.capacity = 0
    key = await start(database, [await register(database, app, max_concurrency=3)], 6, name)
    run_id = opaque(Kind.BATCH_RUN, key)
    first, second = (api.client for api in chowda.apis)
    async with second.subscribe(BATCH_RUN, id=run_id) as events:
        await until(lambda: _true(len(app.calls) == 3), "three calls")
        while (await events.next())["batchRun"]["status"] != "RUNNING":
            pass
        await first.execute("mutation ($id: ID!) { pauseBatchRun(id: $id) { id } }", id=run_id)
        while (await events.next())["batchRun"]["status"] != "PAUSED":
            pass
        await first.execute("mutation ($id: ID!) { resumeBatchRun(id: $id) { id } }", id=run_id)
        app.capacity = None
        app.in_loop(app.let_go())
        *_, last = await events.rest()
    assert (last["batchRun"]["status"], last["batchRun"]["counts"]["finished"]) == ("FINISHED", 6)
    assert app.most_at_once == 3


@pytest.fixture
def patient_api(chowda: Chowda) -> Iterator[Api]:
    """One more, which looks for itself so seldom that all it ever knows in a test it was told."""
    api = chowda.api("api-patient", CHOWDA_POLL_SECONDS="600")
    api.start()
    eventually(api.ready, "it is ready")
    yield api
    api.end()


async def finished(events: Events, files: int) -> float:
    """Reads until so many files have finished; how many seconds that took."""
    began = time.monotonic()
    while (await events.next())["batchRun"]["counts"]["finished"] < files:
        pass
    return time.monotonic() - began


async def test_news_of_a_worker_comes_at_once_and_soon_after_the_listening_was_cut_though_nobody_polls(
    patient_api: Api, chowda: Chowda, database: Database, app: FakeClams, name: str
) -> None:
    app.capacity = 0
    key = await start(database, [await register(database, app, max_concurrency=4)], 4, name)
    await until(lambda: _true(len(app.waiting) == 4), "all calls wait")

    async def cut_again_and_again() -> None:
        while True:
            await asyncio.to_thread(chowda.postgres.cut, "chowda-hub")
            await asyncio.sleep(0.05)

    async with patient_api.client.subscribe(BATCH_RUN, id=opaque(Kind.BATCH_RUN, key)) as events:
        await events.next()
        for number in (1, 2):
            app.in_loop(app.let_go(1))
            assert await finished(events, number) < SOON_SECONDS
        cutting = asyncio.create_task(cut_again_and_again())
        await asyncio.sleep(0.5)
        app.in_loop(app.let_go(1))
        await until(lambda: _finished(database, key, 3), "the third file, of which nobody is told,")
        await asyncio.sleep(0.5)
        cutting.cancel()
        assert await finished(events, 3) < SOON_SECONDS
        app.in_loop(app.let_go(1))
        *_, last = await events.rest()
    assert (last["batchRun"]["status"], last["batchRun"]["counts"]["finished"]) == ("FINISHED", 4)


async def _finished(database: Database, key: int, files: int) -> bool:
    return [step.status for step in await step_runs(database, key)].count("FINISHED") == files


async def test_slots_are_kept_over_all_workers_one_of_which_is_killed(
    chowda: Chowda, database: Database, app: FakeClams, name: str
) -> None:
    app.seconds = 0.3
    key = await start(database, [await register(database, app, max_concurrency=5)], 40, name)
    await until(lambda: _true(len(app.calls) >= 10), "ten calls")
    assert len({step.worker for step in await step_runs(database, key)} - {None}) > 1
    chowda.workers[1].kill()
    assert (await ended(database, key)).status == "FINISHED"
    assert 1 < app.most_at_once <= 5
    assert len(app.calls) <= 40 + 5, "what the dead one held was called again"
    await check_invariants(database)


async def test_a_client_that_moves_between_apis_of_which_one_is_killed_misses_nothing(
    chowda: Chowda, database: Database, app: FakeClams, name: str
) -> None:
    files = 60
    app.capacity = 0
    clams_app = await register(database, app, max_concurrency=8, timeout_seconds=600)
    key = await start(database, [clams_app], files, name)
    run_id = opaque(Kind.BATCH_RUN, key)
    clients = [api.client for api in chowda.apis]
    seen: dict[str, dict[str, Any]] = {}
    cursors: list[tuple[str, dict[str, dict[str, Any]]]] = []
    after, complete, moves, closed = None, False, 0, False
    going_on = asyncio.Event()

    async def let_go_one_by_one() -> None:
        while True:
            await going_on.wait()
            app.in_loop(app.let_go(min(1, len(app.waiting))))
            await asyncio.sleep(0.1)

    letting_go = asyncio.create_task(let_go_one_by_one())
    going_on.set()
    while not complete:
        moves += 1
        try:
            async with clients[moves % 2].subscribe(PAGES, id=run_id, after=after) as events:
                for number in range(3):
                    if moves == 5 and number == 2:
                        chowda.apis[1].kill()  # in the midst of a subscription
                    page = (await events.next())["pipelineRuns"]
                    after = page["cursor"]
                    seen |= {run["mediaFile"]["guid"]: run for run in page["pipelineRuns"]}
                    cursors.append((after, dict(seen)))
        except StopAsyncIteration:
            complete = True
        except ConnectionClosed:
            assert moves == 5
            closed = True  # the next is the one that lives
            chowda.apis[1].start()
        if moves == 6:
            going_on.clear()
            await asyncio.to_thread(eventually, chowda.apis[1].ready, "the killed one is back")
            going_on.set()
    letting_go.cancel()
    assert closed
    assert moves > 8
    final = await states(clients[1], run_id)
    assert len(final) == files
    assert {run["status"] for run in final.values()} == {"FINISHED"}
    assert seen == final
    # Whichever page was the last that came: going on from its cursor, on either server, ends at the same.
    for number, (cursor, known) in enumerate(cursors[:: max(1, len(cursors) // 6)]):
        async with clients[number % 2].subscribe(PAGES, id=run_id, after=cursor) as events:
            for event in await events.rest():
                known |= {run["mediaFile"]["guid"]: run for run in event["pipelineRuns"]["pipelineRuns"]}
        assert known == final


async def states(client: GraphQLClient, run_id: str) -> dict[str, dict[str, Any]]:
    edges = (await client.execute(FINAL, id=run_id))["batchRun"]["pipelineRuns"]["edges"]
    return {edge["node"]["mediaFile"]["guid"]: edge["node"] for edge in edges}


async def test_a_client_of_an_api_that_is_killed_sees_the_end_of_its_connection_at_once(
    chowda: Chowda, database: Database, app: FakeClams, name: str
) -> None:
    app.capacity = 0
    key = await start(database, [await register(database, app)], 1, name)
    async with chowda.apis[0].client.subscribe(PAGES, id=opaque(Kind.BATCH_RUN, key)) as events:
        await events.next()
        chowda.apis[0].kill()
        try:
            async with asyncio.timeout(5):
                while True:
                    await events.next()
        except ConnectionClosed:
            pass
    chowda.apis[0].start()
    app.in_loop(app.let_go())
    app.capacity = None
    assert (await ended(database, key)).status == "FINISHED"


async def _true(fact: bool) -> bool:
    return fact
