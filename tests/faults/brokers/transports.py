"""The three brokers as their operators see them, and what can happen to each."""

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
    "What CHOWDA_BROKER_URL is set to; None: the setting is left out."

    def waiting(self) -> int:
        """Messages that no worker has fetched."""

    def purge(self) -> int:
        """Drops all messages; how many no worker had fetched."""

    def carried(self) -> bool:
        """Whether anything ever went through it."""

    @contextmanager
    def behind_proxy(self) -> Iterator[tuple[TcpProxy, str]]:
        """A wire to it that can be cut, and the setting that leads through it."""


class InDatabase:
    """The embedded default."""

    def __init__(self, dsn: str) -> None:
        self.url: str | None = None
        self._dsn = dsn

    def waiting(self) -> int:
        return int(
            self._ask(
                f"SELECT count(*) FROM dramatiq.queue WHERE state = 'queued' AND queue_name = '{QUEUE}'"
            )
        )

    def purge(self) -> int:
        waiting = self.waiting()
        with psycopg.connect(self._dsn) as connection:  # those in work too
            connection.execute("DELETE FROM dramatiq.queue")
        return waiting

    def carried(self) -> bool:
        return self._ask("SELECT last_value FROM pg_sequences WHERE schemaname = 'dramatiq'") is not None

    @contextmanager
    def behind_proxy(self) -> Iterator[tuple[TcpProxy, str]]:
        url = make_url(self._dsn)
        path = f"{url.query['host']}/.s.PGSQL.{url.query['port']}"
        with TcpProxy(lambda: asyncio.open_unix_connection(path)) as proxy:
            through = url.set(host="127.0.0.1", port=proxy.port, query={"sslmode": "disable"})
            yield proxy, through.render_as_string(hide_password=False)

    def _ask(self, statement: str) -> Any:
        with psycopg.connect(self._dsn) as connection:
            row = connection.execute(statement.encode()).fetchone()
        return row and row[0]


class _InServer:
    """A broker that is a server of its own."""

    def __init__(self, server: BrokerServer) -> None:
        self.url: str | None = server.url

    @contextmanager
    def behind_proxy(self) -> Iterator[tuple[TcpProxy, str]]:
        assert self.url is not None
        port = urlsplit(self.url).port
        with TcpProxy(lambda: asyncio.open_connection("127.0.0.1", port)) as proxy:
            yield proxy, self.url.replace(f":{port}/", f":{proxy.port}/")


class InRabbitmq(_InServer):
    def __init__(self, server: RabbitmqServer) -> None:
        super().__init__(server)
        self.server = server

    def waiting(self) -> int:
        with self.server.channel() as channel:
            return int(channel.queue_declare(QUEUE, passive=True).method.message_count)

    def purge(self) -> int:
        with self.server.channel() as channel:
            return int(channel.queue_purge(QUEUE).method.message_count)

    def carried(self) -> bool:
        try:
            return self.waiting() >= 0
        except pika.exceptions.ChannelClosedByBroker:
            return False

    def delete(self, names: tuple[str, ...]) -> None:
        with self.server.channel() as channel:
            for name in names:
                channel.queue_delete(name)


class InRedis(_InServer):
    def __init__(self, server: RedisServer) -> None:
        super().__init__(server)
        self.server = server

    def waiting(self) -> int:
        with self.server.client() as client:
            return int(client.llen(f"dramatiq:{QUEUE}"))

    def purge(self) -> int:
        """FLUSHALL: those in work and the heartbeats of Dramatiq too."""
        waiting = self.waiting()
        self.server.empty()
        return waiting

    def carried(self) -> bool:
        with self.server.client() as client:
            return bool(client.exists("dramatiq:__heartbeats__"))
