"""Migrations: brings the tables, and the broker's tables if Postgres is the broker, up to date."""

from __future__ import annotations

from pathlib import Path

import dramatiq_postgres.schema
import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from chowda.config import Settings
from chowda.db.database import driver_url, plain_dsn


def migrations_dir() -> Path:
    """In the installed package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    packaged = package / "migrations"
    return packaged if packaged.is_dir() else package.parent / "migrations"


def alembic_config(database_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()))
    config.set_main_option(
        "file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s"
    )
    config.attributes["url"] = driver_url(database_url, "psycopg")
    return config


def head_revision() -> str | None:
    """The newest revision among this installation's migrations; None if it has none."""
    return ScriptDirectory(str(migrations_dir())).get_current_head()


def migrate(settings: Settings, revision: str = "head") -> None:
    """Upgrades the tables to the revision. Safe to repeat."""
    database_url = settings.require_database_url()
    command.upgrade(alembic_config(database_url), revision)
    broker_url = settings.broker_url or database_url
    if broker_url.startswith("postgres"):
        with psycopg.connect(plain_dsn(broker_url)) as connection, connection.cursor() as cursor:
            dramatiq_postgres.schema.init(cursor)
