"""The migrations create what the models declare, and each can be undone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from postgres_fixture import EmbeddedPostgres, TemplateDatabase, template_database
from sqlalchemy import CheckConstraint, Connection, create_engine, inspect, text

from chowda.config import Settings
from chowda.db.database import driver_url
from chowda.db.migrate import alembic_config, migrate
from chowda.models import Base

TRIGGERS = {("pipeline_runs", "stamp"), ("pipeline_runs", "count"), ("step_runs", "changed")}


@pytest.fixture(scope="session")
def empty(postgres_server: EmbeddedPostgres) -> TemplateDatabase:
    return template_database(postgres_server.dsn_of("postgres"), "empty", lambda dsn: None)


@pytest.fixture
def dsn(empty: TemplateDatabase) -> Iterator[str]:
    with empty.clone() as dsn:
        yield dsn


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = create_engine(driver_url(database_url, "psycopg"))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def constraints(connection: Connection) -> set[tuple[str, str]]:
    rows = connection.execute(
        text(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint "
            "WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
        )
    )
    return {(table, name) for table, name in rows}


def triggers(connection: Connection) -> set[tuple[str, str]]:
    rows = connection.execute(
        text(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname IN "
            "('stamp', 'count', 'changed')"
        )
    )
    return {(table, name) for table, name in rows}


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config("postgresql://h/d")).get_heads()) == 1


def test_head_matches_the_models(connection: Connection) -> None:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    assert compare_metadata(context, Base.metadata) == []


def test_head_has_exactly_the_checks_of_the_models(connection: Connection) -> None:
    declared = {
        (table.name, str(constraint.name))
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    formatted = {
        (table, name if name.startswith("ck_") else f"ck_{table}_{name}") for table, name in declared
    }
    assert constraints(connection) == formatted


def test_head_has_the_triggers_that_stamp_and_count(connection: Connection) -> None:
    assert triggers(connection) == TRIGGERS


def test_downgrade_to_base_and_upgrade_restore_the_schema(dsn: str) -> None:
    settings = Settings(database_url=dsn)
    engine = create_engine(driver_url(dsn, "psycopg"))
    migrate(settings)
    with engine.connect() as connection:
        first = (set(inspect(connection).get_table_names()), constraints(connection), triggers(connection))
        connection.execute(text("INSERT INTO media_files (guid) VALUES ('cpb-aacip-1')"))
        connection.commit()
    command.downgrade(alembic_config(dsn), "base")
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
        left = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        assert connection.scalar(text(left)) == 0
    migrate(settings)
    with engine.connect() as connection:
        again = (set(inspect(connection).get_table_names()), constraints(connection), triggers(connection))
        assert connection.scalar(text("SELECT count(*) FROM media_files")) == 0
    engine.dispose()
    assert again == first


def test_each_revision_can_be_undone_and_keeps_rows(dsn: str) -> None:
    config = alembic_config(dsn)
    migrate(Settings(database_url=dsn))
    engine = create_engine(driver_url(dsn, "psycopg"))
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO clams_apps (name, identifier, runtime, max_concurrency, timeout_seconds, metadata) "
                "VALUES ('a', 'http://a/v1', 'WEB_SERVICE', 1, 60, '{}')"
            )
        )
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    for _ in revisions[:-1]:
        command.downgrade(config, "-1")
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT name FROM clams_apps")) == "a"
    command.upgrade(config, "head")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT name FROM clams_apps")) == "a"
    engine.dispose()


def test_two_processes_can_migrate_at_the_same_time(dsn: str) -> None:
    # Alembic keeps its context in a module, so two of them need two processes.
    def run() -> int:
        code = "import sys; from chowda.config import Settings; from chowda.db.migrate import migrate; "
        code += "migrate(Settings(database_url=sys.argv[1]))"
        return subprocess.run([sys.executable, "-c", code, dsn], check=False).returncode

    with ThreadPoolExecutor(2) as pool:
        assert [future.result() for future in [pool.submit(run), pool.submit(run)]] == [0, 0]


def test_existing_pipelines_and_apps_get_a_first_version(dsn: str) -> None:
    config = alembic_config(dsn)
    command.upgrade(config, "0005")
    engine = create_engine(driver_url(dsn, "psycopg"))
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO clams_apps (name, identifier, runtime, endpoint, max_concurrency, timeout_seconds, metadata) "
            "VALUES ('a', 'http://a/v1', 'WEB_SERVICE', 'http://h', 1, 60, '{\"name\": \"a\"}')",
            "INSERT INTO pipelines (name) VALUES ('p')",
            "INSERT INTO pipeline_steps SELECT p.id, 1, a.id, '{\"x\": 1}', '{\"attempts\": 2}' "
            "FROM pipelines p, clams_apps a",
        ):
            connection.execute(text(statement))
    command.upgrade(config, "head")
    with engine.begin() as connection:
        steps = connection.execute(
            text("SELECT version, position, parameters, retry FROM pipeline_steps")
        ).all()
        assert [tuple(row) for row in steps] == [(1, 1, {"x": 1}, {"attempts": 2})]
        assert connection.scalar(text("SELECT version FROM pipelines")) == 1
        described = connection.execute(text("SELECT identifier, metadata FROM app_metadata")).one()
        assert tuple(described) == ("http://a/v1", {"name": "a"})
        assert connection.scalar(text("SELECT count(*) FROM app_health")) == 1
        connection.execute(
            text("INSERT INTO pipeline_versions (pipeline_id, version) SELECT id, 2 FROM pipelines")
        )
        connection.execute(text("UPDATE pipelines SET version = 2"))
        connection.execute(
            text(
                "INSERT INTO pipeline_steps (pipeline_id, version, position, clams_app_id, parameters, retry) "
                "SELECT pipeline_id, 2, position, clams_app_id, '{\"x\": 2}', '{\"attempts\": 3}' FROM pipeline_steps"
            )
        )
    command.downgrade(config, "0005")
    with engine.connect() as connection:
        left = connection.execute(text("SELECT position, parameters, retry FROM pipeline_steps")).all()
        assert [tuple(row) for row in left] == [(1, {"x": 2}, {"attempts": 3})]
    engine.dispose()


def test_existing_attempts_get_their_batch_run(dsn: str) -> None:
    config = alembic_config(dsn)
    command.upgrade(config, "0007")
    engine = create_engine(driver_url(dsn, "psycopg"))
    with engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        for run in (1, 2):
            connection.execute(
                text(
                    "INSERT INTO step_runs (id, pipeline_run_id, batch_run_id, clams_app_id, position) "
                    "VALUES (:run * 1000 + 1, :run, 40 + :run, 1, 1)"
                ),
                {"run": run},
            )
            connection.execute(
                text(
                    "INSERT INTO step_attempts (step_run_id, fence, worker) VALUES (:run * 1000 + 1, 1, 'w')"
                ),
                {"run": run},
            )
    command.upgrade(config, "head")
    with engine.connect() as connection:
        attempts = connection.execute(
            text("SELECT step_run_id, batch_run_id FROM step_attempts ORDER BY 1")
        ).all()
        assert [tuple(row) for row in attempts] == [(1001, 41), (2001, 42)]
    engine.dispose()


COUNTER_NAMES = text("""
    SELECT relname FROM pg_class WHERE relname LIKE '%tall%'
    UNION ALL SELECT conname FROM pg_constraint WHERE conname LIKE '%tall%'
    UNION ALL SELECT proname FROM pg_proc WHERE prosrc LIKE '%tall%' AND pronamespace = 'public'::regnamespace
""")


def test_counters_keep_their_rows_and_go_on_counting(dsn: str) -> None:
    config = alembic_config(dsn)
    command.upgrade(config, "0011")
    engine = create_engine(driver_url(dsn, "psycopg"))
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO pipelines (name) VALUES ('p')",
            "INSERT INTO batches (name, media_file_count) VALUES ('b', 1)",
            "INSERT INTO batch_runs (batch_id, pipeline_id, pipeline_name, media_file_count) VALUES (1, 1, 'p', 1)",
            "INSERT INTO run_tallies (batch_run_id, position, waiting) VALUES (1, 0, 1)",
            "INSERT INTO pipeline_runs (batch_run_id, media_file_id) VALUES (1, 1)",
            "UPDATE pipeline_runs SET status = 'RUNNING'",
        ):
            connection.execute(text(statement))

    def counts(counters: str, deltas: str) -> tuple[int, int]:
        with engine.connect() as connection:
            waiting, running = connection.execute(
                text(
                    f"SELECT sum(waiting), sum(running) FROM (SELECT waiting, running FROM {counters} "
                    f"UNION ALL SELECT waiting, running FROM {deltas}) AS parts"
                )
            ).one()
        return waiting, running

    assert counts("run_tallies", "run_tally_deltas") == (0, 1)
    command.upgrade(config, "head")
    assert counts("run_counters", "run_counter_deltas") == (0, 1)
    with engine.begin() as connection:
        assert connection.scalars(COUNTER_NAMES).all() == []
        connection.execute(text("UPDATE pipeline_runs SET status = 'WAITING'"))
    assert counts("run_counters", "run_counter_deltas") == (1, 0)
    command.downgrade(config, "0011")
    with engine.begin() as connection:
        connection.execute(text("UPDATE pipeline_runs SET status = 'RUNNING'"))
    assert counts("run_tallies", "run_tally_deltas") == (0, 1)
    engine.dispose()
