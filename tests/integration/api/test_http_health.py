from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from factories import start_run
from prometheus_client.parser import text_string_to_metric_families
from running_api import RunningApi, running_api
from sqlalchemy import text

from chowda.db.database import Database


def metrics_of(api: RunningApi) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(httpx.get(api.url + "/metrics").text)
        for sample in family.samples
    }


def test_is_ready_when_database_store_and_hub_are(api: RunningApi) -> None:
    answer = httpx.get(api.url + "/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "checks": {"database": "ok", "mmifStore": "ok", "hub": "ok"},
    }


def test_is_not_ready_on_tables_of_another_migration(api: RunningApi, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'older'")
    answer = httpx.get(api.url + "/readyz")
    assert answer.status_code == 503
    assert "older" in answer.json()["checks"]["database"]
    assert "chowda migrate" in answer.json()["checks"]["database"]


@pytest.fixture
def api_on_empty_database(database_url: str, tmp_path: Path) -> Iterator[RunningApi]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DROP TABLE alembic_version")
    with running_api(database_url, tmp_path) as running:
        yield running


def test_is_not_ready_before_the_first_migration(api_on_empty_database: RunningApi) -> None:
    answer = httpx.get(api_on_empty_database.url + "/readyz")
    assert answer.status_code == 503
    assert "no migration" in answer.json()["checks"]["database"]


def test_is_not_ready_without_its_store_and_shows_no_path(api: RunningApi, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "mmif")
    answer = httpx.get(api.url + "/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["mmifStore"] != "ok"
    assert str(tmp_path) not in answer.text


async def test_metrics_count_runs_steps_slots_and_workers(api: RunningApi, database: Database) -> None:
    await start_run(database, files=3, steps=2)
    async with database.session() as session:
        await session.execute(
            text(
                "UPDATE step_runs SET status = 'RUNNING', lease_until = now() + interval '1 hour' WHERE id IN "
                "(SELECT min(id) FROM step_runs)"
            )
        )
        await session.execute(
            text(
                "UPDATE app_slots SET until = now() + interval '1 hour' "
                "WHERE clams_app_id = (SELECT min(clams_app_id) FROM app_slots)"
            )
        )
        await session.execute(
            text(
                "INSERT INTO workers (name, threads, until) VALUES ('w1', 4, now() + interval '1 hour'), "
                "('gone', 4, now() - interval '1 hour')"
            )
        )
    metrics = metrics_of(api)
    assert metrics[("chowda_batch_runs", ("WAITING",))] == 1
    assert metrics[("chowda_pipeline_runs", ("WAITING",))] == 3
    assert metrics[("chowda_step_runs", ("WAITING",))] == 5
    assert metrics[("chowda_step_runs", ("RUNNING",))] == 1
    assert metrics[("chowda_app_slots_in_use", ("run-app1",))] == 1
    assert metrics[("chowda_app_slots_in_use", ("run-app2",))] == 0
    assert metrics[("chowda_app_slots", ("run-app2",))] == 1
    assert metrics[("chowda_workers", ())] == 1
    assert metrics[("chowda_worker_threads", ())] == 4
    assert metrics[("chowda_database_up", ())] == 1
    assert metrics[("chowda_subscribers", ())] == 0


def test_metrics_count_requests_by_route_and_status(api: RunningApi) -> None:
    httpx.get(api.url + "/mmif/mmif-1")
    httpx.get(api.url + "/mmif/mmif-2")
    assert metrics_of(api)[("chowda_http_requests_total", ("GET", "/mmif/{mmif_id}", "404"))] == 2
