"""Pages of a batch run's pipeline runs, in the order in which their media files were added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import strawberry
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.errors import BadUserInput, LimitExceeded
from chowda.ids import Kind, number_of, opaque
from chowda.schema.loaders import Loaders, one_snapshot
from chowda.schema.types.pipeline_run import PipelineRun, with_their_parts
from chowda.schema.types.status import RunStatus

PAGE = 50
PAGE_LIMIT = 500


@strawberry.type(description="What lies behind a page.")
class PageInfo:
    has_next_page: bool
    end_cursor: str | None = strawberry.field(
        description="Of the last edge: give it as `after` for what follows."
    )


@strawberry.type(description="A pipeline run in its place of a page.")
class PipelineRunEdge:
    cursor: str
    node: PipelineRun


@strawberry.type(description="A page of pipeline runs.")
class PipelineRunConnection:
    edges: list[PipelineRunEdge]
    page_info: PageInfo


@dataclass(frozen=True, slots=True)
class Page:
    """Which runs of a batch run are wanted; `after` is the key of a media file."""

    batch_run_key: int
    first: int
    after: int
    status: RunStatus | None

    @classmethod
    def of(cls, batch_run_key: int, first: int | None, after: str | None, status: RunStatus | None) -> Page:
        """Raises BadUserInput for a cursor that can't be read, LimitExceeded for too large a page."""
        size = PAGE if first is None else first
        if size < 0:
            raise BadUserInput(f"first is {size}; it must be from 0 to {PAGE_LIMIT}.")
        if size > PAGE_LIMIT:
            raise LimitExceeded(
                f"first is {size:,}; at most {PAGE_LIMIT} are given at once. Page with `after`."
            )
        last = 0 if after is None else number_of(Kind.MEDIA_FILE, after)
        if last is None:
            raise BadUserInput(
                f"The cursor {after!r:.80} can't be read. Use an endCursor, or the cursor of an edge."
            )
        return cls(batch_run_key, size, last, status)


async def read_pages(
    session: AsyncSession, loaders: Loaders, pages: Sequence[Page]
) -> dict[Page, PipelineRunConnection]:
    """Those that differ in their batch run alone are read together."""
    await one_snapshot(session)
    rows: dict[Page, list[models.PipelineRun]] = {page: [] for page in pages}
    for first, after, status in {(page.first, page.after, page.status) for page in pages}:
        keys = [p.batch_run_key for p in pages if (p.first, p.after, p.status) == (first, after, status)]
        # Written out, not a parameter: only so can the partial index on status serve a prepared statement.
        filtered = f"AND status = '{RunStatus(status).value}'" if status is not None else ""
        statement = text(f"""
            SELECT r.* FROM unnest(CAST(:keys AS bigint[])) AS b(id), LATERAL (
                SELECT * FROM pipeline_runs
                WHERE batch_run_id = b.id AND media_file_id > :after {filtered}
                ORDER BY media_file_id LIMIT :limit
            ) AS r ORDER BY r.batch_run_id, r.media_file_id
        """)
        parameters = {"keys": keys, "after": after, "limit": first + 1}
        for row in await session.scalars(select(models.PipelineRun).from_statement(statement), parameters):
            rows[Page(row.batch_run_id, first, after, status)].append(row)
    wanted = {row.id: row for page, found in rows.items() for row in found[: page.first]}
    loaders.afford(len(wanted))
    runs = dict(zip(wanted, await with_their_parts(session, loaders, list(wanted.values())), strict=True))
    return {
        page: _connection([runs[row.id] for row in found[: page.first]], len(found) > page.first)
        for page, found in rows.items()
    }


def _connection(runs: Sequence[PipelineRun], more: bool) -> PipelineRunConnection:
    edges = [PipelineRunEdge(cursor=opaque(Kind.MEDIA_FILE, run.media_file_key), node=run) for run in runs]
    return PipelineRunConnection(
        edges=edges,
        page_info=PageInfo(has_next_page=more, end_cursor=edges[-1].cursor if edges else None),
    )
