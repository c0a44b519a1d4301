"""Rows to test with, made by the same functions that the API calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chowda.apps import check_registration, save_app
from chowda.batches import NewBatch, Start, create_batch, start_batch
from chowda.clams.metadata import parse_metadata
from chowda.db import Database
from chowda.media import NewDocument, NewMediaFile, add_media_files
from chowda.models import Batch, BatchRun, ClamsApp, MediaFile, Pipeline
from chowda.models.status import AppRuntime, DocumentType
from chowda.pipelines import NewPipeline, NewStep, create_pipeline

VIDEO = "http://clams.ai/vocabulary/type/VideoDocument/v2"
TIME_FRAME = "http://clams.ai/vocabulary/type/TimeFrame/v6"
TEXT = "http://clams.ai/vocabulary/type/TextDocument/v2"


def app_metadata(
    name: str, takes: Sequence[str] = (VIDEO,), gives: Sequence[str] = (TIME_FRAME,), **more: Any
) -> dict[str, Any]:
    """What a CLAMS app answers to GET /."""
    return {
        "name": name,
        "description": f"{name}, for tests",
        "app_version": "v1",
        "mmif_version": "1.1.0",
        "identifier": f"http://apps.clams.ai/{name}/v1",
        "url": f"https://example.org/{name}",
        "input": [{"@type": uri, "required": True} for uri in takes],
        "output": [{"@type": uri} for uri in gives],
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
    """A file with a document of each of these types, by default one video."""
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


async def start_run(database: Database, files: int = 3, steps: int = 2, name: str = "run") -> BatchRun:
    """A batch run that has just started: `files` media files through `steps` apps."""
    apps = [await add_app(database, f"{name}-app{number}") for number in range(1, steps + 1)]
    pipeline = await add_pipeline(database, apps, f"{name}-pipeline")
    batch = await add_batch(database, files, pipeline, f"{name}-batch")
    async with database.session() as session:
        return await start_batch(session, Start(batch.id))
