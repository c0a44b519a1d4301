"""Apps change while runs go on: limits, addresses, deactivation, what they say of themselves; and their import."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from engine import step_runs
from factories import (
    TEXT,
    TIME_FRAME,
    VIDEO,
    add_app,
    add_batch,
    add_pipeline,
    app_metadata,
    claim_step,
    finish_step,
    step_run_ids,
)
from sqlalchemy import text

from chowda.apps import health as app_health
from chowda.apps import imports as app_imports
from chowda.apps import metadata_history
from chowda.apps.health import HealthStatus
from chowda.apps.imports import AppImport, ImportOutcome
from chowda.apps.registry import Address, AppChange, check_change, refresh_app, same_app, update_app
from chowda.clams.metadata import parse_metadata
from chowda.db.database import Database
from chowda.engine import fair_dispatch
from chowda.engine.claim import Claim, try_claim
from chowda.errors import BadUserInput, Conflict, LimitExceeded
from chowda.models import ClamsApp
from chowda.runs import wait_reasons
from chowda.runs.start import Start, start_batch
from chowda.runs.wait_reasons import WaitReason

DESCRIPTIONS = Path(__file__).parents[3] / "../shared/data/app-metadata"


async def update(database: Database, app: ClamsApp, **changes: Any) -> ClamsApp:
    async with database.session() as session:
        return await update_app(session, app.id, AppChange(**changes))


async def started(database: Database, app: ClamsApp, files: int) -> int:
    batch = await add_batch(database, files, await add_pipeline(database, [app]))
    async with database.session() as session:
        return (await start_batch(session, Start(batch.id))).id


async def claim(database: Database, step_run_id: int) -> Claim | None:
    async with database.session() as session:
        return await try_claim(session, step_run_id, "test-worker", 600)


async def claim_all(database: Database, run_id: int) -> list[Claim]:
    waits = [step.id for step in await step_runs(database, run_id) if step.status == "WAITING"]
    return [found for step_id in waits if (found := await claim(database, step_id)) is not None]


async def history(database: Database, app: ClamsApp) -> list[tuple[str, Any]]:
    async with database.session() as session:
        return [
            (said.identifier, said.description)
            for said in (await metadata_history.of_apps(session, [app.id]))[app.id]
        ]


def address(endpoint: str, described: dict[str, Any]) -> Address:
    return Address(endpoint, parse_metadata(described), described)


async def import_all(database: Database, *descriptions: object) -> list[AppImport]:
    async with database.session() as session:
        return await app_imports.import_apps(session, descriptions)


async def test_changed_call_limit_applies_to_later_claims(
    database: Database,
) -> None:
    app = await add_app(database)
    run_id = await started(database, app, 12)
    [first] = await claim_all(database, run_id)
    await update(database, app, max_concurrency=4)
    more = await claim_all(database, run_id)
    assert len(more) == 3
    await update(database, app, max_concurrency=2)
    for held in (first, more[0]):  # calls in flight go on, and commit
        assert await claim_all(database, run_id) == []
        await finish_step(database, held)
    for held in more[1:]:  # two are left: as many as it may have, but in slots beyond the limit
        assert await claim_all(database, run_id) == []
        await finish_step(database, held)
    assert len(await claim_all(database, run_id)) == 2


async def test_changed_timeout_applies_to_later_calls(database: Database) -> None:
    app = await add_app(database, max_concurrency=2, timeout_seconds=60)
    first, second = await step_run_ids(database, await started(database, app, 2))
    before = await claim_step(database, first)
    await update(database, app, timeout_seconds=5)
    assert (before.timeout_seconds, (await claim_step(database, second)).timeout_seconds) == (60, 5)


async def test_person_can_allow_concurrent_calls_again(database: Database) -> None:
    app = await add_app(database, max_concurrency=3)
    async with database.session() as session:
        await session.execute(text("UPDATE clams_apps SET one_at_a_time = true, mixed_up_at = now()"))
    run_id = await started(database, app, 5)
    assert len(await claim_all(database, run_id)) == 1
    trusted = await update(database, app, one_at_a_time=False)
    assert (trusted.one_at_a_time, trusted.mixed_up_at) == (False, None)
    assert len(await claim_all(database, run_id)) == 2


async def test_deactivated_app_finishes_calls_and_starts_none(database: Database) -> None:
    app = await add_app(database, max_concurrency=2)
    run_id = await started(database, app, 3)
    ids = await step_run_ids(database, run_id)
    held = await claim_step(database, ids[0])
    await update(database, app, active=False)
    assert await claim_all(database, run_id) == []
    async with database.session() as session:
        assert await fair_dispatch.take(session, 1) == await fair_dispatch.take(session, 1) == []
        [reason] = {wait.reason for wait in (await wait_reasons.read(session, ids[1:])).values()}
    # no worker is alive in this test, and that reason comes first
    assert reason is WaitReason.NO_WORKER
    async with database.session() as session:
        await session.execute(
            text("INSERT INTO workers (name, threads, until) VALUES ('w', 1, now() + interval '1 hour')")
        )
        wait = (await wait_reasons.read(session, ids[1:]))[ids[1]]
    assert wait.reason is WaitReason.APP_INACTIVE
    assert wait.message == "The app 'detector' is deactivated. Activate it, or cancel the batch run."
    await finish_step(database, held)
    await update(database, app, active=True)
    assert len(await claim_all(database, run_id)) == 2


async def test_invalid_change_changes_nothing(database: Database) -> None:
    app = await add_app(database, "one")
    await add_app(database, "two")
    nothing: dict[str, Any] = dict.fromkeys(AppChange.__dataclass_fields__)
    with pytest.raises(BadUserInput, match="maxConcurrency is 0"):
        check_change(**nothing | {"max_concurrency": 0})
    with pytest.raises(BadUserInput, match="name is empty"):
        check_change(**nothing | {"name": " "})
    with pytest.raises(Conflict, match="Another app has the name 'two'"):
        await update(database, app, name="two", timeout_seconds=1)
    assert (await update(database, app)).timeout_seconds == 60


async def test_metadata_history_keeps_each_change(database: Database) -> None:
    app = await add_app(database, "one")
    await add_app(database, "one")
    newer = app_metadata("one", identifier="http://apps.clams.ai/one/v2", app_version="v2")
    async with database.session() as session:
        refreshed = await refresh_app(session, app.id, parse_metadata(newer), newer, app.endpoint)
    assert (refreshed.identifier, refreshed.version, refreshed.max_concurrency) == (
        newer["identifier"],
        "v2",
        1,
    )
    assert await history(database, app) == [
        ("http://apps.clams.ai/one/v2", newer),
        ("http://apps.clams.ai/one/v1", app_metadata("one")),
    ]
    async with database.session() as session:
        with pytest.raises(Conflict, match="endpoint of the app 'one' was changed in the meantime"):
            await refresh_app(session, app.id, parse_metadata(newer), newer, "http://elsewhere")


async def test_app_moves_to_another_endpoint(
    database: Database,
) -> None:
    app, other = await add_app(database, "one"), await add_app(database, "two")
    newer = app_metadata("one", identifier="http://apps.clams.ai/one/v2")
    moved = await update(database, app, address=address("http://new:5000", newer))
    assert (moved.endpoint, moved.identifier, moved.name) == ("http://new:5000", newer["identifier"], "one")
    with pytest.raises(Conflict, match=r"http://apps.clams.ai/three/v1 answers at .* That is not 'one'"):
        await update(database, app, address=address("http://new:6000", app_metadata("three")))
    assert other.endpoint is not None
    with pytest.raises(Conflict, match=f"'two' is registered at {other.endpoint}/"):
        await update(database, app, address=address(f"{other.endpoint}/", newer))


def test_versions_of_one_app_share_an_identifier() -> None:
    assert same_app("http://apps.clams.ai/swt/v8.5", "http://apps.clams.ai/swt/v8.9/")
    assert not same_app("http://apps.clams.ai/swt/v1", "http://apps.clams.ai/tesseract/v1")
    assert not same_app("http://one", "http://two")
    assert not same_app("http://host/one", "http://host/two")


async def test_imported_app_runs_once_it_has_an_endpoint(database: Database) -> None:
    described = app_metadata("planned", inputs=[VIDEO], outputs=[TIME_FRAME])
    reader = app_metadata("reader", inputs=[TIME_FRAME], outputs=[TEXT])
    apps = [result.app for result in await import_all(database, described, json.dumps(reader))]
    planned, read = [app for app in apps if app is not None]
    assert (planned.endpoint, planned.max_concurrency, planned.description) == (None, 1, described)
    with pytest.raises(BadUserInput, match=r"Step 1 \(reader\) needs TimeFrame"):
        await add_pipeline(database, [read, planned])
    pipeline = await add_pipeline(database, [planned, read])
    batch = await add_batch(database, 1, pipeline)
    async with database.session() as session:
        with pytest.raises(Conflict, match=r"'planned' .* has no endpoint yet. Set the endpoint"):
            await start_batch(session, Start(batch.id))
        assert (await app_health.read(session, [read.id]))[read.id].status is HealthStatus.NO_ENDPOINT
    adopted = await add_app(database, "planned", endpoint="http://h:1", metadata=described)  # registers it
    assert adopted.id == planned.id
    await update(database, read, address=address("http://h:2", reader))
    async with database.session() as session:
        await start_batch(session, Start(batch.id))


async def test_each_imported_description_has_a_result(database: Database) -> None:
    await add_app(database, "there")
    one = app_metadata("one")
    newer = app_metadata("one", identifier="http://apps.clams.ai/one/v2", app_version="v2")
    changed = one | {"description": "said better"}
    results = await import_all(
        database,
        one,
        newer,
        one,
        changed,
        app_metadata("there"),
        {"name": "x"},
        "{",
        None,
        {"a": float("nan")},
    )
    assert [result.outcome for result in results] == [
        ImportOutcome.ADDED,
        ImportOutcome.ADDED,
        ImportOutcome.UNCHANGED,
        ImportOutcome.UPDATED,
        ImportOutcome.UNCHANGED,
        *[ImportOutcome.REFUSED] * 4,
    ]
    assert [result.app.name for result in results if result.app] == ["one", "one v2", "one", "one", "there"]
    assert "identifier" in results[5].message
    assert "not JSON" in results[6].message
    assert "null" in results[7].message
    app = results[0].app
    assert app is not None
    assert [said for _, said in await history(database, app)] == [changed, one]
    with pytest.raises(LimitExceeded, match="1,001 descriptions"):
        await import_all(database, *[one] * 1001)


@pytest.mark.skipif(not DESCRIPTIONS.is_dir(), reason="the real descriptions are not beside this checkout")
async def test_published_descriptions_of_several_generations_load(database: Database) -> None:
    texts = [path.read_text() for path in sorted(DESCRIPTIONS.glob("*.json"))]
    results = await import_all(database, *texts)
    assert len(results) == 8
    for given, result in zip(texts, results, strict=True):
        assert result.outcome is ImportOutcome.ADDED, result.message
        assert result.app is not None
        assert result.app.description == json.loads(given)
    again = await import_all(database, *texts)
    assert {result.outcome for result in again} == {ImportOutcome.UNCHANGED}
