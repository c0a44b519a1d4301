"""Fixtures of the fuzz tests. All cases of a module share one API and one database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from postgres_fixture import TemplateDatabase
from running_api import RunningApi, running_api


@pytest.fixture(scope="module")
def database_url(migrated: TemplateDatabase) -> Iterator[str]:
    with migrated.clone() as dsn:
        yield dsn


@pytest.fixture(scope="module")
def api(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    with running_api(database_url, tmp_path_factory.mktemp("data"), mmif_limit_bytes=1 << 20) as running:
        yield running
