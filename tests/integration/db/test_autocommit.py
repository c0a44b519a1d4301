"""Single statements: their connections, their settings, and outages at every moment of a statement."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator

import asyncpg
import psycopg
import pytest
from sqlalchemy import TextClause, text

from chowda.db import autocommit
from chowda.db.autocommit import Statements
from chowda.db.database import Database
from chowda.errors import DatabaseAway
from chowda.standalone.embedded_postgres import EmbeddedPostgres

CONNECTIONS = 2
NAME = "test-statements"
PID = text("SELECT pg_backend_pid() AS value")
SLEEP = text("SELECT 7 AS value FROM pg_sleep(:seconds)")
CONNECTED = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
TERMINATE = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s"


@pytest.fixture
async def small_database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, name=NAME, options={"synchronous_commit": "remote_write"})
    yield database
    await database.close()


@pytest.fixture
async def statements(small_database: Database) -> AsyncIterator[Statements]:
    statements = Statements(small_database, CONNECTIONS)
    await statements.open()
    yield statements
    await statements.close()


def count_of(database_url: str, query: str) -> int:
    with psycopg.connect(database_url, autocommit=True) as other:
        row = other.execute(query, [NAME]).fetchone()
        return int(row[0]) if row is not None else 0


async def value(statements: Statements, statement: TextClause, **parameters: object) -> object:
    """The `value` of the only row."""
    [row] = await statements.execute(statement, parameters)
    return row["value"]


async def pid_of(statements: Statements) -> object:
    return await value(statements, PID)


async def running(database_url: str, count: int) -> None:
    """Returns when that many statements run."""
    async with asyncio.timeout(10):
        while count_of(database_url, f"{CONNECTED} AND state = 'active'") != count:
            await asyncio.sleep(0.02)


def sleeping(statements: Statements, seconds: float) -> asyncio.Task[object]:
    return asyncio.create_task(value(statements, SLEEP, seconds=seconds))


async def test_each_statement_is_committed_when_it_returns(
    statements: Statements, database: Database
) -> None:
    await statements.execute(text("CREATE TABLE kept (number int)"), {})
    await statements.execute(text("INSERT INTO kept VALUES (:number)"), {"number": 7})

    async with database.session() as session:
        assert await session.scalar(text("SELECT number FROM kept")) == 7


async def test_open_connects_all_and_no_more_are_opened(statements: Statements, database_url: str) -> None:
    assert count_of(database_url, CONNECTED) == CONNECTIONS

    await asyncio.gather(*(value(statements, SLEEP, seconds=0.05) for _ in range(8)))

    assert count_of(database_url, CONNECTED) == CONNECTIONS


async def test_settings_of_the_database_hold_for_every_statement(statements: Statements) -> None:
    setting = text("SELECT current_setting(:name) AS value")
    for _ in range(3):
        assert await value(statements, setting, name="synchronous_commit") == "remote_write"
        assert await value(statements, setting, name="jit") == "off"


async def test_json_is_decoded(statements: Statements) -> None:
    assert await value(statements, text("""SELECT '{"a": [1]}'::json AS value""")) == {"a": [1]}


async def test_a_statement_is_prepared_once_per_connection(statements: Statements) -> None:
    calls = text(
        "SELECT generic_plans + custom_plans AS value FROM pg_prepared_statements WHERE statement = :of"
    )
    for _ in range(4):
        await value(statements, SLEEP, seconds=0)

    assert await value(statements, calls, of="SELECT 7 AS value FROM pg_sleep($1)") == 4


async def test_a_statement_is_one_round_trip_without_a_reset(
    statements: Statements, database_url: str
) -> None:
    await value(statements, SLEEP, seconds=0)

    assert count_of(database_url, f"{CONNECTED} AND state = 'idle' AND query LIKE 'SELECT 7%%'") == 1


async def test_an_error_of_the_statement_is_raised_and_keeps_the_connection(statements: Statements) -> None:
    before = await pid_of(statements)

    with pytest.raises(asyncpg.DivisionByZeroError):
        await statements.execute(text("SELECT 1 / 0"), {})

    assert await pid_of(statements) == before


async def test_connections_killed_between_statements_are_replaced(
    statements: Statements, database_url: str
) -> None:
    before = await pid_of(statements)
    await asyncio.to_thread(count_of, database_url, TERMINATE)
    await asyncio.sleep(0.1)  # the client has noticed the closed connections

    pids = {await pid_of(statements) for _ in range(4)}

    assert before not in pids
    assert count_of(database_url, CONNECTED) <= CONNECTIONS


async def test_connections_killed_during_statements_are_an_outage_and_are_replaced(
    statements: Statements, database_url: str
) -> None:
    sleepers = [sleeping(statements, 60) for _ in range(CONNECTIONS)]
    await running(database_url, CONNECTIONS)
    await asyncio.to_thread(count_of, database_url, TERMINATE)

    for sleeper in sleepers:
        with pytest.raises(DatabaseAway):
            await sleeper

    assert len(await asyncio.gather(*(pid_of(statements) for _ in range(4)))) == 4


async def test_an_unresponsive_server_is_an_outage_until_it_responds(
    statements: Statements, small_database: Database, database_url: str
) -> None:
    # Half of them wait for a connection.
    sleepers = [sleeping(statements, 60) for _ in range(2 * CONNECTIONS)]
    await running(database_url, CONNECTIONS)
    small_database.mark_unresponsive()

    for sleeper in sleepers:
        with pytest.raises(DatabaseAway):
            await sleeper
    with pytest.raises(DatabaseAway):
        await pid_of(statements)

    small_database.mark_responsive()
    assert await pid_of(statements)


async def test_an_open_during_an_outage_fails_and_statements_connect_later(small_database: Database) -> None:
    statements = Statements(small_database, CONNECTIONS)
    small_database.mark_unresponsive()
    with pytest.raises(DatabaseAway):
        await statements.open()
    with pytest.raises(DatabaseAway):
        await pid_of(statements)

    small_database.mark_responsive()

    assert await pid_of(statements)
    await statements.close()


async def test_statements_wait_for_a_connection_when_all_are_busy(
    statements: Statements, database_url: str
) -> None:
    busy = [sleeping(statements, 0.5) for _ in range(CONNECTIONS)]
    await running(database_url, CONNECTIONS)
    waiting = asyncio.create_task(pid_of(statements))
    await asyncio.sleep(0.1)
    assert not waiting.done()

    await asyncio.gather(*busy)

    assert await waiting
    assert count_of(database_url, CONNECTED) == CONNECTIONS


async def test_a_killed_connection_makes_room_for_a_statement_that_waits(
    statements: Statements, database_url: str
) -> None:
    busy = [sleeping(statements, 60) for _ in range(CONNECTIONS)]
    await running(database_url, CONNECTIONS)
    waiting = asyncio.create_task(pid_of(statements))

    await asyncio.to_thread(count_of, database_url, TERMINATE)

    assert await asyncio.wait_for(waiting, 5)
    assert all(
        isinstance(error, DatabaseAway) for error in await asyncio.gather(*busy, return_exceptions=True)
    )


async def test_a_cancelled_statement_ends_at_once_though_the_server_accepts_no_connection(
    statements: Statements, postgres_server: EmbeddedPostgres, database_url: str
) -> None:
    """A request to cancel is a connection of its own, to a server that may be frozen."""
    assert postgres_server.pid is not None
    statement = sleeping(statements, 2)
    await running(database_url, 1)
    os.kill(postgres_server.pid, signal.SIGSTOP)
    try:
        statement.cancel()
        done, _ = await asyncio.wait({statement}, timeout=1)
    finally:
        os.kill(postgres_server.pid, signal.SIGCONT)
    assert done == {statement} and statement.cancelled()
    assert await pid_of(statements)


async def test_a_statement_is_cancelled_though_its_connection_has_just_been_terminated(
    statements: Statements, small_database: Database, database_url: str
) -> None:
    statement = sleeping(statements, 60)
    await running(database_url, 1)
    small_database.mark_unresponsive()
    statement.cancel()

    await asyncio.wait({statement}, timeout=5)

    assert statement.cancelled()


async def test_close_lets_a_running_statement_end(statements: Statements, database_url: str) -> None:
    statement = sleeping(statements, 0.3)
    await running(database_url, 1)

    await statements.close()

    assert await statement == 7
    assert count_of(database_url, CONNECTED) == 0


async def test_close_ends_a_statement_that_takes_too_long(
    statements: Statements, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(autocommit, "CLOSE_SECONDS", 0.2)
    statement = sleeping(statements, 60)
    await running(database_url, 1)
    began = time.monotonic()

    await statements.close()

    assert time.monotonic() - began < 5
    with pytest.raises(DatabaseAway):
        await statement


async def test_close_may_be_repeated(statements: Statements) -> None:
    await statements.close()
    await statements.close()


async def test_close_does_not_fail_if_connections_are_lost_meanwhile(
    statements: Statements, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = asyncpg.connection.Connection.close

    async def close_after_the_loss(connection: asyncpg.Connection, timeout: float | None = None) -> None:
        count_of(database_url, TERMINATE)  # blocks the loop, so that asyncpg has not noticed the loss
        await close(connection, timeout=timeout)

    monkeypatch.setattr(asyncpg.connection.Connection, "close", close_after_the_loss)

    await statements.close()

    assert count_of(database_url, CONNECTED) == 0
