"""What every table holds, to see that nothing has changed."""

from __future__ import annotations

from sqlalchemy import text

from chowda.db import Database
from chowda.models.base import Base

SUM = "SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {} AS t"


async def table_sums(database: Database) -> dict[str, str | None]:
    """To be compared: `before = await table_sums(database)`, `assert await table_sums(database) == before`."""
    async with database.session() as session:
        return {
            table.name: await session.scalar(text(SUM.format(table.name)))
            for table in Base.metadata.sorted_tables
        }
