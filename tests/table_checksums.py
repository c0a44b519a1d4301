"""Checksums of all tables, to assert that nothing has changed."""

from __future__ import annotations

from sqlalchemy import text

from chowda.db.database import Database
from chowda.models.base import Base
from chowda.runs.counters import COLUMNS, SUMS

CHECKSUM = "SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {} AS t"
COUNTERS = f"""(
    SELECT batch_run_id, position, {SUMS} FROM (
        SELECT batch_run_id, position, {COLUMNS} FROM run_counters
        UNION ALL SELECT batch_run_id, position, {COLUMNS} FROM run_counter_deltas
    ) parts GROUP BY 1, 2)"""
TABLES = {table.name: table.name for table in Base.metadata.sorted_tables}
del TABLES["workers"]  # workers update their rows every few seconds
del TABLES["run_counter_deltas"]  # rolled up into the counters periodically
TABLES["run_counters"] = COUNTERS


async def table_checksums(database: Database) -> dict[str, str | None]:
    """Return a checksum per table. Tests compare those from before and after an action."""
    async with database.session() as session:
        return {name: await session.scalar(text(CHECKSUM.format(table))) for name, table in TABLES.items()}
