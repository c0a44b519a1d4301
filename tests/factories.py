"""Rows for tests, created by the functions that the API calls."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from chowda.apps.registry import check_registration, save_app
from chowda.batches.service import NewBatch, create_batch
from chowda.batches.sources import Sources
from chowda.clams.metadata import parse_metadata
from chowda.db.database import Database
from chowda.engine import step_outcome
from chowda.engine.claim import Claim, try_claim
from chowda.enums import AppRuntime, DocumentType
from chowda.errors import StepErrorCode, StepFailure
from chowda.media.files import NewDocument, NewMediaFile, add_media_files
from chowda.media.mmifs import add_upload
from chowda.models import Batch, BatchRun, ClamsApp, MediaFile, Mmif, Pipeline, StepRun
from chowda.pipelines.service import NewPipeline, NewStep, create_pipeline
from chowda.pubsub.notifier import Notifier
from chowda.runs import batch_runs
from chowda.runs.start import Start, start_batch

VIDEO = "http://clams.ai/vocabulary/type/VideoDocument/v2"
TIME_FRAME = "http://clams.ai/vocabulary/type/TimeFrame/v6"
TEXT = "http://clams.ai/vocabulary/type/TextDocument/v2"


def app_metadata(
    name: str, inputs: Sequence[str] = (VIDEO,), outputs: Sequence[str] = (TIME_FRAME,), **more: Any
) -> dict[str, Any]:
    """The metadata that a CLAMS app returns for GET /."""
    return {
        "name": name,
        "description": f"{name}, for tests",
        "app_version": "v1",
        "mmif_version": "1.1.0",
        "identifier": f"http://apps.clams.ai/{name}/v1",
        "url": f"https://example.org/{name}",
        "input": [{"@type": uri, "required": True} for uri in inputs],
        "output": [{"@type": uri} for uri in outputs],
        "parameters": [
            {
                "name": "threshold",
                "type": "number",
                "default": 0.5,
                "description": "how sure",
                "multivalued": False,
            },
            {
                "name": "mode",
                "type": "string",
                "default": "fast",
                "choices": ["fast", "slow"],
                "description": "how",
                "multivalued": False,
            },
        ],
        **more,
    }


def new_file(guid: str, *types: DocumentType) -> NewMediaFile:
    """A media file with a document of each of these types, by default one video."""
    return NewMediaFile(
        guid,
        tuple(
            NewDocument(kind, f"file:///data/{guid}.{kind.lower()}", None)
            for kind in types or (DocumentType.VIDEO,)
        ),
    )


def guids(count: int, prefix: str = "cpb-aacip") -> list[str]:
    return [f"{prefix}-{number:06d}" for number in range(1, count + 1)]


async def add_files(database: Database, count: int, prefix: str = "cpb-aacip") -> list[MediaFile]:
    async with database.session() as session:
        return await add_media_files(session, [new_file(guid) for guid in guids(count, prefix)])


async def add_app(
    database: Database,
    name: str = "detector",
    *,
    endpoint: str | None = None,
    max_concurrency: int = 1,
    timeout_seconds: int = 60,
    metadata: dict[str, Any] | None = None,
) -> ClamsApp:
    described = metadata or app_metadata(name)
    registration = check_registration(
        runtime=AppRuntime.WEB_SERVICE,
        endpoint=endpoint or f"http://localhost:5000/{name}",
        name=name,
        max_concurrency=max_concurrency,
        timeout_seconds=timeout_seconds,
    )
    async with database.session() as session:
        return await save_app(session, registration, parse_metadata(described), described)


async def add_pipeline(database: Database, apps: Sequence[ClamsApp], name: str = "pipeline") -> Pipeline:
    async with database.session() as session:
        steps = [NewStep(app.id, None) for app in apps]
        return await create_pipeline(session, NewPipeline(name, "for tests", steps))


async def add_batch(
    database: Database, files: int = 3, pipeline: Pipeline | None = None, name: str = "batch"
) -> Batch:
    """A batch of new media files."""
    added = await add_files(database, files, name)
    async with database.session() as session:
        return await create_batch(
            session,
            NewBatch(name, None, pipeline.id if pipeline else None, [file.guid for file in added]),
        )


async def add_batch_from(database: Database, **sources: Any) -> Batch:
    """A batch of these sources: see batches.sources."""
    async with database.session() as session:
        return await create_batch(session, NewBatch("batch", None, None, sources=Sources(**sources)))


async def add_mmif(database: Database, media_file_id: int) -> Mmif:
    """An uploaded MMIF. Its bytes are not in the store."""
    async with database.session() as session:
        return await add_upload(session, media_file_id, "0" * 64, 1)


async def start_run(database: Database, files: int = 3, steps: int = 2, name: str = "run") -> BatchRun:
    """A batch run of `files` media files and `steps` apps, in which no step has started."""
    apps = [await add_app(database, f"{name}-app{number}") for number in range(1, steps + 1)]
    pipeline = await add_pipeline(database, apps, f"{name}-pipeline")
    batch = await add_batch(database, files, pipeline, f"{name}-batch")
    async with database.session() as session:
        return await start_batch(session, Start(batch.id))


async def step_run_ids(database: Database, batch_run_id: int, position: int = 1) -> list[int]:
    """The step runs of a position, in the order of their media files."""
    async with database.session() as session:
        found = select(StepRun.id).where(StepRun.batch_run_id == batch_run_id, StepRun.position == position)
        return list(await session.scalars(found.order_by(StepRun.id)))


async def claim_step(database: Database, step_run_id: int) -> Claim:
    """Claims a step as a worker does."""
    async with database.session() as session:
        claim = await try_claim(session, step_run_id, "test-worker", 600)
    assert claim is not None, f"step {step_run_id} could not be claimed"
    return claim


async def finish_step(database: Database, claim: Claim) -> None:
    async with database.session() as session:
        sha256 = hashlib.sha256(str(claim.step_run_id).encode()).hexdigest()
        assert await step_outcome.finish(session, claim, sha256, 1000 + claim.step_run_id)


async def fail_step(database: Database, claim: Claim, code: StepErrorCode = StepErrorCode.APP_ERROR) -> None:
    async with database.session() as session:
        assert await step_outcome.fail(
            session, claim, StepFailure(code, "the app failed", "what it answered")
        )


async def finish_file(database: Database, step_run_id: int) -> None:
    """Finishes this step and the later steps of its file."""
    while True:
        claim = await claim_step(database, step_run_id)
        await finish_step(database, claim)
        if claim.is_last:
            return
        step_run_id += 1


async def end_runs(database: Database, *batch_run_ids: int) -> None:
    """Ends batch runs whose files have all ended, as the maintainer of a worker does."""
    async with database.session() as session:
        assert sorted(await batch_runs.end_batch_runs(session, batch_run_ids)) == sorted(batch_run_ids)


async def notify(database: Database, *batch_run_ids: int) -> None:
    """Notifies the subscribers of these batch runs, as each process does after a change."""
    notifier = Notifier(database, 0)
    for batch_run_id in batch_run_ids:
        notifier.batch_run(batch_run_id)
    await notifier.flush()
