"""The change feed of a batch run's pipeline runs."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from chowda.models import PipelineRun
from chowda.pubsub.change_feed import PAGE_LIMIT, ChangeFeed, FeedPage

_FEED = ChangeFeed(
    PipelineRun,
    key=PipelineRun.media_file_id,
    changed_xid=PipelineRun.changed_xid,
    scope="batch_run_id = :batch_run_id",
)


async def read_page(
    session: AsyncSession, batch_run_id: int, after: str | None, limit: int = PAGE_LIMIT
) -> FeedPage[PipelineRun]:
    """Returns the pipeline runs that changed after the cursor `after`, or all if it is None. Raises BadUserInput."""
    return await _FEED.read_page(session, after, limit, {"batch_run_id": batch_run_id})
