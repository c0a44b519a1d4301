"""Who watches while the database goes is told that what it has is stale, and what became of it afterwards."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import pytest
from cluster import Chowda, Postgres, eventually, frozen
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

NOTICED_SECONDS = 30.0
"A frozen server is asked every 3 s and given 6 s to answer; the rest is for a busy machine."


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


async def first_where(events: Events, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    while True:
        try:
            event = await events.next(NOTICED_SECONDS)
        except GraphQLFailure as exc:  # it went just while the rest of an event was read
            assert not events.closed
            assert str(exc) == DatabaseAway.MESSAGE
        else:
            if wanted(event):
                return event


async def is_told_that_it_is_away(asked: Awaitable[Any]) -> None:
    began = time.monotonic()
    with pytest.raises(GraphQLFailure) as caught:
        await asked
    assert time.monotonic() - began < NOTICED_SECONDS
    assert caught.value.code == "INTERNAL"
    assert str(caught.value) == DatabaseAway.MESSAGE


@pytest.mark.parametrize("fault", [stopped, killed, frozen])
async def test_they_are_told_that_it_is_stale_and_then_how_it_stands(
    fault: Callable[[Postgres], Any], chowda: Chowda, database: Database, app: FakeClams, name: str
) -> None:
    app.capacity = 0
    key = await start(database, [await register(database, app)], 3, name)
    run_id = opaque(Kind.BATCH_RUN, key)
    client = chowda.apis[0].client
    async with AsyncExitStack() as stack:
        run = await stack.enter_async_context(client.subscribe(BATCH_RUN, id=run_id))
        feed = await stack.enter_async_context(client.subscribe(PAGES, id=run_id))
        active = await stack.enter_async_context(client.subscribe(ACTIVE))
        running = await first_where(run, lambda event: event["batchRun"]["status"] == "RUNNING")
        states: dict[str, str] = {}

        def note(page: dict[str, Any]) -> dict[str, Any]:
            states.update({of["mediaFile"]["guid"]: of["status"] for of in page["pipelineRuns"]})
            return page

        cursor, as_of = None, None
        while "RUNNING" not in states.values():
            page = note((await feed.next())["pipelineRuns"])
            assert page["stale"] is False
            cursor, as_of = page["cursor"], page["asOf"]
        await first_where(active, lambda event: event["activeBatchRuns"][0]["status"] == "RUNNING")
        await asyncio.sleep(1)  # nothing is under way

        with fault(chowda.postgres):
            [told] = (await first_where(active, lambda event: event["activeBatchRuns"][0]["stale"]))[
                "activeBatchRuns"
            ]
            assert (told["id"], told["status"]) == (run_id, "RUNNING")
            stale = (await first_where(run, lambda event: event["batchRun"]["stale"]))["batchRun"]
            fresh = running["batchRun"]
            assert stale == {**fresh, "asOf": stale["asOf"], "stale": True}
            page = (await first_where(feed, lambda event: event["pipelineRuns"]["stale"]))["pipelineRuns"]
            assert page["pipelineRuns"] == []
            assert page["asOf"] >= as_of
            resumed_from = page["cursor"]
            # Who comes only now is told in plain words; so is who asks for something.
            async with client.subscribe(BATCH_RUN, id=run_id) as late:
                await is_told_that_it_is_away(late.next(NOTICED_SECONDS))
            await is_told_that_it_is_away(client.execute(QUERY, id=run_id))
            await is_told_that_it_is_away(client.execute(PAUSE, id=run_id))

        present = (await first_where(run, lambda event: not event["batchRun"]["stale"]))["batchRun"]
        assert present["asOf"] > stale["asOf"]
        [present] = (await first_where(active, lambda event: not event["activeBatchRuns"][0]["stale"]))[
            "activeBatchRuns"
        ]
        assert present["status"] == "RUNNING"
        note((await first_where(feed, lambda event: not event["pipelineRuns"]["stale"]))["pipelineRuns"])

        app.capacity = None
        app.in_loop(app.let_go())
        *_, last = await run.rest()
        assert (last["batchRun"]["status"], last["batchRun"]["counts"]["finished"]) == ("FINISHED", 3)
        for event in await feed.rest():
            note(event["pipelineRuns"])
        assert list(states.values()) == ["FINISHED"] * 3
        await first_where(active, lambda event: run_id not in [of["id"] for of in event["activeBatchRuns"]])
    # The cursor that came with the stale page goes on from there, on the other server too, once it has heard
    # from the database.
    await asyncio.to_thread(eventually, chowda.apis[1].ready, "the other server is ready")
    after = PAGES.replace("($id: ID!)", "($id: ID!, $after: String)").replace("$id)", "$id, after: $after)")
    async with chowda.apis[1].client.subscribe(after, id=run_id, after=resumed_from) as events:
        resumed = [of for event in await events.rest() for of in event["pipelineRuns"]["pipelineRuns"]]
    assert {of["mediaFile"]["guid"]: of["status"] for of in resumed} == states
    assert cursor is not None


async def test_while_only_the_listening_is_cut_nobody_is_told_of_it_and_all_get_the_news(
    chowda: Chowda, database: Database, app: FakeClams, name: str
) -> None:
    app.seconds = 0.2
    key = await start(database, [await register(database, app)], 8, name)
    run_id = opaque(Kind.BATCH_RUN, key)

    async def cut_again_and_again() -> None:
        while True:
            chowda.postgres.cut("chowda-hub")
            await asyncio.sleep(0.1)

    async with chowda.apis[0].client.subscribe(PAGES, id=run_id) as feed:
        cutting = asyncio.create_task(cut_again_and_again())
        try:
            pages = [event["pipelineRuns"] for event in await feed.rest()]
        finally:
            cutting.cancel()
    assert not any(page["stale"] for page in pages)
    states = {of["mediaFile"]["guid"]: of["status"] for page in pages for of in page["pipelineRuns"]}
    assert list(states.values()) == ["FINISHED"] * 8
    assert (await ended(database, key)).status == "FINISHED"
