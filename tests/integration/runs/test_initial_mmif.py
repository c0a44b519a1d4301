"""The initial MMIF: in a version that every app of the pipeline reads, built once, and kept over a retry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from engine import check_invariants, ended, pipeline_runs, register, start
from fake_clams import FakeClams
from sqlalchemy import select

from chowda.config import Settings
from chowda.db.database import Database
from chowda.models import BatchRun, Mmif, MmifOrigin
from chowda.runs import batch_runs
from chowda.runs.start import Start, start_batch
from chowda.storage.mmif_store import MmifStore
from chowda.workers.process import running_worker


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url,
        data_dir=tmp_path,
        lease_seconds=5,
        poll_seconds=0.5,
        flush_seconds=0.05,
        threads=4,
    )


@pytest.fixture
def worker(settings: Settings) -> Iterator[None]:
    with running_worker(settings):
        yield


async def mmifs(database: Database, origin: MmifOrigin) -> list[Mmif]:
    async with database.session() as session:
        return list(await session.scalars(select(Mmif).where(Mmif.origin == origin).order_by(Mmif.id)))


async def content(settings: Settings, sha256: str) -> dict[str, object]:
    stored = [chunk async for chunk in MmifStore.from_url(settings.store_url).open(sha256)]
    decoded: dict[str, object] = msgspec.json.decode(b"".join(stored))
    return decoded


async def test_initial_mmif_has_the_oldest_version_and_is_kept_over_a_retry(
    worker: None, database: Database, settings: Settings
) -> None:
    with (
        FakeClams(name="new", mmif_version="1.1.0") as new,
        FakeClams(name="old", mmif_version="1.0.5") as old,
    ):
        new.behave("error_view", calls=[1])
        registered = [await register(database, app) for app in (new, old)]
        run_id = await start(database, registered, files=1)
        assert (await ended(database, run_id)).status == "FAILED"
        [initial] = await mmifs(database, MmifOrigin.INITIAL)
        [run] = await pipeline_runs(database, run_id)
        assert run.mmif_id == initial.id
        stored = await content(settings, initial.sha256)
        assert stored["metadata"] == {"mmif": "http://mmif.clams.ai/1.0.5"}
        assert stored["views"] == []
        assert initial.size_bytes > 0

        async with database.session() as session:
            await batch_runs.retry_batch_run(session, run_id)
        assert (await ended(database, run_id)).status == "FINISHED"
        assert [mmif.id for mmif in await mmifs(database, MmifOrigin.INITIAL)] == [initial.id]
        assert {call.mmif_version for call in (*new.calls, *old.calls)} == {"1.0.5"}
        assert {tuple(call.locations) for call in new.calls} == {("file:///data/batch-000001.video",)}

        results = await mmifs(database, MmifOrigin.STEP)
        async with database.session() as session:
            first = await session.get_one(BatchRun, run_id)
            second_run = await start_batch(session, Start(first.batch_id, from_blank_mmif=False))
        assert (await pipeline_runs(database, second_run.id))[0].mmif_id == results[-1].id
        assert (await ended(database, second_run.id)).status == "FINISHED"
        assert len(await mmifs(database, MmifOrigin.INITIAL)) == 1
        last = (await mmifs(database, MmifOrigin.STEP))[-1]
        views = (await content(settings, last.sha256))["views"]
        assert isinstance(views, list)
        assert len(views) == 4, "two views of the first run, two of the second"
    await check_invariants(database)
