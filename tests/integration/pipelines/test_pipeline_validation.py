"""The checkPipeline query: problems and input sources of steps before a pipeline is created."""

from __future__ import annotations

from typing import Any

import pytest
from factories import TEXT, TIME_FRAME, VIDEO, add_app, app_metadata
from graphql_client import GraphQLClient, GraphQLFailure
from running_api import RunningApi

from chowda.apps.registry import AppChange, update_app
from chowda.db.database import Database
from chowda.ids import Kind, opaque

CHECK = """query ($steps: [PipelineStepInput!]!) { checkPipeline(steps: $steps) {
  position inputs { oneOf required fromDocuments fromSteps } problems { parameter message } } }"""
CREATE = "mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { id } }"
OLDER_TIME_FRAME = "http://mmif.clams.ai/vocabulary/TimeFrame/v1"


@pytest.fixture
def client(api: RunningApi) -> GraphQLClient:
    return GraphQLClient(api.url)


async def app_id(database: Database, name: str, **metadata: Any) -> str:
    app = await add_app(database, name, metadata=app_metadata(name, **metadata))
    return opaque(Kind.APP, app.id)


async def check(client: GraphQLClient, *steps: dict[str, Any]) -> list[dict[str, Any]]:
    return list((await client.execute(CHECK, steps=list(steps)))["checkPipeline"])


async def test_each_step_lists_the_sources_of_its_inputs(client: GraphQLClient, database: Database) -> None:
    scenes = await app_id(database, "scenes")
    ocr = await app_id(database, "ocr", inputs=(VIDEO, OLDER_TIME_FRAME), outputs=(TEXT,))
    optional = [{"@type": TEXT, "required": False}]
    words = await app_id(database, "words", input=[[{"@type": TEXT}, {"@type": VIDEO}], *optional])
    finer = await app_id(database, "finer", inputs=(TIME_FRAME,), outputs=(TIME_FRAME,))
    found = await check(client, *({"appId": app} for app in (scenes, finer, ocr, words)))
    assert [step["problems"] for step in found] == [[], [], [], []]
    video = {"oneOf": ["VideoDocument"], "required": True, "fromDocuments": True, "fromSteps": []}
    frames = {"oneOf": ["TimeFrame"], "required": True, "fromDocuments": False, "fromSteps": [1, 2]}
    only_first = {**frames, "fromSteps": [1]}
    text = {"oneOf": ["TextDocument"], "required": False, "fromDocuments": True, "fromSteps": [3]}
    either = {**text, "oneOf": ["TextDocument", "VideoDocument"], "required": True}
    assert [step["inputs"] for step in found] == [[video], [only_first], [video, frames], [either, text]]


async def test_all_problems_are_reported_with_their_parameter(
    client: GraphQLClient, database: Database
) -> None:
    needs = app_metadata("needs")["parameters"] + [
        {"name": "label", "type": "string", "description": "which"}
    ]
    ocr = await app_id(database, "ocr", inputs=(TIME_FRAME,), outputs=(TEXT,), parameters=needs)
    wrong = {"threshold": "high", "mode": "slowest", "treshold": 1}
    policy = {"attempts": 0}
    first, second = await check(
        client, {"appId": ocr, "parameters": wrong, "retry": policy}, {"appId": ocr, "parameters": 5}
    )
    messages = {problem["parameter"]: problem["message"] for problem in first["problems"]}
    assert list(messages) == [None, "threshold", "mode", "treshold", "label"]
    assert "must be a finite number; 'high' is a string" in messages["threshold"]
    assert "must be one of 'fast', 'slow'" in messages["mode"]
    assert "Did you mean threshold" in messages["treshold"]
    assert messages["label"] == "ocr needs label: it has no default."
    whole = [problem["message"] for problem in first["problems"] if problem["parameter"] is None]
    assert "attempts" in whole[0]
    assert whole[1].startswith("Step 1 (ocr) needs TimeFrame, which neither the media documents nor")
    assert "must be an object" in second["problems"][0]["message"]


async def test_deactivated_app_and_too_long_request_are_problems(
    client: GraphQLClient, database: Database
) -> None:
    text = {"name": "prompt", "type": "string", "default": "", "description": "what to say"}
    app = await add_app(database, "prompted", metadata=app_metadata("prompted", parameters=[text]))
    step = {"appId": opaque(Kind.APP, app.id), "parameters": {"prompt": "x" * 5000}}
    [found] = await check(client, step)
    assert "make a request line of" in found["problems"][0]["message"]
    async with database.session() as session:
        await update_app(session, app.id, AppChange(active=False))
    [found] = await check(client, {"appId": step["appId"]})
    assert "The app 'prompted' is deactivated" in found["problems"][0]["message"]


async def test_steps_without_problems_make_a_pipeline(client: GraphQLClient, database: Database) -> None:
    scenes = await app_id(database, "scenes")
    ocr = await app_id(database, "ocr", inputs=(VIDEO, TIME_FRAME), outputs=(TEXT,))
    for name, steps in {
        "good": [{"appId": scenes}, {"appId": ocr}],
        "the wrong way round": [{"appId": ocr}, {"appId": scenes}],
        "wrong value": [{"appId": scenes, "parameters": {"mode": "x"}}],
        "wrong policy": [{"appId": scenes, "retry": {"attempts": 1000}}],
    }.items():
        problems = [problem for step in await check(client, *steps) for problem in step["problems"]]
        answer = await client.answer(CREATE, input={"name": name, "steps": steps})
        assert (not problems) == ("errors" not in answer) == (name == "good"), name


async def test_unknown_app_and_too_many_steps_are_refused(client: GraphQLClient, database: Database) -> None:
    assert await check(client) == []
    with pytest.raises(GraphQLFailure) as caught:
        await check(client, {"appId": "app-zz"})
    assert caught.value.code == "NOT_FOUND"
    scenes = await app_id(database, "scenes")
    with pytest.raises(GraphQLFailure) as caught:
        await check(client, *([{"appId": scenes}] * 101))
    assert caught.value.code == "LIMIT_EXCEEDED"
