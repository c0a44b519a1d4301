"""Import and export of pipelines, recipes and batch definitions through the API."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from factories import TEXT, TIME_FRAME, VIDEO, add_app, add_files, app_metadata
from graphql_client import GraphQLClient, GraphQLFailure
from running_api import RunningApi

from chowda.apps.registry import AppChange, update_app
from chowda.db.database import Database
from chowda.models import ClamsApp
from chowda.pipelines.documents import read_document, read_text

DESCRIPTIONS = Path(__file__).parents[3] / "../shared/data/app-metadata"
CREATE = "mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { id document } }"
DOCUMENT = "query ($id: ID!) { pipeline(id: $id) { yaml: document json: document(format: JSON) } }"
IMPORT = """mutation ($input: ImportPipelineInput!) { importPipeline(input: $input) {
  outcome name ignored problems { message step line } changes { kind words position oldPosition }
  steps { position wanted app { name } choices { id name } parameters retry { attempts codes } }
  pipeline { id name description version steps { position app { name } parameters } }
} }"""
IMPORT_BATCH = """mutation ($input: ImportBatchDefinitionInput!) { importBatchDefinition(input: $input) {
  ignored batch { name mediaFileCount pipeline { name } } } }"""
STEPS = """query ($names: [String!]) { pipelines(filter: {names: $names}) { nodes { name description
  steps { position parameters retry { attempts codes } app { id } } } } }"""


@pytest.fixture
def client(api: RunningApi) -> GraphQLClient:
    return GraphQLClient(api.url)


async def imported(client: GraphQLClient, text: str, **more: Any) -> dict[str, Any]:
    answer = await client.execute(IMPORT, input={"text": text} | more)
    return dict(answer["importPipeline"])


async def refused(client: GraphQLClient, text: str, **more: Any) -> GraphQLFailure:
    """The refusal. A dry run reports the same problems, and neither creates anything."""
    before = await client.execute("{ pipelines { nodes { name version } } }")
    dry = await imported(client, text, dryRun=True, **more)
    with pytest.raises(GraphQLFailure) as caught:
        await imported(client, text, **more)
    assert caught.value.code == "BAD_USER_INPUT"
    assert (dry["outcome"], dry["problems"]) == ("REFUSED", caught.value.extensions["problems"])
    assert await client.execute("{ pipelines { nodes { name version } } }") == before
    return caught.value


def parameter_default(published: dict[str, Any]) -> Any:
    """A published default as the SDK's own model gives it."""
    default = published.get("default")
    if published["type"] == "boolean" and default is not None:
        return bool(default)
    return [default] if published.get("multivalued") and isinstance(default, str) else default


async def scenes_and_text(database: Database) -> tuple[ClamsApp, ClamsApp]:
    swt = app_metadata(
        "swt-detection",
        identifier="http://apps.clams.ai/swt-detection/v8.9",
        inputs=[VIDEO],
        outputs=[TIME_FRAME],
        parameters=[
            {"name": "tpSampleRate", "type": "integer", "default": 1000},
            {"name": "useStitcher", "type": "boolean", "default": True},
            {"name": "tfMinTPScore", "type": "number", "default": 0.5},
            {"name": "tfLabelMap", "type": "map", "multivalued": True, "default": []},
            {"name": "pretty", "type": "boolean", "default": False},
        ],
    )
    ocr = app_metadata(
        "tesseract",
        identifier="http://apps.clams.ai/tesseract/v2.1",
        inputs=[VIDEO, TIME_FRAME],
        outputs=[TEXT],
    )
    return await add_app(database, "SWT", metadata=swt), await add_app(database, "OCR", metadata=ocr)


async def test_exported_pipeline_can_be_imported_as_yaml_and_json(
    client: GraphQLClient, database: Database
) -> None:
    await scenes_and_text(database)
    apps = {
        app["name"]: app["id"]
        for app in (await client.execute("{ apps { nodes { id name } } }"))["apps"]["nodes"]
    }
    labels = {"S": "slate: no", "-": "yes"}
    steps = [
        {
            "appId": apps["SWT"],
            "parameters": {"tfLabelMap": labels, "useStitcher": False, "tfMinTPScore": 1e-3},
        },
        {"appId": apps["OCR"], "retry": {"attempts": 5, "codes": ["APP_ERROR", "APP_BUSY"]}},
        {"appId": apps["SWT"], "parameters": {"tpSampleRate": 500}, "retry": {"attempts": 2}},
    ]
    made = {"name": "Slates: and text", "description": "two\nlines", "steps": steps}
    created = (await client.execute(CREATE, input=made))["createPipeline"]
    before = (await client.execute(STEPS, names=[made["name"]]))["pipelines"]["nodes"]
    written = (await client.execute(DOCUMENT, id=created["id"]))["pipeline"]
    assert json.loads(written["json"])["steps"][0] == {
        "app": "http://apps.clams.ai/swt-detection/v8.9",
        "name": "SWT",
        "parameters": steps[0]["parameters"],
    }
    assert [step.get("retry") for step in json.loads(written["json"])["steps"]] == [
        None,
        {"attempts": 5, "codes": ["APP_BUSY", "APP_ERROR"]},
        {"attempts": 2},
    ]
    assert [step["retry"] for step in before[0]["steps"]] == [
        None,
        {"attempts": 5, "codes": ["APP_BUSY", "APP_ERROR"]},
        {"attempts": 2, "codes": None},
    ]
    for text in written.values():
        assert (await imported(client, text))["outcome"] == "UNCHANGED"
        await client.execute("mutation ($id: ID!) { deletePipeline(id: $id) }", id=created["id"])
        again = await imported(client, text)
        assert again["outcome"] == "CREATED"
        created = again["pipeline"]
        assert (await client.execute(STEPS, names=[made["name"]]))["pipelines"]["nodes"] == before


async def test_existing_name_with_other_steps_needs_as_new_version(
    client: GraphQLClient, database: Database
) -> None:
    await scenes_and_text(database)
    first = "name: p\ndescription: kept\nsteps:\n- http://apps.clams.ai/swt-detection/v8.9\n- OCR\n"
    assert (await imported(client, first))["pipeline"]["description"] == "kept"
    second = "name: p\nsteps:\n- app: SWT\n  parameters: {tpSampleRate: 250}\n"
    error = await refused(client, second)
    assert (
        "pipeline named 'p' already exists with other steps. Import it under another name, or as a new version"
        in str(error)
    )
    dry = await imported(client, second, asNewVersion=True, dryRun=True)
    assert (dry["outcome"], dry["pipeline"]["version"]) == ("NEW_VERSION", 1)
    done = await imported(client, second, asNewVersion=True)
    assert (done["outcome"], done["pipeline"]["version"]) == ("NEW_VERSION", 2)
    assert done["pipeline"]["description"] == "kept"
    words = [change["words"] for change in done["changes"]]
    assert words == ["Step 1 (SWT): tpSampleRate is now 250.", "Step 2 (OCR) was removed."]
    assert dry["changes"] == done["changes"]
    assert (await imported(client, second, name="q"))["outcome"] == "CREATED"


async def test_document_with_another_retry_policy_is_a_new_version(
    client: GraphQLClient, database: Database
) -> None:
    await scenes_and_text(database)
    first = "name: p\nsteps:\n- SWT\n"
    await imported(client, first)
    second = "name: p\nsteps:\n- app: SWT\n  retry: {codes: [APP_ERROR]}\n"
    assert "with other steps" in str(await refused(client, second))
    done = await imported(client, second, asNewVersion=True)
    assert (done["outcome"], done["pipeline"]["version"]) == ("NEW_VERSION", 2)
    assert done["steps"][0]["retry"] == {"attempts": 3, "codes": ["APP_ERROR"]}
    assert [change["words"] for change in done["changes"]] == [
        "Step 1 (SWT): the retry policy is now 3 calls in total, after APP_ERROR."
    ]
    assert (await imported(client, second))["outcome"] == "UNCHANGED"


@pytest.mark.parametrize(
    ("retry", "complaint"),
    [
        ("often", "'retry' must be an object with 'attempts' and 'codes', not 'often'."),
        ("{attempt: 2}", "in 'retry' the key 'attempt' is unknown; did you mean 'attempts'?."),
        (
            "{attempts: 0}",
            "retry.attempts is 0; it must be from 1 (no retry) to 100, the total number of calls.",
        ),
        ("{attempts: true}", "retry.attempts must be a whole number, not True."),
        ("{codes: APP_BUSY}", "retry.codes must be a list of codes, not 'APP_BUSY'."),
        ("{codes: [APP_BUZY]}", "retry.codes: the code 'APP_BUZY' is unknown; did you mean 'APP_BUSY'?."),
        ("{codes: [[]]}", "retry.codes: the code [] is unknown; known are APP_UNREACHABLE, "),
        ("{codes: [WORKER_LOST]}", "retry.codes has WORKER_LOST, which a policy cannot change"),
    ],
)
def test_invalid_retry_policy_is_reported_with_line_and_step(retry: str, complaint: str) -> None:
    text = f"name: p\nsteps:\n- SWT\n- app: OCR\n  retry: {retry}\n"
    [problem] = read_document(*read_text(text)).problems
    assert (problem.line, problem.step) == (4, 2)
    assert problem.message.startswith(complaint)


async def test_all_problems_are_reported_with_line_and_step(
    client: GraphQLClient, database: Database
) -> None:
    await scenes_and_text(database)
    text = (
        "chowda: pipeline\nname: p\ncolour: red\nsteps:\n- app: SWT\n  paramters: {}\n- app: unregistered\n"
        "- app: SWT\n  parameters:\n    tpSampleRate: often\n- parameters: {}\n"
    )
    problems = (await refused(client, text)).extensions["problems"]
    assert [(problem["line"], problem["step"]) for problem in problems] == [
        (1, None),
        (5, 1),
        (11, 4),
        (7, 2),
        (8, 3),
    ]
    messages = [problem["message"] for problem in problems]
    assert messages[0].startswith("Line 1: the key 'colour' is unknown; known are chowda, name")
    assert "the key 'paramters' is unknown; did you mean 'parameters'?" in messages[1]
    assert "names no app" in messages[2]
    assert "no app is registered for unregistered. Register it, or import its metadata" in messages[3]
    assert "'tpSampleRate' must be a whole number; 'often' is a string" in messages[4]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name: p", "The document has no steps"),
        ("- a\n- b", "must be an object with"),
        ("chowda: batch\nname: p\nsteps: [SWT]", "has the kind 'batch', not 'pipeline'"),
        ("steps: [SWT]", "has no name"),
        ("name: p\nsteps: [OCR]", r"Step 1 \(tesseract\) needs TimeFrame"),
        ("name: [1]\nsteps: [SWT]", "'name' must be text"),
        ('{"name": "p", "steps": [{"app": "SWT"}', "not JSON: line 1, column"),
        ('{"name": "p", "name": "q", "steps": ["SWT"]}', "the key 'name' occurs twice"),
        ("name: p\nsteps: [&a SWT, *a]", "line 2: anchors and aliases"),
        ('{"name": "p", "steps": [{"app": "SWT", "parameters": {"tfMinTPScore": NaN}}]}', "finite"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
async def test_invalid_document_is_refused(
    client: GraphQLClient, database: Database, text: str, complaint: str
) -> None:
    await scenes_and_text(database)
    error = await refused(client, text)
    assert re.search(complaint, str(error)), str(error)


async def test_another_version_of_an_app_is_only_a_choice(client: GraphQLClient, database: Database) -> None:
    await scenes_and_text(database)
    text = "name: p\nsteps:\n- app: http://apps.clams.ai/swt-detection/v7.4\n"
    error = await refused(client, text)
    assert (
        "but there is 'SWT' (http://apps.clams.ai/swt-detection/v8.9). To use it, choose it with `apps`"
        in str(error)
    )
    [step] = (await imported(client, text, dryRun=True))["steps"]
    assert (step["app"], [choice["name"] for choice in step["choices"]]) == (None, ["SWT"])
    chosen = [{"position": 1, "appId": step["choices"][0]["id"]}]
    done = await imported(client, text, apps=chosen)
    assert done["pipeline"]["steps"] == [{"position": 1, "app": {"name": "SWT"}, "parameters": {}}]
    error = await refused(client, text, apps=[{"position": 2, "appId": chosen[0]["appId"]}])
    assert "`apps` names step 2; the number of steps in the document is 1" in str(error)


async def test_name_or_activity_decides_between_apps_of_one_identifier(
    client: GraphQLClient, database: Database
) -> None:
    swt, _ = await scenes_and_text(database)
    second = await add_app(database, "SWT on the other machine", metadata=swt.description)
    identifier = "http://apps.clams.ai/swt-detection/v8.9"
    error = await refused(client, f"name: p\nsteps:\n- app: {identifier}\n")
    assert "2 apps match http://apps.clams.ai/swt-detection/v8.9: 'SWT' (" in str(error)
    named = f"name: p\nsteps:\n- app: {identifier}\n  name: {second.name}\n"
    assert (await imported(client, named, dryRun=True))["steps"][0]["app"]["name"] == second.name
    async with database.session() as session:
        await update_app(session, second.id, AppChange(active=False))
    left = await imported(client, f"name: p\nsteps:\n- app: {identifier}\n", dryRun=True)
    assert left["steps"][0]["app"]["name"] == "SWT"
    assert "is deactivated" in str(await refused(client, named))


async def test_recipe_becomes_a_pipeline_and_ignored_keys_are_named(
    client: GraphQLClient, database: Database
) -> None:
    swt, ocr = await scenes_and_text(database)
    recipe = {
        "id": "visaid_swt89",
        "local_base": "/home/USER/",
        "parallel": 4,
        "clams_apps": [
            {"image": "ghcr.io/clamsproject/app-swt-detection:v8.9", "gpus": "all"},
            {"endpoint": f"{ocr.endpoint}/"},
        ],
        "clams_params": [
            {
                "pretty": "true",
                "useStitcher": "False",
                "tpSampleRate": "250",
                "tfMinTPScore": "0.05",
                "tfLabelMap": {"S": "slate", "-": "-"},
            },
            {},
        ],
        "post_procs": [],
    }
    done = await imported(client, json.dumps(recipe))
    assert (done["outcome"], done["name"]) == ("CREATED", "visaid_swt89")
    assert done["ignored"] == ["local_base", "parallel", "post_procs", "clams_apps[1].gpus"]
    assert done["pipeline"]["steps"] == [
        {
            "position": 1,
            "app": {"name": "SWT"},
            "parameters": {
                "pretty": True,
                "useStitcher": False,
                "tpSampleRate": 250,
                "tfMinTPScore": 0.05,
                "tfLabelMap": {"S": "slate", "-": "-"},
            },
        },
        {"position": 2, "app": {"name": "OCR"}, "parameters": {}},
    ]
    older = {
        "id": "FILL",
        "clams_run_cli": False,
        "clams_endpoints": [swt.endpoint, "http://localhost:1"],
        "clams_params": [{"tpModelName": "tiny"}, {"x": 1}],
    }
    error = await refused(client, json.dumps(older), name="older")
    assert "Step 1: swt-detection has no parameter 'tpModelName'" in str(error)
    assert "Step 2: no app is registered at http://localhost:1. Register it" in str(error)
    image = {"id": "x", "clams_images": ["ghcr.io/clamsproject/app-swt-detection:v7.4"]}
    error = await refused(client, json.dumps(image))
    assert "but there is 'SWT' (http://apps.clams.ai/swt-detection/v8.9)" in str(error)


async def test_batch_definition_becomes_a_batch(client: GraphQLClient, database: Database) -> None:
    files = await add_files(database, 2)
    text = "asset_id,sonyci_id\n" + "".join(f"{file.guid},x\n" for file in files)
    done = (await client.execute(IMPORT_BATCH, input={"text": text, "name": "kitchen"}))[
        "importBatchDefinition"
    ]
    assert done == {
        "ignored": ["sonyci_id"],
        "batch": {"name": "kitchen", "mediaFileCount": 2, "pipeline": None},
    }
    with pytest.raises(GraphQLFailure, match="1 GUID is unknown: ") as caught:
        await client.execute(IMPORT_BATCH, input={"text": f"{text}unknown-1,x\n", "name": "kitchen"})
    assert caught.value.extensions["guids"] == ["unknown-1"]


@pytest.mark.skipif(not DESCRIPTIONS.is_dir(), reason="no shared/data beside the checkout")
async def test_pipeline_of_real_apps_is_planned_from_their_metadata(
    client: GraphQLClient,
) -> None:
    descriptions = [json.loads(path.read_text()) for path in sorted(DESCRIPTIONS.glob("*.json"))]
    added = await client.execute(
        "mutation ($all: [JSON!]!) { importApps(descriptions: $all) { outcome app { name parameters "
        "{ name type multivalued choices default required } health { status } } } }",
        all=descriptions,
    )
    assert {result["outcome"] for result in added["importApps"]} == {"ADDED"}
    for described, result in zip(descriptions, added["importApps"], strict=True):
        wanted = [
            (p["name"], p["type"].upper(), p.get("choices"), parameter_default(p))
            for p in described["parameters"]
        ]
        imported_parameters = [
            (p["name"], p["type"], p["choices"], p["default"]) for p in result["app"]["parameters"]
        ]
        assert imported_parameters == wanted
        assert result["app"]["health"] == {"status": "NO_ENDPOINT"}
    text = (
        "name: text on slates\nsteps:\n- app: http://apps.clams.ai/swt-detection/v8.9\n  parameters:\n"
        "    tpSampleRate: 500\n    tfLabelMap: {S: slate}\n- app: http://apps.clams.ai/tesseract/v2.1\n"
    )
    done = await imported(client, text)
    assert (done["outcome"], done["pipeline"]["version"]) == ("CREATED", 1)
    effective = await client.execute(
        "query ($id: ID!) { pipeline(id: $id) { warnings steps { parameters effectiveParameters } } }",
        id=done["pipeline"]["id"],
    )
    first = effective["pipeline"]["steps"][0]
    assert first["parameters"] == {"tpSampleRate": 500, "tfLabelMap": {"S": "slate"}}
    assert len(first["effectiveParameters"]) == 19
    assert first["effectiveParameters"]["tpSampleRate"] == 500
    assert first["effectiveParameters"]["tpModelName"] == "convnextv2_tiny"
    assert effective["pipeline"]["warnings"] == [
        f"Step {position} ({name}): the app is known by its description alone; it has no endpoint."
        for position, name in ((1, "Scenes-with-text Detection"), (2, "TesseractOCR Wrapper"))
    ]
