"""Redis and RabbitMQ servers of our own: on free ports, in temporary directories, gone with the process that tests.

Nobody else uses them, so they may be killed, frozen, emptied and configured at will.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import pika
import pytest
import redis
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from requirement import missing

from chowda.standalone.spawn import kill_with_children, spawn
from chowda.workers.broker import QUEUE

START_SECONDS = 90.0
PASSWORD = "correct-horse-battery"
ALL_QUEUES = (QUEUE, f"{QUEUE}.DQ", f"{QUEUE}.XQ")


def free_port() -> int:
    """Below those that outgoing connections take for themselves, so that it is still free at a restart."""
    while True:
        port = random.randrange(20_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class BrokerServer(ABC):
    """A server that a test may do anything to. Start it from the main thread: it dies with that."""

    def __init__(self) -> None:
        self.port = free_port()
        self.directory = Path(tempfile.mkdtemp(prefix="chowda-test-broker-"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """As CHOWDA_BROKER_URL takes it, with the password."""

    @abstractmethod
    def empty(self) -> None:
        """Drops all that it holds."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it does, now."""

    @abstractmethod
    def _start(self) -> subprocess.Popen[bytes]: ...

    def start(self) -> None:
        """On the same port as before, with what is left of its data; returns when it answers. May be repeated."""
        if self.running:
            return
        self.kill()
        self._process = self._start()
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            assert self.running and time.monotonic() < deadline, f"no answer; its words: {self.last_words()}"
            time.sleep(0.05)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Kill -9. May be repeated."""
        if self._process is not None:
            kill_with_children(self._process)
            self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Connections stay open and are taken, and nobody answers."""
        self.freeze()
        try:
            yield
        finally:
            self.thaw()

    def freeze(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def last_words(self) -> str:
        output = self.directory / "output"
        return output.read_text(errors="replace")[-2000:] if output.exists() else ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _spawn(self, command: Sequence[str | Path], **env: str) -> subprocess.Popen[bytes]:
        with (self.directory / "output").open("ab") as output:
            return spawn(command, env={**os.environ, **env}, output=output.fileno(), cwd=self.directory)


class RedisServer(BrokerServer):
    """Keeps nothing on disk: a restart finds it empty."""

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
    """A node of its own with a port mapper of its own; queues survive a restart."""

    def __init__(self) -> None:
        # Debian's wrapper in sbin serves root and the account rabbitmq alone, with their one set of directories.
        plain = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
        program = plain if plain.exists() else shutil.which("rabbitmq-server")
        self._program = program or missing("rabbitmq", "rabbitmq-server")
        super().__init__()
        self.consumer_timeout_seconds = 1800
        "How long a message may go without acknowledgement; looked at every second. In force from the next start."
        self._mapper_port = free_port()
        self._mapper: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"amqp://chowda:{PASSWORD}@127.0.0.1:{self.port}/%2f"

    @contextmanager
    def channel(self) -> Iterator[Any]:
        once = "?connection_attempts=1&socket_timeout=5&stack_timeout=5"
        with closing(pika.BlockingConnection(pika.URLParameters(self.url + once))) as connection:
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
        here = self.directory
        (here / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            f"default_user = chowda\ndefault_pass = {PASSWORD}\n"
            f"consumer_timeout = {self.consumer_timeout_seconds * 1000}\n"
            "log.console = true\nlog.console.level = warning\nlog.file = false\n"
            "vm_memory_high_watermark.absolute = 1GB\ndisk_free_limit.absolute = 1MB\n"
        )
        (here / "advanced.config").write_text("[{rabbit, [{channel_tick_interval, 1000}]}].\n")
        (here / "enabled_plugins").write_text("[].\n")
        mapper = {"ERL_EPMD_PORT": str(self._mapper_port), "ERL_EPMD_ADDRESS": "127.0.0.1"}
        self._mapper = self._spawn(["epmd"], **mapper)
        return self._spawn(
            [self._program],
            **mapper,
            HOME=str(here),
            ERL_FLAGS="-kernel inet_dist_use_interface {127,0,0,1}",
            RUNNING_UNDER_SYSTEMD="true",  # the program becomes the server, without a shell in between
            RABBITMQ_NODENAME=f"chowda-test-{self.port}@localhost",
            RABBITMQ_DIST_PORT=str(free_port()),
            RABBITMQ_CONF_ENV_FILE=str(here / "none"),
            RABBITMQ_CONFIG_FILE=str(here / "rabbitmq.conf"),
            RABBITMQ_ADVANCED_CONFIG_FILE=str(here / "advanced.config"),
            RABBITMQ_GENERATED_CONFIG_DIR=str(here / "generated"),
            RABBITMQ_ENABLED_PLUGINS_FILE=str(here / "enabled_plugins"),
            RABBITMQ_MNESIA_BASE=str(here / "mnesia"),
            RABBITMQ_LOG_BASE=str(here / "log"),
            RABBITMQ_PID_FILE=str(here / "pid"),
        )


@pytest.fixture(scope="session")
def redis_of_session() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq_of_session() -> Iterator[RabbitmqServer]:
    with RabbitmqServer() as server:
        yield server


def _ready(server: BrokerServer) -> Iterator[Any]:
    server.start()
    server.empty()
    yield server


@pytest.fixture
def redis_server(redis_of_session: RedisServer) -> Iterator[RedisServer]:
    """Runs and is empty, whatever an earlier test did to it."""
    yield from _ready(redis_of_session)


@pytest.fixture
def rabbitmq_server(rabbitmq_of_session: RabbitmqServer) -> Iterator[RabbitmqServer]:
    """Runs and is empty, whatever an earlier test did to it."""
    yield from _ready(rabbitmq_of_session)
