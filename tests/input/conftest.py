"""Fixtures for bad input: an API, an HTTP client and a worker.

The tests of a module share a database, since bad input must not change it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from postgres_fixture import TemplateDatabase
from running_api import RunningApi, running_api

from chowda.config import Settings
from chowda.pipelines import retry_policy
from chowda.workers.process import running_worker

MMIF_LIMIT_BYTES = 128 << 20


@pytest.fixture(scope="module")
def database_url(migrated: TemplateDatabase) -> Iterator[str]:
    with migrated.clone() as dsn:
        yield dsn


@pytest.fixture(scope="module")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The API and the worker have one data directory, so that both have one store."""
    return Settings(
        database_url=database_url,
        data_dir=tmp_path_factory.mktemp("data"),
        lease_seconds=30,
        poll_seconds=0.2,
        flush_seconds=0.05,
        threads=8,
        mmif_limit_bytes=MMIF_LIMIT_BYTES,
    )


@pytest.fixture(scope="module")
def api(settings: Settings) -> Iterator[RunningApi]:
    url, directory = settings.require_database_url(), settings.data_dir
    with running_api(url, Path(directory), mmif_limit_bytes=MMIF_LIMIT_BYTES) as running:
        yield running


@pytest.fixture
async def client(api: RunningApi) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=api.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def worker(settings: Settings) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retry_policy, "FIRST_DELAY_SECONDS", 0.02)
        with running_worker(settings):
            yield
