"""Redis and RabbitMQ servers for tests: on free ports, in temporary directories. They end with the test process.

No other process uses them, so a test may kill, freeze, empty and configure them.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pika
import pytest
import redis
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from required_programs import missing
from server_process import ServerProcess, free_port

from chowda.standalone.spawn import kill_with_children
from chowda.workers.broker import QUEUE

PASSWORD = "correct-horse-battery"
ALL_QUEUES = (QUEUE, f"{QUEUE}.DQ", f"{QUEUE}.XQ")


class BrokerServer(ServerProcess):
    """A broker. Its URL is a value for CHOWDA_BROKER_URL and contains the password."""


class RedisServer(BrokerServer):
    """Writes nothing to disk: it is empty after a restart."""

    def __init__(self) -> None:
        self._program = shutil.which("redis-server") or missing("redis", "redis-server")
        super().__init__()

    @property
    def url(self) -> str:
        return f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"

    def empty(self) -> None:
        with self.client() as client:
            client.flushall()

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=5)

    def answers(self) -> bool:
        with suppress(redis.RedisError), self.client() as client:
            return bool(client.ping())
        return False

    def _start(self) -> subprocess.Popen[bytes]:
        settings = {"port": str(self.port), "bind": "127.0.0.1", "dir": str(self.directory), "save": ""}
        settings |= {"requirepass": PASSWORD, "appendonly": "no"}
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        return self._spawn([self._program, *options])


class RabbitmqServer(BrokerServer):
    """A node with its own port mapper. Queues survive a restart."""

    def __init__(self) -> None:
        # Debian's wrapper in sbin only works for root and rabbitmq, with fixed directories.
        plain = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
        program = plain if plain.exists() else shutil.which("rabbitmq-server")
        self._program = program or missing("rabbitmq", "rabbitmq-server")
        super().__init__()
        self.consumer_timeout_seconds = 1800
        "The limit for the acknowledgement of a message, checked every second. Takes effect at the next start."
        self._mapper_port = free_port()
        self._mapper: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"amqp://chowda:{PASSWORD}@127.0.0.1:{self.port}/%2f"

    @contextmanager
    def channel(self) -> Iterator[Any]:
        options = "?connection_attempts=1&socket_timeout=5&stack_timeout=5"
        with closing(pika.BlockingConnection(pika.URLParameters(self.url + options))) as connection:
            yield connection.channel()

    def empty(self) -> None:
        with self.channel() as channel:
            for name in ALL_QUEUES:
                channel.queue_delete(name)

    def answers(self) -> bool:
        with suppress(pika.exceptions.AMQPError, AMQPConnectorException, OSError), self.channel():
            return True
        return False

    def kill(self) -> None:
        super().kill()
        if self._mapper is not None:
            kill_with_children(self._mapper)
            self._mapper = None

    def _start(self) -> subprocess.Popen[bytes]:
        directory = self.directory
        (directory / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            f"default_user = chowda\ndefault_pass = {PASSWORD}\n"
            f"consumer_timeout = {self.consumer_timeout_seconds * 1000}\n"
            "log.console = true\nlog.console.level = warning\nlog.file = false\n"
            "vm_memory_high_watermark.absolute = 1GB\ndisk_free_limit.absolute = 1MB\n"
        )
        (directory / "advanced.config").write_text("[{rabbit, [{channel_tick_interval, 1000}]}].\n")
        (directory / "enabled_plugins").write_text("[].\n")
        mapper = {"ERL_EPMD_PORT": str(self._mapper_port), "ERL_EPMD_ADDRESS": "127.0.0.1"}
        self._mapper = self._spawn(["epmd"], **mapper)
        return self._spawn(
            [self._program],
            **mapper,
            HOME=str(directory),
            ERL_FLAGS="-kernel inet_dist_use_interface {127,0,0,1}",
            RUNNING_UNDER_SYSTEMD="true",  # the program becomes the server, without a shell in between
            RABBITMQ_NODENAME=f"chowda-test-{self.port}@localhost",
            RABBITMQ_DIST_PORT=str(free_port()),
            RABBITMQ_CONF_ENV_FILE=str(directory / "none"),
            RABBITMQ_CONFIG_FILE=str(directory / "rabbitmq.conf"),
            RABBITMQ_ADVANCED_CONFIG_FILE=str(directory / "advanced.config"),
            RABBITMQ_GENERATED_CONFIG_DIR=str(directory / "generated"),
            RABBITMQ_ENABLED_PLUGINS_FILE=str(directory / "enabled_plugins"),
            RABBITMQ_MNESIA_BASE=str(directory / "mnesia"),
            RABBITMQ_LOG_BASE=str(directory / "log"),
            RABBITMQ_PID_FILE=str(directory / "pid"),
        )


@pytest.fixture(scope="session")
def redis_of_session() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq_of_session() -> Iterator[RabbitmqServer]:
    with RabbitmqServer() as server:
        yield server


def _emptied(server: BrokerServer) -> Iterator[Any]:
    server.start()
    server.empty()
    yield server


@pytest.fixture
def redis_server(redis_of_session: RedisServer) -> Iterator[RedisServer]:
    """A running, empty server."""
    yield from _emptied(redis_of_session)


@pytest.fixture
def rabbitmq_server(rabbitmq_of_session: RabbitmqServer) -> Iterator[RabbitmqServer]:
    """A running, empty server."""
    yield from _emptied(rabbitmq_of_session)
