"""Fixtures that all tests share: a migrated database of one's own for each test."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import hypothesis
import pytest
import structlog
from broker_servers import rabbitmq_of_session, rabbitmq_server, redis_of_session, redis_server
from postgres_fixture import TemplateDatabase, postgres_server, template_database
from s3_proxy import s3
from s3_server import s3_server
from skips import pytest_terminal_summary

from chowda.config import Settings
from chowda.db.database import Database
from chowda.db.migrate import migrate
from chowda.standalone.embedded_postgres import EmbeddedPostgres

__all__ = [
    "postgres_server",
    "pytest_terminal_summary",
    "rabbitmq_of_session",
    "rabbitmq_server",
    "redis_of_session",
    "redis_server",
    "s3",
    "s3_server",
]

# As every process of ours does. structlog's own default draws a traceback for seconds, and the server waits.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)


# In CI the same cases each time: what is new there comes from a change, not from chance; and what fails is told at
# once. `make fuzz` draws new cases and makes what fails small.
_UNHURRIED = (
    hypothesis.HealthCheck.too_slow,
    hypothesis.HealthCheck.data_too_large,
    hypothesis.HealthCheck.function_scoped_fixture,
)
_SLOW_MACHINE = {"deadline": None, "suppress_health_check": _UNHURRIED, "print_blob": True}
hypothesis.settings.register_profile(
    "default",
    max_examples=100,
    derandomize=True,
    database=None,
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
    **_SLOW_MACHINE,
)
hypothesis.settings.register_profile("fuzz", max_examples=1000, **_SLOW_MACHINE)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(scope="session")
def migrated(postgres_server: EmbeddedPostgres) -> TemplateDatabase:
    return template_database(
        postgres_server.dsn_of("postgres"), "migrated", lambda dsn: migrate(Settings(database_url=dsn))
    )


@pytest.fixture
def database_url(migrated: TemplateDatabase) -> Iterator[str]:
    with migrated.clone() as dsn:
        yield dsn


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, name="chowda-test")
    yield database
    await database.close()
