"""What a process makes of a database that is away, silent or held by another; with real processes: tests/faults."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from factories import finish_file, start_run, step_run_ids
from graphql_client import GraphQLClient, GraphQLFailure
from running_api import RunningApi, running_api
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chowda.api import app
from chowda.db.autocommit import Statements
from chowda.db.database import Database
from chowda.errors import DatabaseAway
from chowda.ids import Kind, opaque
from chowda.pubsub.hub import Hub
from chowda.runs import batch_runs as runs
from chowda.schema import stale_loop
from chowda.schema.node_registry import BATCH_RUN as BATCH_RUN_NODES

PAGES = """subscription ($id: ID!, $after: String) { pipelineRuns(batchRunId: $id, after: $after) {
  cursor stale pipelineRuns { status batchRun { status } } } }"""
BATCH_RUN = "subscription ($id: ID!) { batchRun(id: $id) { status stale counts { finished } } }"
ACTIVE = "subscription { activeBatchRuns { id stale } }"
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cut-at-any-moment'"
LOCK_EVERYTHING = text("LOCK TABLE pipeline_runs, batch_runs IN ACCESS EXCLUSIVE MODE")


@pytest.fixture
def impatient_api(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningApi]:
    monkeypatch.setattr(stale_loop, "AWAY_POLL_SECONDS", 0.2)
    monkeypatch.setattr(app, "LOCK_SECONDS", 1)
    with running_api(database_url, tmp_path, poll_seconds=0.3) as api:
        yield api


async def test_unresponsive_server_fails_waiting_and_new_queries(
    database_url: str,
) -> None:
    database = Database(database_url, name="silent", pool_size=2)

    async def ask(seconds: float) -> int:
        async with database.session() as session:
            return int(await session.scalar(text("SELECT 7 FROM pg_sleep(:s)"), {"s": seconds}) or 0)

    waiting = [asyncio.create_task(ask(60)) for _ in range(4)]  # two of them for a connection
    await asyncio.sleep(0.5)
    began = time.monotonic()
    database.mark_unresponsive()
    for one in waiting:
        with pytest.raises(DatabaseAway):
            await one
    with pytest.raises(DatabaseAway):
        await ask(0)
    assert time.monotonic() - began < 20
    database.mark_responsive()
    assert await ask(0) == 7
    await database.close()


async def test_refused_connection_does_not_block_the_next(database: Database) -> None:
    hub = Hub("postgresql://127.0.0.1:1/nothing", database=database)
    await hub.start()
    try:
        async with hub.watch(None) as watch:
            assert await watch.changed(10)  # it was refused, and said so
        async with database.session() as session:
            assert await session.scalar(text("SELECT 7")) == 7
    finally:
        await hub.stop()


async def test_sql_error_is_not_database_away(database: Database) -> None:
    with pytest.raises(DBAPIError):
        async with database.session() as session:
            await session.execute(text("SELECT 1 / 0"))


async def test_waiting_too_long_for_a_connection_reports_busy(database_url: str) -> None:
    database = Database(database_url, name="small", pool_size=1, wait_seconds=0.2)
    async with database.session() as session:
        await session.execute(text("SELECT 1"))
        with pytest.raises(DatabaseAway) as caught:
            async with database.session() as second:
                await second.execute(text("SELECT 1"))
    assert caught.value.message == DatabaseAway.BUSY
    await database.close()


async def test_waiting_too_long_for_an_event_reports_busy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stale_loop, "READ_SECONDS", 0.05)
    with pytest.raises(DatabaseAway) as caught:
        await stale_loop.in_time(asyncio.sleep(60))
    assert caught.value.message == DatabaseAway.BUSY


async def test_rows_locked_by_another_session_are_stale_until_released(
    impatient_api: RunningApi, database: Database
) -> None:
    run = await start_run(database, files=2, steps=1)
    first, _ = await step_run_ids(database, run.id)
    run_id = opaque(Kind.BATCH_RUN, run.id)
    client = GraphQLClient(impatient_api.url)
    async with (
        client.subscribe(BATCH_RUN, id=run_id) as batch_runs,
        client.subscribe(PAGES, id=run_id) as feed,
        client.subscribe(ACTIVE) as active,
    ):
        for events in (batch_runs, feed, active):
            await events.next()
        async with database.session() as foreigner:
            await foreigner.execute(LOCK_EVERYTHING)
            assert (await batch_runs.next())["batchRun"]["stale"]
            assert (await feed.next())["pipelineRuns"] | {"cursor": ""} == {
                "cursor": "",
                "stale": True,
                "pipelineRuns": [],
            }
            assert (await active.next())["activeBatchRuns"] == [{"id": run_id, "stale": True}]
            with pytest.raises(GraphQLFailure) as caught:
                await client.execute("query ($id: ID!) { batchRun(id: $id) { status } }", id=run_id)
            assert str(caught.value) == DatabaseAway.BUSY
        assert not (await batch_runs.next())["batchRun"]["stale"]
        assert not (await feed.next())["pipelineRuns"]["stale"]
        assert not (await active.next())["activeBatchRuns"][0]["stale"]
        await finish_file(database, first)
        while (await feed.next())["pipelineRuns"]["pipelineRuns"][0]["status"] != "FINISHED":
            pass  # it is claimed first
        while (await batch_runs.next())["batchRun"]["counts"]["finished"] != 1:
            pass


async def test_incomplete_page_is_sent_again(
    impatient_api: RunningApi, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await start_run(database, files=3, steps=1)
    read, failures = BATCH_RUN_NODES.read, [DatabaseAway()]

    async def read_later(session: Any, loaders: Any, keys: Sequence[int]) -> Any:
        if failures:
            raise failures.pop()
        return await read(session, loaders, keys)

    monkeypatch.setattr(BATCH_RUN_NODES, "read", read_later)
    client = GraphQLClient(impatient_api.url)
    async with client.subscribe(PAGES, id=opaque(Kind.BATCH_RUN, run.id)) as events:
        with pytest.raises(GraphQLFailure):
            await events.next()
        page = (await events.next())["pipelineRuns"]
    assert [of["batchRun"]["status"] for of in page["pipelineRuns"]] == ["WAITING"] * 3


async def test_poll_finds_changes_without_a_listener(impatient_api: RunningApi, database: Database) -> None:
    run = await start_run(database, files=1, steps=1)
    run_id = opaque(Kind.BATCH_RUN, run.id)
    impatient_api.run(impatient_api.services.hub._listener.disconnect())
    async with GraphQLClient(impatient_api.url).subscribe(BATCH_RUN, id=run_id) as events:
        await events.next()
        async with database.session() as session:
            await runs.cancel_batch_run(session, run.id)
        [last] = await events.rest()
    assert last["batchRun"]["status"] == "CANCELED"


async def test_connection_cut_at_any_moment_raises_database_away(database_url: str) -> None:
    """Also between two statements, of which asyncpg speaks in other words."""
    database = Database(database_url, name="cut-at-any-moment", pool_size=4, pre_ping=False)
    statements = Statements(database, 4)
    await statements.open()
    seven, failures = text("SELECT 7"), Counter[str]()

    async def by_session() -> None:
        async with database.session() as session:
            await session.execute(seven)

    async def by_statement() -> None:
        await statements.execute(seven, {})

    async def go_on(ask: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while sum(failures.values()) < 200:
            try:
                await ask()
            except DatabaseAway:
                failures[ask.__name__] += 1

    async def cut_on() -> None:
        foreigner = await asyncpg.connect(database_url)
        while True:
            await foreigner.execute(CUT)
            await asyncio.sleep(0.02)

    cutting = asyncio.create_task(cut_on())
    async with asyncio.timeout(60):
        await asyncio.gather(*[go_on(ask) for ask in (by_session, by_statement) * 4])
    cutting.cancel()
    await statements.close()
    await database.close()
    assert failures.keys() == {"by_session", "by_statement"}
