"""With check_media, a missing media file fails its step before the app is called."""

from __future__ import annotations

from pathlib import Path

from engine import ended, register, step_runs
from factories import add_pipeline
from fake_clams import FakeClams

from chowda.batches.service import NewBatch, create_batch
from chowda.config import Settings
from chowda.db.database import Database
from chowda.enums import DocumentType
from chowda.media.files import NewDocument, NewMediaFile, add_media_files
from chowda.runs.start import Start, start_batch
from chowda.workers.process import running_worker


async def test_missing_media_file_fails_its_step_before_the_call(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    there = tmp_path / "a tape.mp4"
    there.write_bytes(b"video")
    locations = {
        "there": f"file://{there}",
        "percent-encoded": there.as_uri(),
        "gone": (tmp_path / "gone.mp4").as_uri(),
        "remote": "baapb://tape-1.mp4",
    }
    settings = Settings(
        database_url=database_url,
        data_dir=tmp_path,
        lease_seconds=2,
        flush_seconds=0.05,
        threads=4,
        check_media=True,
    )
    with running_worker(settings), FakeClams(name="one") as app:
        pipeline = await add_pipeline(database, [await register(database, app, max_concurrency=3)])
        async with database.session() as session:
            await add_media_files(
                session,
                [
                    NewMediaFile(guid, (NewDocument(DocumentType.VIDEO, location, None),))
                    for guid, location in locations.items()
                ],
            )
            batch = await create_batch(session, NewBatch("media", None, pipeline.id, list(locations)))
            run_id = (await start_batch(session, Start(batch.id))).id
        await ended(database, run_id)
    steps = dict(zip(sorted(locations), await step_runs(database, run_id), strict=True))
    assert {guid: step.status for guid, step in steps.items()} == {
        "there": "FINISHED",
        "percent-encoded": "FAILED",
        "gone": "FAILED",
        "remote": "FINISHED",
    }
    assert steps["gone"].error_code == "MEDIA_MISSING"
    assert "gone.mp4" in (steps["gone"].error_message or "")
    assert len(app.calls) == 2
