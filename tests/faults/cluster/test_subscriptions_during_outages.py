"""During an outage of the database, subscriptions send their last state marked as stale, and then the current one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import pytest
from cluster import Cluster, Postgres, eventually, frozen
from engine import ended, register, start
from fake_clams import FakeClams
from graphql_client import Events, GraphQLFailure

from chowda.db.database import Database
from chowda.errors import DatabaseAway
from chowda.ids import Kind, opaque

BATCH_RUN = """subscription ($id: ID!) { batchRun(id: $id) {
  status percent asOf stale batch { name } counts { finished }
  pipelineRuns(first: 2) { edges { node { status } } } } }"""
PAGES = """subscription ($id: ID!) { pipelineRuns(batchRunId: $id) {
  cursor asOf stale pipelineRuns { status mediaFile { guid } batchRun { status } } } }"""
ACTIVE = "subscription { activeBatchRuns { id status asOf stale } }"
QUERY = "query ($id: ID!) { batchRun(id: $id) { status stale } }"
PAUSE = "mutation ($id: ID!) { pauseBatchRun(id: $id) { status } }"

NOTICE_SECONDS = 30.0
"The listener checks a frozen server every 3 s and waits 6 s for an answer; the rest is for a busy machine."


@contextmanager
def stopped(postgres: Postgres) -> Iterator[None]:
    postgres.stop()
    try:
        yield
    finally:
        postgres.start()


@contextmanager
def killed(postgres: Postgres) -> Iterator[None]:
    postgres.kill()
    try:
        yield
    finally:
        postgres.start()


async def first_event(events: Events, matches: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    while True:
        try:
            event = await events.next(NOTICE_SECONDS)
        except GraphQLFailure as exc:  # the database went away while nested fields of an event were read
            assert not events.closed
            assert str(exc) == DatabaseAway.MESSAGE
        else:
            if matches(event):
                return event


async def assert_fails_with_database_away(request: Awaitable[Any]) -> None:
    started = time.monotonic()
    with pytest.raises(GraphQLFailure) as caught:
        await request
    assert time.monotonic() - started < NOTICE_SECONDS
    assert caught.value.code == "INTERNAL"
    assert str(caught.value) == DatabaseAway.MESSAGE


@pytest.mark.parametrize("fault", [stopped, killed, frozen])
async def test_subscriptions_are_stale_during_an_outage_and_then_current(
    fault: Callable[[Postgres], Any], cluster: Cluster, database: Database, app: FakeClams, name: str
) -> None:
    app.capacity = 0
    key = await start(database, [await register(database, app)], 3, name)
    run_id = opaque(Kind.BATCH_RUN, key)
    client = cluster.apis[0].client
    async with AsyncExitStack() as stack:
        run = await stack.enter_async_context(client.subscribe(BATCH_RUN, id=run_id))
        feed = await stack.enter_async_context(client.subscribe(PAGES, id=run_id))
        active = await stack.enter_async_context(client.subscribe(ACTIVE))
        running = await first_event(run, lambda event: event["batchRun"]["status"] == "RUNNING")
        states: dict[str, str] = {}

        def record(page: dict[str, Any]) -> dict[str, Any]:
            states.update({of["mediaFile"]["guid"]: of["status"] for of in page["pipelineRuns"]})
            return page

        cursor, as_of = None, None
        while "RUNNING" not in states.values():
            page = record((await feed.next())["pipelineRuns"])
            assert page["stale"] is False
            cursor, as_of = page["cursor"], page["asOf"]
        await first_event(active, lambda event: event["activeBatchRuns"][0]["status"] == "RUNNING")
        await asyncio.sleep(1)  # until all events have been sent

        with fault(cluster.postgres):
            [stale_run] = (await first_event(active, lambda event: event["activeBatchRuns"][0]["stale"]))[
                "activeBatchRuns"
            ]
            assert (stale_run["id"], stale_run["status"]) == (run_id, "RUNNING")
            stale = (await first_event(run, lambda event: event["batchRun"]["stale"]))["batchRun"]
            fresh = running["batchRun"]
            assert stale == {**fresh, "asOf": stale["asOf"], "stale": True}
            page = (await first_event(feed, lambda event: event["pipelineRuns"]["stale"]))["pipelineRuns"]
            assert page["pipelineRuns"] == []
            assert page["asOf"] >= as_of
            resumed_from = page["cursor"]
            # New subscriptions, queries and mutations fail with a clear message.
            async with client.subscribe(BATCH_RUN, id=run_id) as new_subscription:
                await assert_fails_with_database_away(new_subscription.next(NOTICE_SECONDS))
            await assert_fails_with_database_away(client.execute(QUERY, id=run_id))
            await assert_fails_with_database_away(client.execute(PAUSE, id=run_id))

        present = (await first_event(run, lambda event: not event["batchRun"]["stale"]))["batchRun"]
        assert present["asOf"] > stale["asOf"]
        [present] = (await first_event(active, lambda event: not event["activeBatchRuns"][0]["stale"]))[
            "activeBatchRuns"
        ]
        assert present["status"] == "RUNNING"
        record((await first_event(feed, lambda event: not event["pipelineRuns"]["stale"]))["pipelineRuns"])

        app.release_all_calls()
        *_, last = await run.rest()
        assert (last["batchRun"]["status"], last["batchRun"]["counts"]["finished"]) == ("FINISHED", 3)
        for event in await feed.rest():
            record(event["pipelineRuns"])
        assert list(states.values()) == ["FINISHED"] * 3
        await first_event(active, lambda event: run_id not in [of["id"] for of in event["activeBatchRuns"]])
    # The cursor of the stale page continues on the other API too, once that has reached the database.
    await asyncio.to_thread(eventually, cluster.apis[1].ready, "the other API is ready")
    after = PAGES.replace("($id: ID!)", "($id: ID!, $after: String)").replace("$id)", "$id, after: $after)")
    async with cluster.apis[1].client.subscribe(after, id=run_id, after=resumed_from) as events:
        resumed = [of for event in await events.rest() for of in event["pipelineRuns"]["pipelineRuns"]]
    assert {of["mediaFile"]["guid"]: of["status"] for of in resumed} == states
    assert cursor is not None


async def test_lost_listener_alone_makes_nothing_stale_and_loses_no_update(
    cluster: Cluster, database: Database, app: FakeClams, name: str
) -> None:
    app.seconds = 0.2
    key = await start(database, [await register(database, app)], 8, name)
    run_id = opaque(Kind.BATCH_RUN, key)

    async def keep_terminating_listeners() -> None:
        while True:
            cluster.postgres.terminate_connections("chowda-hub")
            await asyncio.sleep(0.1)

    async with cluster.apis[0].client.subscribe(PAGES, id=run_id) as feed:
        terminating = asyncio.create_task(keep_terminating_listeners())
        try:
            pages = [event["pipelineRuns"] for event in await feed.rest()]
        finally:
            terminating.cancel()
    assert not any(page["stale"] for page in pages)
    states = {of["mediaFile"]["guid"]: of["status"] for page in pages for of in page["pipelineRuns"]}
    assert list(states.values()) == ["FINISHED"] * 8
    assert (await ended(database, key)).status == "FINISHED"
