"""One minute of `make chaos`: nothing is lost, duplicated, stuck or missed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from broker_servers import RedisServer
from chaos.chaos_run import run_chaos
from postgres_fixture import UNSAFE_BUT_FAST, fastest_parent, temporary_data_dir

from chowda.config import Settings
from chowda.db.migrate import migrate
from chowda.standalone.embedded_postgres import EmbeddedPostgres

SECONDS = 60.0
SEED = 1871
"It determines the order of the faults, though not their timing."


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A Postgres data directory with Chowda's tables, without a running server."""
    with temporary_data_dir(fastest_parent()) as data_dir:
        with EmbeddedPostgres(data_dir, settings=UNSAFE_BUT_FAST) as server:
            migrate(Settings(database_url=server.dsn))
        yield data_dir


@pytest.mark.timeout(600)
def test_a_minute_of_chaos_loses_nothing(redis_server: RedisServer, data_dir: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="chowda-chaos-") as directory:
        outcome = run_chaos(data_dir, Path(directory), SECONDS, SEED, redis_server)
    assert outcome.unfinished == [], outcome
    assert outcome.findings.ok, outcome
    assert outcome.silences == 0, outcome
    assert len(outcome.faults) >= 10, outcome.faults
    assert outcome.actions.total() >= 10, outcome.actions
    assert outcome.findings.attempts > outcome.findings.steps, "the faults interrupted calls"
