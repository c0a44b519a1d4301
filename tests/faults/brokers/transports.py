"""The three brokers as their operators see them, and their faults."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import urlsplit

import pika
import psycopg
from broker_servers import BrokerServer, RabbitmqServer, RedisServer
from sqlalchemy.engine import make_url
from tcp_proxy import TcpProxy

from chowda.workers.broker import QUEUE


class Transport(Protocol):
    url: str | None
    "The value of CHOWDA_BROKER_URL. None: the setting is omitted."

    def queued_count(self) -> int:
        """The number of messages that no worker has fetched."""

    def purge(self) -> int:
        """Delete all messages; returns how many no worker had fetched."""

    def was_used(self) -> bool:
        """Whether a message was ever sent through this broker."""

    @contextmanager
    def behind_proxy(self) -> Iterator[tuple[TcpProxy, str]]:
        """A proxy in front of the broker, and the broker URL that leads through it."""


class PostgresTransport:
    """The default: the messages are in Chowda's own database."""

    def __init__(self, dsn: str) -> None:
        self.url: str | None = None
        self._dsn = dsn

    def queued_count(self) -> int:
        return int(
            self._scalar(
                f"SELECT count(*) FROM dramatiq.queue WHERE state = 'queued' AND queue_name = '{QUEUE}'"
            )
        )

    def purge(self) -> int:
        queued = self.queued_count()
        with psycopg.connect(self._dsn) as connection:  # also the messages in progress
            connection.execute("DELETE FROM dramatiq.queue")
        return queued

    def was_used(self) -> bool:
        return self._scalar("SELECT last_value FROM pg_sequences WHERE schemaname = 'dramatiq'") is not None

    @contextmanager
    def behind_proxy(self) -> Iterator[tuple[TcpProxy, str]]:
        url = make_url(self._dsn)
        path = f"{url.query['host']}/.s.PGSQL.{url.query['port']}"
        with TcpProxy(lambda: asyncio.open_unix_connection(path)) as proxy:
            proxy_url = url.set(host="127.0.0.1", port=proxy.port, query={"sslmode": "disable"})
            yield proxy, proxy_url.render_as_string(hide_password=False)

    def _scalar(self, statement: str) -> Any:
        with psycopg.connect(self._dsn) as connection:
            row = connection.execute(statement.encode()).fetchone()
        return row and row[0]


class _ServerTransport:
    """A broker with a server of its own."""

    def __init__(self, server: BrokerServer) -> None:
        self.url: str | None = server.url

    @contextmanager
    def behind_proxy(self) -> Iterator[tuple[TcpProxy, str]]:
        assert self.url is not None
        port = urlsplit(self.url).port
        with TcpProxy(lambda: asyncio.open_connection("127.0.0.1", port)) as proxy:
            yield proxy, self.url.replace(f":{port}/", f":{proxy.port}/")


class RabbitmqTransport(_ServerTransport):
    def __init__(self, server: RabbitmqServer) -> None:
        super().__init__(server)
        self.server = server

    def queued_count(self) -> int:
        with self.server.channel() as channel:
            return int(channel.queue_declare(QUEUE, passive=True).method.message_count)

    def purge(self) -> int:
        with self.server.channel() as channel:
            return int(channel.queue_purge(QUEUE).method.message_count)

    def was_used(self) -> bool:
        try:
            return self.queued_count() >= 0
        except pika.exceptions.ChannelClosedByBroker:
            return False

    def delete(self, names: tuple[str, ...]) -> None:
        with self.server.channel() as channel:
            for name in names:
                channel.queue_delete(name)


class RedisTransport(_ServerTransport):
    def __init__(self, server: RedisServer) -> None:
        super().__init__(server)
        self.server = server

    def queued_count(self) -> int:
        with self.server.client() as client:
            return int(client.llen(f"dramatiq:{QUEUE}"))

    def purge(self) -> int:
        """FLUSHALL: this also deletes the messages in progress and Dramatiq's heartbeats."""
        queued = self.queued_count()
        self.server.empty()
        return queued

    def was_used(self) -> bool:
        with self.server.client() as client:
            return bool(client.exists("dramatiq:__heartbeats__"))
