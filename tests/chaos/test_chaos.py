"""The short form of `make chaos`: a minute of it, and nothing is lost, doubled, stuck or missed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from broker_servers import RedisServer
from chaos.storm import storm
from postgres_fixture import UNSAFE_BUT_FAST, fastest_parent, temporary_data_dir

from chowda.config import Settings
from chowda.db.migrate import migrate
from chowda.standalone.embedded_postgres import EmbeddedPostgres

SECONDS = 60.0
SEED = 1871
"The order of the faults; what they meet is another thing each time."


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Holds a cluster whose tables are there; no server runs on it."""
    with temporary_data_dir(fastest_parent()) as data_dir:
        with EmbeddedPostgres(data_dir, settings=UNSAFE_BUT_FAST) as server:
            migrate(Settings(database_url=server.dsn))
        yield data_dir


@pytest.mark.timeout(600)
def test_a_minute_of_chaos_loses_nothing(redis_server: RedisServer, data_dir: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="chowda-chaos-") as directory:
        outcome = storm(data_dir, Path(directory), SECONDS, SEED, redis_server)
    assert outcome.left == [], outcome
    assert outcome.verdict.good, outcome
    assert outcome.silences == 0, outcome
    assert len(outcome.faults) >= 10, outcome.faults
    assert outcome.deeds.total() >= 10, outcome.deeds
    assert outcome.verdict.attempts > outcome.verdict.steps, "the faults met calls"
