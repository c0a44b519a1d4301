"""The broker carries the ids of steps to workers. Its URL selects the kind.

A message may get lost: engine.fair_dispatch sends the step again.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import dramatiq
import pika
import redis
import structlog
import uvloop
from dramatiq.asyncio import EventLoopThread, set_event_loop_thread
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO, Middleware
from dramatiq_postgres import PostgresBroker
from pika.exceptions import (
    AuthenticationError,
    ConnectionClosedByBroker,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from chowda.config import Settings, mask_url
from chowda.db.database import plain_dsn
from chowda.errors import ConfigurationError

QUEUE = "steps"
RUN_STEP = "step.run"
LOGIN_TIMEOUT_SECONDS = 5.0
REDIS_TIMEOUT_SECONDS = 5.0
"For each answer of Redis, unless the URL sets socket_timeout."
AMQP_REFUSAL_CODES = (403, 530)
"ACCESS_REFUSED: wrong user or password. NOT_ALLOWED: no such virtual host."

log = structlog.get_logger(__name__)


class UvloopAsyncIO(AsyncIO):
    """Dramatiq's event loop for async actors, on uvloop: a step takes a fifth less CPU time."""

    def before_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        thread = EventLoopThread(self.logger)
        thread.loop.close()
        thread.loop = uvloop.new_event_loop()
        thread.start(timeout=1.0)
        set_event_loop_thread(thread)


def step_message(step_run_id: int) -> dramatiq.Message[None]:
    return dramatiq.Message(queue_name=QUEUE, actor_name=RUN_STEP, args=(step_run_id,), kwargs={}, options={})


def make_broker(settings: Settings) -> dramatiq.Broker:
    """Without retries, time limits and expiry, which the database decides.

    Raises ConfigurationError for an invalid URL. The message omits the URL, because it may hold a password that cannot
    be located in it.
    """
    url = settings.broker_url or settings.require_database_url()
    try:
        return _make_broker(url)
    except (ValueError, ArgumentError):
        raise ConfigurationError(
            f"{_setting_name(settings)} is not a valid URL. Examples: "
            "amqp://user:password@host:5672/vhost, redis://:password@host:6379/0, "
            "postgresql://user:password@host/database. Write special characters of a password as %XX."
        ) from None


def _make_broker(url: str) -> dramatiq.Broker:
    middleware: list[Middleware] = [UvloopAsyncIO()]
    match urlsplit(url).scheme:
        case "postgresql" | "postgres":
            postgres: dramatiq.Broker = PostgresBroker(
                url=transport_dsn(url), results=False, middleware=middleware
            )
            return postgres
        case "amqp" | "amqps":
            return RabbitmqBroker(url=url, confirm_delivery=True, middleware=middleware)
        case "redis" | "rediss":
            client = _Redis.from_url(
                url, socket_timeout=REDIS_TIMEOUT_SECONDS, socket_connect_timeout=REDIS_TIMEOUT_SECONDS
            )
            return RedisBroker(client=client, middleware=middleware)  # type: ignore[no-untyped-call]
        case scheme:
            raise ConfigurationError(
                f"CHOWDA_BROKER_URL starts with {scheme!r}. Use postgresql://, amqp:// or redis://."
            )


class _Redis(redis.Redis):
    """Raises ConnectionError for a missing answer: Dramatiq reports a TimeoutError as a bug of its own."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        try:
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except redis.TimeoutError as exc:
            raise redis.ConnectionError(str(exc)) from exc


async def check_login(broker: dramatiq.Broker, settings: Settings) -> None:
    """Log in once. Logs a warning if the broker is away: Dramatiq connects again later.

    Raises ConfigurationError if the broker refuses the login or lacks Chowda's tables, since waiting does not help.
    """
    url = settings.broker_url or settings.require_database_url()
    try:
        async with asyncio.timeout(LOGIN_TIMEOUT_SECONDS):
            await _log_in(broker, url)
    except (
        AuthenticationError,
        ProbableAccessDeniedError,
        ProbableAuthenticationError,
        redis.AuthenticationError,
        redis.ResponseError,
        asyncpg.InvalidAuthorizationSpecificationError,
        asyncpg.InvalidCatalogNameError,
    ) as exc:
        raise _login_refused(settings, url, exc) from None
    except asyncpg.UndefinedTableError:
        raise ConfigurationError(
            f"{_setting_name(settings)}: {mask_url(url)} has no tables for messages. Run `chowda migrate` with the "
            "same settings."
        ) from None
    except Exception as exc:
        if isinstance(exc, ConnectionClosedByBroker) and exc.reply_code in AMQP_REFUSAL_CODES:
            raise _login_refused(settings, url, exc) from None
        log.warning("broker.away", broker=mask_url(url), error=type(exc).__name__)


async def _log_in(broker: dramatiq.Broker, url: str) -> None:
    match broker:
        case RabbitmqBroker():
            await asyncio.to_thread(lambda: pika.BlockingConnection(broker.parameters).close())
        case RedisBroker():
            await asyncio.to_thread(broker.client.ping)
        case _:
            connection = await asyncpg.connect(plain_dsn(url))
            try:
                await connection.execute("SELECT FROM dramatiq.queue LIMIT 0")
            finally:
                await connection.close()


def _login_refused(settings: Settings, url: str, exc: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"{_setting_name(settings)}: {mask_url(url)} refuses the login ({type(exc).__name__}). Check the user, the "
        "password, and the virtual host or database at the end of the URL."
    )


def _setting_name(settings: Settings) -> str:
    return "CHOWDA_BROKER_URL" if settings.broker_url else "CHOWDA_DATABASE_URL"


def transport_dsn(url: str) -> str:
    """The URL with synchronous_commit off: a message that a crash loses is sent again."""
    plain = make_url(plain_dsn(url))
    return plain.update_query_dict({"options": "-c synchronous_commit=off"}).render_as_string(
        hide_password=False
    )
