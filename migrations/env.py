"""Runs the migrations over one connection. A lock keeps other processes from migrating at the same time."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool, text

from chowda.db.advisory_locks import AdvisoryLock
from chowda.models import Base

config = context.config


def run() -> None:
    engine = create_engine(config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": AdvisoryLock.MIGRATE})
        connection.commit()
        context.configure(
            connection=connection, target_metadata=Base.metadata, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
