"""Subscriptions over real WebSockets: no change is lost, no event is superfluous, and they complete."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from factories import (
    claim_step,
    end_runs,
    fail_step,
    finish_file,
    finish_step,
    guids,
    notify,
    start_run,
    step_run_ids,
)
from graphql_client import Events, GraphQLClient, GraphQLFailure
from running_api import RunningApi, running_api
from sqlalchemy import text

from chowda.db.database import Database
from chowda.ids import Kind, opaque
from chowda.runs import batch_runs
from chowda.schema import stale_loop

BATCH_RUN = """subscription ($id: ID!) { batchRun(id: $id) {
  status percent counts { waiting running finished failed canceled } steps { percent } } }"""
PAGES = """subscription ($id: ID!, $after: String) { pipelineRuns(batchRunId: $id, after: $after) {
  cursor asOf pipelineRuns { id status percent mediaFile { guid } steps { status mmif { url } } batchRun { status } }
} }"""
ACTIVE = "subscription { activeBatchRuns { id status percent } }"


@pytest.fixture
def client(api: RunningApi) -> GraphQLClient:
    return GraphQLClient(api.url)


async def cursor_of(client: GraphQLClient, run_id: str) -> str:
    answer = await client.execute("query ($id: ID!) { batchRun(id: $id) { cursor } }", id=run_id)
    return str(answer["batchRun"]["cursor"])


async def page(events: Events) -> dict[str, str]:
    """The next page that is not empty: status by GUID."""
    while True:
        runs_of_page = (await events.next())["pipelineRuns"]["pipelineRuns"]
        if runs_of_page:
            return {run["mediaFile"]["guid"]: run["status"] for run in runs_of_page}


async def pages(events: Events) -> AsyncIterator[dict[str, Any]]:
    for event in await events.rest():
        yield event["pipelineRuns"]


async def cancel(database: Database, batch_run_id: int) -> None:
    async with database.session() as session:
        await batch_runs.cancel_batch_run(session, batch_run_id)
    await notify(database, batch_run_id)


async def test_batch_run_sends_its_state_its_changes_and_its_end(
    client: GraphQLClient, database: Database
) -> None:
    run = await start_run(database, files=2, steps=1)
    first, second = await step_run_ids(database, run.id)
    async with client.subscribe(BATCH_RUN, id=opaque(Kind.BATCH_RUN, run.id)) as events:
        present = (await events.next())["batchRun"]
        assert (present["status"], present["percent"], present["counts"]["waiting"]) == ("WAITING", 0.0, 2)
        await finish_file(database, first)
        await notify(database, run.id)
        changed = (await events.next())["batchRun"]
        assert (changed["status"], changed["percent"], changed["counts"]["finished"]) == ("RUNNING", 50.0, 1)
        await finish_file(database, second)
        await end_runs(database, run.id)
        await notify(database, run.id)
        *_, last = await events.rest()
        assert (last["batchRun"]["status"], last["batchRun"]["percent"]) == ("FINISHED", 100.0)


async def test_ended_batch_run_is_sent_once(client: GraphQLClient, database: Database) -> None:
    run = await start_run(database, files=1, steps=1)
    await cancel(database, run.id)
    async with client.subscribe(BATCH_RUN, id=opaque(Kind.BATCH_RUN, run.id)) as events:
        [only] = await events.rest()
    assert only["batchRun"]["status"] == "CANCELED"


async def test_notification_without_a_change_sends_no_event(
    client: GraphQLClient, database: Database
) -> None:
    run = await start_run(database, files=1, steps=1)
    async with client.subscribe(BATCH_RUN, id=opaque(Kind.BATCH_RUN, run.id)) as events:
        await events.next()
        for _ in range(3):
            await notify(database, run.id)
        assert await events.silent(0.7)


async def test_changed_wait_reason_is_sent(client: GraphQLClient, database: Database) -> None:
    run = await start_run(database, files=2, steps=2)
    first, *_ = await step_run_ids(database, run.id)
    query = "subscription { activeBatchRuns { steps { waitingFor { reason message } } } }"

    def reasons(event: dict[str, Any]) -> list[str | None]:
        [active] = event["activeBatchRuns"]
        return [wait and wait["reason"] for wait in (step["waitingFor"] for step in active["steps"])]

    async with client.subscribe(query) as events:
        # No run of the second step is ready, so only the first step has a reason.
        assert reasons(await events.next()) == ["NO_WORKER", None]
        async with database.session() as session:
            await session.execute(
                text("INSERT INTO workers (name, threads, until) VALUES ('w', 1, now() + interval '1 hour')")
            )
        await notify(database, run.id)
        assert reasons(await events.next()) == ["TURN", None]
        await claim_step(database, first)
        await notify(database, run.id)
        assert reasons(await events.next()) == [None, None]


async def test_selecting_pipeline_runs_sends_changes_outside_the_counts(
    client: GraphQLClient, database: Database
) -> None:
    run = await start_run(database, files=1, steps=1)
    [step_run_id] = await step_run_ids(database, run.id)
    claim = await claim_step(database, step_run_id)
    query = """subscription ($id: ID!) { batchRun(id: $id) {
      pipelineRuns { edges { node { steps { progressSource } } } } } }"""
    async with client.subscribe(query, id=opaque(Kind.BATCH_RUN, run.id)) as events:
        await events.next()
        async with database.session() as session:
            await session.execute(text("UPDATE step_runs SET progress_source = 'REPORTED'"))
        await notify(database, run.id)
        [edge] = (await events.next())["batchRun"]["pipelineRuns"]["edges"]
        assert edge["node"]["steps"] == [{"progressSource": "REPORTED"}]
    await finish_step(database, claim)


async def test_many_quick_changes_arrive_as_few_events(client: GraphQLClient, database: Database) -> None:
    run = await start_run(database, files=30, steps=1)
    step_ids = await step_run_ids(database, run.id)
    seen = []
    async with client.subscribe(BATCH_RUN, id=opaque(Kind.BATCH_RUN, run.id)) as events:
        await events.next()
        for step_run_id in step_ids:
            await finish_file(database, step_run_id)
            await notify(database, run.id)
        while not seen or seen[-1]["counts"]["finished"] < 30:
            seen.append((await events.next())["batchRun"])
    finished = [event["counts"]["finished"] for event in seen]
    assert finished == sorted(finished)
    assert len(finished) == len(set(finished))


async def test_lost_notification_only_delays_a_change(
    database_url: str, database: Database, tmp_path: Path
) -> None:
    run = await start_run(database, files=1, steps=1)
    run_id = opaque(Kind.BATCH_RUN, run.id)
    with running_api(database_url, tmp_path, poll_seconds=0.3) as api:
        client = GraphQLClient(api.url)
        async with (
            client.subscribe(BATCH_RUN, id=run_id) as batch_run,
            client.subscribe(PAGES, id=run_id) as feed,
            client.subscribe(ACTIVE) as active,
        ):
            await batch_run.next()
            assert await page(feed) == {"run-batch-000001": "WAITING"}
            assert len((await active.next())["activeBatchRuns"]) == 1
            async with database.session() as session:
                await batch_runs.cancel_batch_run(session, run.id)
            [end] = await batch_run.rest()
            assert end["batchRun"]["status"] == "CANCELED"
            assert await page(feed) == {"run-batch-000001": "CANCELED"}
            assert (await active.next())["activeBatchRuns"] == []
            assert await feed.rest() == []


@pytest.mark.parametrize("query", [BATCH_RUN, PAGES])
@pytest.mark.parametrize("wrong", ["brun-zz", "pipe-1", "x", ""])
async def test_unknown_batch_run_is_not_found(
    client: GraphQLClient, database: Database, query: str, wrong: str
) -> None:
    await start_run(database, files=1, steps=1)
    async with client.subscribe(query, id=wrong) as events:
        with pytest.raises(GraphQLFailure) as caught:
            await events.next()
    assert caught.value.code == "NOT_FOUND"
    assert events.closed


@pytest.mark.parametrize("wrong", ["", "x", "\0", "e30", "WzEsMiwzLDRd"])
async def test_unreadable_cursor_is_refused(client: GraphQLClient, database: Database, wrong: str) -> None:
    run = await start_run(database, files=1, steps=1)
    async with client.subscribe(PAGES, id=opaque(Kind.BATCH_RUN, run.id), after=wrong) as events:
        with pytest.raises(GraphQLFailure) as caught:
            await events.next()
    assert caught.value.code == "BAD_USER_INPUT"
    assert events.closed


async def test_feed_sends_every_run_first_and_then_the_changes(
    client: GraphQLClient, database: Database
) -> None:
    run = await start_run(database, files=3, steps=2)
    first, second, third = await step_run_ids(database, run.id)
    names = guids(3, "run-batch")
    async with client.subscribe(PAGES, id=opaque(Kind.BATCH_RUN, run.id)) as events:
        assert await page(events) == dict.fromkeys(names, "WAITING")
        await finish_file(database, second)
        await notify(database, run.id)
        assert await page(events) == {names[1]: "FINISHED"}
        await fail_step(database, await claim_step(database, first))
        await finish_file(database, third)
        await end_runs(database, run.id)
        await notify(database, run.id)
        last = [event async for event in pages(events)]
        assert {
            run["mediaFile"]["guid"]: run["status"] for event in last for run in event["pipelineRuns"]
        } == {
            names[0]: "FAILED",
            names[2]: "FINISHED",
        }
        assert {run["batchRun"]["status"] for run in last[-1]["pipelineRuns"]} == {"FAILED"}


async def test_feed_of_an_ended_run_sends_every_run_and_completes(
    client: GraphQLClient, database: Database
) -> None:
    run = await start_run(database, files=3, steps=1)
    await cancel(database, run.id)
    async with client.subscribe(PAGES, id=opaque(Kind.BATCH_RUN, run.id)) as events:
        [only] = [event async for event in pages(events)]
    assert [run["status"] for run in only["pipelineRuns"]] == ["CANCELED"] * 3
    async with client.subscribe(PAGES, id=opaque(Kind.BATCH_RUN, run.id), after=only["cursor"]) as events:
        assert await events.rest() == []


async def test_subscribing_with_the_cursor_of_a_query_loses_no_change(
    client: GraphQLClient, database: Database
) -> None:
    run = await start_run(database, files=4, steps=1)
    run_id = opaque(Kind.BATCH_RUN, run.id)
    first, second, *_ = await step_run_ids(database, run.id)
    cursor = await cursor_of(client, run_id)
    await finish_file(database, first)
    async with client.subscribe(PAGES, id=run_id, after=cursor) as events:
        assert await page(events) == {"run-batch-000001": "FINISHED"}
        await finish_file(database, second)
        await notify(database, run.id)
        assert await page(events) == {"run-batch-000002": "FINISHED"}


async def test_change_in_an_open_transaction_is_sent_after_its_commit(
    client: GraphQLClient, database: Database
) -> None:
    run = await start_run(database, files=2, steps=1)
    run_id = opaque(Kind.BATCH_RUN, run.id)
    async with database.session() as late:
        await late.execute(
            text("UPDATE pipeline_runs SET status = 'RUNNING', started_at = now() WHERE id = 1")
        )
        cursor = await cursor_of(client, run_id)
        async with database.session() as early:
            await early.execute(
                text("UPDATE pipeline_runs SET status = 'RUNNING', started_at = now() WHERE id = 2")
            )
        async with client.subscribe(PAGES, id=run_id, after=cursor) as events:
            assert await page(events) == {"run-batch-000002": "RUNNING"}
            await late.commit()
            await notify(database, run.id)
            assert await page(events) == {"run-batch-000001": "RUNNING"}


async def test_long_backlog_comes_in_pages_that_can_be_resumed(
    client: GraphQLClient, database: Database
) -> None:
    run = await start_run(database, files=1_250, steps=1)
    run_id = opaque(Kind.BATCH_RUN, run.id)
    seen: list[str] = []
    sizes = []
    after = None
    for _ in range(3):  # a new connection for each page
        async with client.subscribe(PAGES, id=run_id, after=after) as events:
            event = (await events.next())["pipelineRuns"]
            sizes.append(len(event["pipelineRuns"]))
            seen += [run["mediaFile"]["guid"] for run in event["pipelineRuns"]]
            after = event["cursor"]
    assert (sizes, seen) == ([500, 500, 250], guids(1_250, "run-batch"))
    async with client.subscribe(PAGES, id=run_id, after=after) as events:
        await cancel(database, run.id)
        backlog = [event async for event in pages(events)]
    assert [len(event["pipelineRuns"]) for event in backlog] == [500, 500, 250]


async def test_commits_out_of_order_lose_no_change_over_reconnects(
    client: GraphQLClient, database: Database
) -> None:
    run = await start_run(database, files=120, steps=1)
    run_id = opaque(Kind.BATCH_RUN, run.id)
    step_ids = await step_run_ids(database, run.id)

    async def work(mine: list[int]) -> None:
        for step_run_id in mine:
            claim = await claim_step_when_free(database, step_run_id)
            await finish_step(database, claim)
            await notify(database, run.id)

    async def end() -> None:
        await asyncio.gather(*(work(step_ids[n::4]) for n in range(4)))
        await end_runs(database, run.id)
        await notify(database, run.id)

    async with database.session() as session:
        await session.execute(text("UPDATE clams_apps SET max_concurrency = 8"))
        await session.execute(
            text(
                "INSERT INTO app_slots (clams_app_id, n) SELECT id, n FROM clams_apps, generate_series(2, 8) n"
            )
        )
    states: dict[str, str] = {}
    working = asyncio.create_task(end())
    after, complete = None, False
    while not complete:
        async with client.subscribe(PAGES, id=run_id, after=after) as events:
            for _ in range(3):
                try:
                    event = (await events.next())["pipelineRuns"]
                except StopAsyncIteration:
                    complete = True
                    break
                after = event["cursor"]
                states |= {run["mediaFile"]["guid"]: run["status"] for run in event["pipelineRuns"]}
    await working
    assert states == dict.fromkeys(guids(120, "run-batch"), "FINISHED")


async def claim_step_when_free(database: Database, step_run_id: int) -> Any:
    while True:
        try:
            return await claim_step(database, step_run_id)
        except AssertionError:  # all slots are taken
            await asyncio.sleep(0.01)


async def test_quiet_feed_sends_heartbeats(
    client: GraphQLClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stale_loop, "HEARTBEAT_SECONDS", 0.4)
    run = await start_run(database, files=1, steps=1)
    run_id = opaque(Kind.BATCH_RUN, run.id)
    async with client.subscribe(PAGES, id=run_id, after=await cursor_of(client, run_id)) as events:
        beats = [(await events.next())["pipelineRuns"] for _ in range(2)]
        assert [beat["pipelineRuns"] for beat in beats] == [[], []]
        assert beats[0]["asOf"] < beats[1]["asOf"]
    [step_run_id] = await step_run_ids(database, run.id)
    await finish_file(database, step_run_id)
    async with client.subscribe(PAGES, id=run_id, after=beats[1]["cursor"]) as events:
        assert await page(events) == {"run-batch-000001": "FINISHED"}


async def test_active_runs_are_sent_at_first_and_after_each_change(
    client: GraphQLClient, database: Database
) -> None:
    ended = await start_run(database, files=1, steps=1, name="ended")
    await cancel(database, ended.id)
    async with client.subscribe(ACTIVE) as events:
        assert (await events.next())["activeBatchRuns"] == []
        run = await start_run(database, files=1, steps=1)
        await notify(database, run.id)
        run_id = opaque(Kind.BATCH_RUN, run.id)
        assert (await events.next())["activeBatchRuns"] == [
            {"id": run_id, "status": "WAITING", "percent": 0.0}
        ]
        async with database.session() as session:
            await batch_runs.pause_batch_run(session, run.id)
        await notify(database, run.id)
        assert (await events.next())["activeBatchRuns"][0]["status"] == "PAUSED"
        await notify(database, run.id)
        assert await events.silent(0.5)
    async with client.subscribe(ACTIVE) as events:
        assert len((await events.next())["activeBatchRuns"]) == 1
        await cancel(database, run.id)
        assert (await events.next())["activeBatchRuns"] == []


async def test_mutation_notifies_subscribers(client: GraphQLClient, database: Database) -> None:
    run = await start_run(database, files=1, steps=1)
    run_id = opaque(Kind.BATCH_RUN, run.id)
    async with client.subscribe(BATCH_RUN, id=run_id) as events:
        await events.next()
        await client.execute("mutation ($id: ID!) { pauseBatchRun(id: $id) { id } }", id=run_id)
        assert (await events.next(3.0))["batchRun"]["status"] == "PAUSED"


async def test_closed_subscriptions_leave_no_session_and_no_watch(
    client: GraphQLClient, database: Database, api: RunningApi
) -> None:
    run = await start_run(database, files=1, steps=1)
    run_id = opaque(Kind.BATCH_RUN, run.id)
    async with client.subscribe(BATCH_RUN, id=run_id) as one, client.subscribe(ACTIVE) as two:
        await one.next()
        await two.next()
        assert api.services.hub.watchers == 2
        assert in_use(api) == 0
    for _ in range(100):
        if api.services.hub.watchers == 0:
            break
        await asyncio.sleep(0.05)
    assert api.services.hub.watchers == 0
    assert in_use(api) == 0


def in_use(api: RunningApi) -> int:
    """The number of database connections in use by the API."""
    pool: Any = api.services.database.engine.pool
    return int(pool.checkedout())
