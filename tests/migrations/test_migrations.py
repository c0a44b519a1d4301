"""The migrations make what the models say, and can be undone."""

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


def test_the_head_is_what_the_models_say(connection: Connection) -> None:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    assert compare_metadata(context, Base.metadata) == []


def test_the_head_has_every_check_of_the_models_and_no_other(connection: Connection) -> None:
    wanted = {
        (table.name, str(constraint.name))
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    formatted = {(table, name if name.startswith("ck_") else f"ck_{table}_{name}") for table, name in wanted}
    assert constraints(connection) == formatted


def test_the_head_has_the_triggers_that_stamp_and_count(connection: Connection) -> None:
    assert triggers(connection) == TRIGGERS


def test_up_down_and_up_again_leaves_the_same(dsn: str) -> None:
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


def test_each_revision_can_be_undone_on_its_own_with_rows_in_place(dsn: str) -> None:
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


def test_two_at_once_do_it_once(dsn: str) -> None:
    # Alembic keeps its context in a module, so two of them need two processes.
    def run() -> int:
        code = "import sys; from chowda.config import Settings; from chowda.db.migrate import migrate; "
        code += "migrate(Settings(database_url=sys.argv[1]))"
        return subprocess.run([sys.executable, "-c", code, dsn], check=False).returncode

    with ThreadPoolExecutor(2) as pool:
        assert [future.result() for future in [pool.submit(run), pool.submit(run)]] == [0, 0]


def test_pipelines_and_apps_that_were_there_become_version_1_and_the_first_of_a_history(dsn: str) -> None:
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
        said = connection.execute(text("SELECT identifier, metadata FROM app_metadata")).one()
        assert tuple(said) == ("http://a/v1", {"name": "a"})
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


def test_calls_that_were_there_learn_their_batch_run(dsn: str) -> None:
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
        told = connection.execute(
            text("SELECT step_run_id, batch_run_id FROM step_attempts ORDER BY 1")
        ).all()
        assert [tuple(row) for row in told] == [(1001, 41), (2001, 42)]
    engine.dispose()
