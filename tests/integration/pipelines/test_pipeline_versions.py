"""Versions of pipelines, and starts with override parameters."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from factories import add_app, add_batch, add_files, add_pipeline, app_metadata, guids
from sqlalchemy import text

from chowda.apps.registry import AppChange, update_app
from chowda.batches.service import BatchChange, NewBatch, create_batch, update_batch
from chowda.db.database import Database
from chowda.errors import BadUserInput, ChowdaError, Conflict, NotFound, StepErrorCode
from chowda.ids import Kind, opaque
from chowda.models import BatchRun, Pipeline
from chowda.pipelines.retry_policy import Policy
from chowda.pipelines.service import (
    NewPipeline,
    NewStep,
    PipelineChange,
    create_pipeline,
    delete_pipeline,
    update_pipeline,
)
from chowda.pipelines.versions import steps_of_versions, versions_of
from chowda.runs.start import Start, start_batch


async def update(database: Database, pipeline: Pipeline, **changes: Any) -> Pipeline:
    async with database.session() as session:
        return await update_pipeline(session, pipeline.id, PipelineChange(**changes))


async def start(database: Database, batch_id: int, **how: Any) -> BatchRun:
    async with database.session() as session:
        return await start_batch(session, Start(batch_id, **how))


async def versions(database: Database, pipeline: Pipeline) -> dict[int, list[tuple[int, Any]]]:
    async with database.session() as session:
        numbers = [row.version for row in (await versions_of(session, [pipeline.id]))[pipeline.id]]
        assert numbers == sorted(numbers, reverse=True)
        steps = await steps_of_versions(session, [(pipeline.id, version) for version in numbers])
    return {key[1]: [(step.clams_app_id, step.parameters) for step in group] for key, group in steps.items()}


async def frozen(database: Database, run: BatchRun) -> list[tuple[int, Any, Any]]:
    async with database.session() as session:
        rows = await session.execute(
            text(
                "SELECT position, parameters, overrides FROM batch_run_steps WHERE batch_run_id = :id ORDER BY 1"
            ),
            {"id": run.id},
        )
        return [tuple(row) for row in rows]


async def test_other_steps_create_a_version_and_older_ones_stay(database: Database) -> None:
    app, other = await add_app(database, "one"), await add_app(database, "two")
    pipeline = await add_pipeline(database, [app])
    changed = await update(
        database, pipeline, steps=[NewStep(app.id, {"mode": "slow"}), NewStep(other.id, None)], note="slower"
    )
    assert changed.version == 2
    assert await versions(database, pipeline) == {
        1: [(app.id, {})],
        2: [(app.id, {"mode": "slow"}), (other.id, {})],
    }
    async with database.session() as session:
        notes = [row.note for row in (await versions_of(session, [pipeline.id]))[pipeline.id]]
    assert notes == ["slower", None]


async def test_equal_steps_and_a_new_name_create_no_version(database: Database) -> None:
    app = await add_app(database)
    pipeline = await add_pipeline(database, [app])
    same = await update(database, pipeline, steps=[NewStep(app.id, {})], name="renamed", description=None)
    assert (same.version, same.name, same.description) == (1, "renamed", None)
    kept = await update(database, pipeline, name="again")
    assert (kept.version, kept.description) == (1, None)


async def test_true_differs_from_1(database: Database) -> None:
    loose = app_metadata("loose", parameters=[{"name": "x", "type": "number", "default": 0}])
    app = await add_app(database, "loose", metadata=loose)
    pipeline = await add_pipeline(database, [app])
    assert (await update(database, pipeline, steps=[NewStep(app.id, {"x": 1})])).version == 2
    assert (await update(database, pipeline, steps=[NewStep(app.id, {"x": 1.0})])).version == 3
    with pytest.raises(BadUserInput, match=r"Step 1: .*'x' must be a finite number; true is true or false"):
        await update(database, pipeline, steps=[NewStep(app.id, {"x": True})])
    assert set(await versions(database, pipeline)) == {1, 2, 3}


async def test_another_retry_policy_creates_a_version_and_an_equal_one_does_not(database: Database) -> None:
    app = await add_app(database)
    pipeline = await add_pipeline(database, [app])
    codes = [StepErrorCode.APP_ERROR, StepErrorCode.APP_BUSY]
    policies = [
        Policy(5, frozenset(codes)),
        Policy(5, frozenset(reversed(codes))),
        Policy(4, frozenset(codes)),
        Policy(4),
        None,
        None,
    ]
    made = [
        (await update(database, pipeline, steps=[NewStep(app.id, {}, policy)])).version for policy in policies
    ]
    assert made == [2, 2, 3, 4, 5, 5]
    async with database.session() as session:
        kept = await steps_of_versions(session, [(pipeline.id, version) for version in range(1, 6)])
    assert [Policy.read(step.retry) for [step] in kept.values()] == [None, policies[0], *policies[2:5]]
    with pytest.raises(BadUserInput, match=r"Step 2: retry\.attempts is 0"):
        await update(database, pipeline, steps=[NewStep(app.id, {}), NewStep(app.id, {}, Policy(0))])


async def test_start_freezes_the_retry_policies_of_its_version(database: Database) -> None:
    app = await add_app(database)
    pipeline = await add_pipeline(database, [app])
    batch = await add_batch(database, 1, pipeline)
    patient = Policy(7, frozenset({StepErrorCode.APP_ERROR}))
    await update(database, pipeline, steps=[NewStep(app.id, {}), NewStep(app.id, {}, patient)])
    second = await start(database, batch.id, overrides={2: {"mode": "slow"}})
    await update(database, pipeline, steps=[NewStep(app.id, {}, Policy(1))])
    third, first = await start(database, batch.id), await start(database, batch.id, pipeline_version=1)
    async with database.session() as session:
        rows = await session.execute(
            text("SELECT batch_run_id, position, retry FROM batch_run_steps ORDER BY 1, 2")
        )
        kept = [(run_id, position, Policy.read(retry)) for run_id, position, retry in rows]
    assert kept == [
        (second.id, 1, None),
        (second.id, 2, patient),
        (third.id, 1, Policy(1)),
        (first.id, 1, None),
    ]


async def test_batch_cannot_use_an_archived_pipeline(database: Database) -> None:
    pipeline = await add_pipeline(database, [await add_app(database)])
    await add_files(database, 1)
    await update(database, pipeline, archived=True)
    async with database.session() as session:
        with pytest.raises(Conflict, match=r"'pipeline' is archived\. Unarchive it first"):
            await create_batch(session, NewBatch("b", None, pipeline.id, guids(1)))
        batch = await create_batch(session, NewBatch("b", None, None, guids(1)))
        with pytest.raises(Conflict, match=r"'pipeline' is archived\. Unarchive it first"):
            await update_batch(session, batch.id, BatchChange(pipeline_id=pipeline.id))
    await update(database, pipeline, archived=False)
    async with database.session() as session:
        changed = await update_batch(session, batch.id, BatchChange(pipeline_id=pipeline.id))
        assert changed.pipeline_id == pipeline.id
        assert (await create_batch(session, NewBatch("c", None, pipeline.id, guids(1)))).id


async def test_one_of_several_concurrent_edits_succeeds(database: Database) -> None:
    app = await add_app(database)
    pipeline = await add_pipeline(database, [app])
    edits = [
        update(database, pipeline, steps=[NewStep(app.id, {"threshold": number})], expected_version=1)
        for number in range(1, 6)
    ]
    results = await asyncio.gather(*edits, return_exceptions=True)
    assert sum(isinstance(result, Pipeline) for result in results) == 1
    refused = [result for result in results if isinstance(result, Conflict)]
    assert len(refused) == 4
    assert "now has version 2, and the change was based on version 1" in refused[0].message
    assert set(await versions(database, pipeline)) == {1, 2}


async def test_taken_name_is_a_conflict_also_for_concurrent_changes(database: Database) -> None:
    app = await add_app(database)
    pipelines = [await add_pipeline(database, [app], name) for name in ("a", "b", "c")]
    with pytest.raises(Conflict, match="pipeline named 'b' already exists"):
        await update(database, pipelines[0], name="b")
    results = await asyncio.gather(
        *(update(database, pipeline, name="d") for pipeline in pipelines), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Conflict", "Pipeline"]


async def test_run_stays_on_its_version_and_an_older_one_can_be_started(database: Database) -> None:
    app = await add_app(database)
    pipeline = await add_pipeline(database, [app])
    batch = await add_batch(database, 2, pipeline)
    first = await start(database, batch.id)
    await update(database, pipeline, name="new name", steps=[NewStep(app.id, {"mode": "slow"})] * 2)
    second, older = await start(database, batch.id), await start(database, batch.id, pipeline_version=1)
    assert [run.pipeline_version for run in (first, second, older)] == [1, 2, 1]
    assert [run.pipeline_name for run in (first, second)] == ["pipeline", "new name"]
    assert [len(await frozen(database, run)) for run in (first, second, older)] == [1, 2, 1]
    with pytest.raises(BadUserInput, match="has no version 3; there are versions 1 to 2"):
        await start(database, batch.id, pipeline_version=3)


async def test_overrides_apply_to_one_start_and_null_removes_a_parameter(database: Database) -> None:
    app = await add_app(database)
    async with database.session() as session:
        steps = [NewStep(app.id, {"mode": "slow", "threshold": 0.9}), NewStep(app.id, {"mode": "slow"})]
        pipeline = await create_pipeline(session, NewPipeline("p", None, steps))
    batch = await add_batch(database, 1, pipeline)
    override = {"threshold": 0.1, "mode": None}
    run = await start(database, batch.id, overrides={1: override})
    assert await frozen(database, run) == [(1, {"threshold": 0.1}, override), (2, {"mode": "slow"}, None)]
    assert (await frozen(database, await start(database, batch.id)))[0][1] == {
        "mode": "slow",
        "threshold": 0.9,
    }
    assert set(await versions(database, pipeline)) == {1}


@pytest.mark.parametrize(
    ("overrides", "complaint"),
    [
        ({2: {"mode": "slow"}}, "override for step 2; the pipeline 'pipeline' has the steps 1 to 1"),
        ({0: {}}, "override for step 0"),
        ({1: {"mode": "slowest"}}, "Step 1: .*must be one of 'fast', 'slow'"),
        ({1: {"treshold": 1}}, "Step 1: .*Did you mean threshold"),
        ({1: [1]}, "Step 1: The parameters must be an object"),
    ],
)
async def test_invalid_overrides_start_nothing(
    database: Database, overrides: dict[int, object], complaint: str
) -> None:
    batch = await add_batch(database, 1, await add_pipeline(database, [await add_app(database)]))
    with pytest.raises(BadUserInput, match=complaint):
        await start(database, batch.id, overrides=overrides)
    async with database.session() as session:
        assert await session.scalar(text("SELECT count(*) FROM batch_runs")) == 0


async def test_pipeline_in_use_can_be_archived_but_not_deleted(database: Database) -> None:
    app = await add_app(database)
    unused, planned, ran = [await add_pipeline(database, [app], name) for name in ("u", "p", "r")]
    batch = await add_batch(database, 1, planned)
    await start(database, batch.id, pipeline_id=ran.id)
    for pipeline, why in (
        (planned, "1 batch has it as its pipeline"),
        (ran, "1 batch run uses it. Archive it"),
    ):
        async with database.session() as session:
            with pytest.raises(Conflict, match=why):
                await delete_pipeline(session, pipeline.id)
    async with database.session() as session:
        await delete_pipeline(session, unused.id)
    async with database.session() as session:
        with pytest.raises(NotFound, match=opaque(Kind.PIPELINE, unused.id)):
            await delete_pipeline(session, unused.id)
        left = await session.scalar(
            text("SELECT count(*) FROM pipeline_steps WHERE pipeline_id = :id"), {"id": unused.id}
        )
    assert left == 0
    await update(database, planned, archived=True)
    with pytest.raises(Conflict, match=r"'p' is archived\. Unarchive it first"):
        await start(database, batch.id)
    await update(database, planned, archived=False)
    await start(database, batch.id)


async def test_of_a_concurrent_start_and_deletion_one_succeeds(database: Database) -> None:
    app = await add_app(database)
    for number in range(5):
        pipeline = await add_pipeline(database, [app], f"p{number}")
        batch = await add_batch(database, 1, None, f"b{number}")

        async def delete(key: int = pipeline.id) -> None:
            async with database.session() as session:
                await delete_pipeline(session, key)

        results = await asyncio.gather(
            start(database, batch.id, pipeline_id=pipeline.id), delete(), return_exceptions=True
        )
        failed = [result for result in results if isinstance(result, BaseException)]
        assert len(failed) == 1
        assert isinstance(failed[0], ChowdaError), failed


async def test_parameter_that_an_app_no_longer_has_is_refused_at_the_start(database: Database) -> None:
    app = await add_app(database)
    async with database.session() as session:
        steps = [NewStep(app.id, {"threshold": 0.9})]
        pipeline = await create_pipeline(session, NewPipeline("p", None, steps))
    batch = await add_batch(database, 1, pipeline)
    newer = app_metadata("detector", identifier="http://apps.clams.ai/detector/v2", parameters=[])
    await add_app(database, "detector", metadata=newer)
    with pytest.raises(BadUserInput, match="Step 1: detector has no parameter 'threshold'"):
        await start(database, batch.id)
    await start(database, batch.id, overrides={1: {"threshold": None}})


async def test_deactivated_app_is_refused_for_pipelines_and_starts(database: Database) -> None:
    app = await add_app(database)
    pipeline = await add_pipeline(database, [app])
    batch = await add_batch(database, 1, pipeline)
    async with database.session() as session:
        await update_app(session, app.id, AppChange(active=False))
    for attempt in (
        start(database, batch.id),
        add_pipeline(database, [app], "another"),
        update(database, pipeline, steps=[NewStep(app.id, None)] * 2),
    ):
        with pytest.raises(Conflict, match=r"'detector' is deactivated\. Activate it"):
            await attempt
    async with database.session() as session:
        await update_app(session, app.id, AppChange(active=True))
    await start(database, batch.id)
