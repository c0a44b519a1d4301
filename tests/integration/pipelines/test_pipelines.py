from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from factories import TEXT, TIME_FRAME, VIDEO, add_app, app_metadata

from chowda.db.database import Database
from chowda.errors import BadUserInput, Conflict, LimitExceeded, NotFound
from chowda.models import ClamsApp, Pipeline
from chowda.pipelines.service import NewPipeline, NewStep, create_pipeline, steps_of


async def create(
    database: Database,
    steps: Sequence[tuple[ClamsApp, object]],
    name: str = "p",
    description: str | None = None,
) -> Pipeline:
    async with database.session() as session:
        new = NewPipeline(name, description, [NewStep(app.id, parameters) for app, parameters in steps])
        return await create_pipeline(session, new)


async def detector_and_reader(database: Database) -> tuple[ClamsApp, ClamsApp]:
    detector = await add_app(database, "detector")
    reader = await add_app(
        database, "reader", metadata=app_metadata("reader", inputs=[VIDEO, TIME_FRAME], outputs=[TEXT])
    )
    return detector, reader


async def test_an_app_may_occur_twice_with_different_parameters(database: Database) -> None:
    detector, reader = await detector_and_reader(database)
    pipeline = await create(
        database, [(detector, {"mode": "slow"}), (reader, None), (detector, {"threshold": 0.9})]
    )
    async with database.session() as session:
        steps = (await steps_of(session, [pipeline.id]))[pipeline.id]
    assert [(step.position, step.clams_app_id, step.parameters) for step in steps] == [
        (1, detector.id, {"mode": "slow"}),
        (2, reader.id, {}),
        (3, detector.id, {"threshold": 0.9}),
    ]


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"treshold": 1}, "Step 2: .*no parameter 'treshold'. Did you mean threshold"),
        ({"threshold": "high"}, "Step 2: .*'threshold' must be a finite number"),
        ({"mode": "slowest"}, "Step 2: .*must be one of 'fast', 'slow'"),
        ({"threshold": float("nan")}, "Step 2: .*not finite"),
        ([1], r"Step 2: The parameters must be an object like {\"name\": value}, not \[1\]"),
        ("x", "Step 2: The parameters must be an object"),
        ({"mode": "a\0"}, "Step 2: .*NUL"),
        ({"\ud800": 1}, "Step 2: .*lone surrogate"),
        ({"mode": "x" * 100_000}, "Step 2: The parameters have 100,0.. characters"),
    ],
)
async def test_invalid_parameters_are_refused_with_the_step(
    database: Database, parameters: object, complaint: str
) -> None:
    detector, _ = await detector_and_reader(database)
    with pytest.raises(BadUserInput, match=complaint) as caught:
        await create(database, [(detector, {}), (detector, parameters)])
    assert caught.value.extensions["step"] == 2


async def test_parameter_without_a_default_is_required(database: Database) -> None:
    needy = app_metadata("needy", parameters=[{"name": "label", "type": "string", "description": "which"}])
    app = await add_app(database, "needy", metadata=needy)
    with pytest.raises(BadUserInput, match=r"Step 1: needy needs label \(string\)"):
        await create(database, [(app, None)])
    await create(database, [(app, {"label": "slate"})])


async def test_step_without_its_input_is_refused_by_name(database: Database) -> None:
    detector, reader = await detector_and_reader(database)
    with pytest.raises(BadUserInput, match=r"Step 1 \(reader\) needs TimeFrame"):
        await create(database, [(reader, None), (detector, None)])
    await create(database, [(detector, None), (reader, None)])


async def test_types_are_the_same_across_versions_of_the_vocabulary(database: Database) -> None:
    older = app_metadata("older", outputs=["http://mmif.clams.ai/vocabulary/TimeFrame/v1"])
    detector = await add_app(database, "older", metadata=older)
    _, reader = await detector_and_reader(database)
    pipeline = await create(database, [(detector, None), (reader, None)])
    async with database.session() as session:
        steps = (await steps_of(session, [pipeline.id]))[pipeline.id]
    assert [step.clams_app_id for step in steps] == [detector.id, reader.id]


async def test_pipeline_needs_a_unique_name_and_1_to_100_steps(database: Database) -> None:
    detector, _ = await detector_and_reader(database)
    await create(database, [(detector, None)], "p")
    with pytest.raises(Conflict, match="pipeline named 'p' already exists"):
        await create(database, [(detector, None)], " p ")
    with pytest.raises(BadUserInput, match="name is empty"):
        await create(database, [(detector, None)], "\t")
    with pytest.raises(BadUserInput, match="has no steps"):
        await create(database, [], "q")
    with pytest.raises(LimitExceeded, match="101 steps"):
        await create(database, [(detector, None)] * 101, "q")
    with pytest.raises(BadUserInput, match="description contains a NUL"):
        await create(database, [(detector, None)], "q", "a\0")
    await create(database, [(detector, None)] * 100, "q")


async def test_unknown_app_is_not_found(database: Database) -> None:
    async with database.session() as session:
        with pytest.raises(NotFound, match="no app with the ID 'app-rr'"):
            await create_pipeline(session, NewPipeline("p", None, [NewStep(999, None)]))


async def test_of_concurrent_pipelines_with_one_name_one_is_created(database: Database) -> None:
    detector, _ = await detector_and_reader(database)
    results = await asyncio.gather(
        *(create(database, [(detector, None)]) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(result, Pipeline) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 4
