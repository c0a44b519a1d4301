"""Notifications between processes: delivery, loss and recovery, without a watcher that misses a change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from engine import until
from factories import notify
from sqlalchemy import text

from chowda.db.database import Database
from chowda.errors import DatabaseAway
from chowda.pubsub.hub import Hub, Watch
from chowda.pubsub.notifier import CHANNEL, Notifier

SOON = 20.0
"Longer than a notification takes on a busy machine."
NEVER = 0.3


@pytest.fixture
async def hub(database_url: str) -> AsyncIterator[Hub]:
    hub = Hub(database_url, keep_alive_seconds=0.5)
    await hub.start()
    await listening(hub)
    yield hub
    await hub.stop()


async def listening(hub: Hub) -> None:
    async def connected() -> bool:
        return hub.connected

    await until(connected, "the hub listens")
    await asyncio.sleep(0.05)  # the listener's first EVERYTHING has been handed out


async def cut(database: Database, application_name: str) -> int:
    """Ends this application's connections, as a restart of the server does."""
    async with database.session() as session:
        ended = await session.scalar(
            text(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = :name"
            ),
            {"name": application_name},
        )
        return int(ended or 0)


async def test_notification_marks_watches_of_that_run_and_of_all_runs(database: Database, hub: Hub) -> None:
    async with hub.watch(7) as of_seven, hub.watch(8) as of_eight, hub.watch(None) as of_all:
        await notify(database, 7)
        assert await of_seven.changed(SOON)
        assert await of_all.changed(SOON)
        assert not await of_eight.changed(NEVER)
        assert not await of_seven.changed(0), "marked once"
        await notify(database, 8, 7)
        assert await of_eight.changed(SOON)
        assert await of_seven.changed(SOON)
    assert hub.watchers == 0


async def test_concurrent_watches_are_all_marked(database: Database, hub: Hub) -> None:
    async with AsyncExitStack() as stack:
        watches: list[Watch] = await asyncio.gather(
            *(stack.enter_async_context(hub.watch(1)) for _ in range(20))
        )
        await notify(database, 1)
        assert await asyncio.gather(*(watch.changed(SOON) for watch in watches)) == [True] * 20


async def test_many_notifications_mark_a_slow_watch_once(database: Database, hub: Hub) -> None:
    async with hub.watch(1) as slow, hub.watch(2) as last:
        for _ in range(50):
            await notify(database, 1)
        await notify(database, 2)
        assert await last.changed(SOON)
        assert await slow.changed(0)
        assert not await slow.changed(0)


async def test_lost_connection_is_reopened_and_marks_all_watches(database: Database, hub: Hub) -> None:
    async with hub.watch(1) as watch, hub.watch(None) as of_all:
        for _ in range(2):
            assert await cut(database, "chowda-hub") == 1
            # Without a notification, because those sent in the meantime are lost.
            assert await watch.changed(SOON)
            assert await of_all.changed(SOON)
            await listening(hub)
            await notify(database, 1)
            assert await watch.changed(SOON)
            assert await of_all.changed(SOON)


async def test_on_any_calls_back_at_notifications_and_reconnects(database: Database, hub: Hub) -> None:
    called = asyncio.Event()
    hub.on_any(called.set)
    for cause in ("apps", "reconnect"):
        called.clear()
        if cause == "apps":
            notifier = Notifier(database, 0)
            notifier.apps()
            await notifier.flush()
        else:
            await cut(database, "chowda-hub")
        async with asyncio.timeout(SOON):
            await called.wait()


@pytest.mark.parametrize("payload", ["9" * 5000, "x", "-1", "1.5", "٣", "apps apps", " "])
async def test_invalid_payloads_on_the_channel_are_ignored(
    database: Database, hub: Hub, payload: str
) -> None:
    async with hub.watch(1) as watch:
        async with database.session() as session:
            await session.execute(
                text("SELECT pg_notify(:channel, :payload)"), {"channel": CHANNEL, "payload": payload}
            )
        await notify(database, 1)
        assert await watch.changed(SOON)


async def test_hub_waits_for_an_unreachable_database(database_url: str) -> None:
    hub = Hub("postgresql://user@127.0.0.1:9/nowhere")
    await hub.start()
    async with hub.watch(1) as watch:
        assert await watch.changed(SOON), "marked once when the database is away"
        assert not await watch.changed(NEVER)
        assert not hub.connected
    async with asyncio.timeout(5):
        await hub.stop()


async def test_notifications_that_could_not_be_sent_are_kept(
    database: Database, database_url: str, hub: Hub
) -> None:
    sender = Database(database_url, name="sender", pool_size=1, pre_ping=False)
    notifier = Notifier(sender, 0)
    async with hub.watch(1) as watch, hub.watch(2) as other:
        notifier.batch_run(2)
        await notifier.flush()
        assert await other.changed(SOON)
        assert await cut(database, "sender") == 1
        notifier.batch_run(1)
        with pytest.raises(DatabaseAway):
            await notifier.flush()
        assert not await watch.changed(NEVER)
        notifier.batch_run(2)
        await notifier.flush()
        assert await watch.changed(SOON)
        assert await other.changed(SOON)
        await notifier.flush()
        assert not await watch.changed(NEVER), "sent notifications are not kept"
    await sender.close()


async def test_notifier_goes_on_after_a_failed_flush(database: Database, database_url: str, hub: Hub) -> None:
    sender = Database(database_url, name="sender", pool_size=1, pre_ping=False)
    notifier = Notifier(sender, 0.01)
    sending = asyncio.create_task(notifier.run())
    async with hub.watch(1) as watch:
        for _ in range(3):
            notifier.batch_run(1)
            assert await watch.changed(SOON)
            assert await cut(database, "sender") == 1
    sending.cancel()
    await sender.close()
