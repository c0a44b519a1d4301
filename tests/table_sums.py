"""What every table holds, to see that nothing has changed."""

from __future__ import annotations

from sqlalchemy import text

from chowda.db.database import Database
from chowda.models.base import Base
from chowda.runs.counters import COLUMNS, SUMS

SUM = "SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {} AS t"
COUNTERS = f"""(
    SELECT batch_run_id, position, {SUMS} FROM (
        SELECT batch_run_id, position, {COLUMNS} FROM run_counters
        UNION ALL SELECT batch_run_id, position, {COLUMNS} FROM run_counter_deltas
    ) parts GROUP BY 1, 2)"""
TABLES = {table.name: table.name for table in Base.metadata.sorted_tables}
del TABLES["workers"]  # a living worker says so every few seconds
del TABLES["run_counter_deltas"]  # they are rolled up into the counters from time to time
TABLES["run_counters"] = COUNTERS


async def table_sums(database: Database) -> dict[str, str | None]:
    """To be compared: `before = await table_sums(database)`, `assert await table_sums(database) == before`."""
    async with database.session() as session:
        return {name: await session.scalar(text(SUM.format(found))) for name, found in TABLES.items()}
