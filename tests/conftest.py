"""Fixtures that all tests share. Each test gets its own migrated database."""

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
from skip_report import pytest_terminal_summary

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

# As in production. With structlog's default, formatting a traceback blocks the server for seconds.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)


# By default the cases are the same each time, so that a new failure comes from a change, and failures are not shrunk.
# `make fuzz` draws new cases and shrinks failures.
_SUPPRESSED_CHECKS = (
    hypothesis.HealthCheck.too_slow,
    hypothesis.HealthCheck.data_too_large,
    hypothesis.HealthCheck.function_scoped_fixture,
)
_SLOW_MACHINE = {"deadline": None, "suppress_health_check": _SUPPRESSED_CHECKS, "print_blob": True}
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
