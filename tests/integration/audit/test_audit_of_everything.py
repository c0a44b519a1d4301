"""Every mutation of the schema adds a row to the audit log."""

from __future__ import annotations

from typing import Any

from fake_clams import FakeClams
from graphql_client import GraphQLClient
from running_api import RunningApi
from sqlalchemy import text

from chowda.db.database import Database
from chowda.schema import schema

FILE = '{guid: "%s", documents: [{type: VIDEO, location: "file:///%s.mp4"}]}'
FILES = ", ".join(FILE.replace("%s", f"f-{number}") for number in range(1, 9))
BULK = "{ doneCount unchanged { message } }"

# In an order in which each is possible. Keys count from 1 in the order of creation.
ACTIONS = [
    ("addMediaFiles", f"(input: [{FILES}]) {{ guid }}"),
    (
        "updateMediaFile",
        '(input: {guid: "f-1", documents: [{type: AUDIO, location: "file:///a.mp3"}]}) { guid }',
    ),
    ("importMediaFiles", '(input: {text: "guid,location\\nf-9,file:///f-9.mp4"}) { added }'),
    ("createCollection", '(input: {name: "radio", guids: ["f-1"]}) { id }'),
    ("updateCollection", '(input: {id: "coll-1", name: "television"}) { id }'),
    ("addToCollection", '(id: "coll-1", guids: ["f-2"]) { id }'),
    ("removeFromCollection", '(id: "coll-1", guids: ["f-2"]) { id }'),
    ("addManyToCollection", f'(id: "coll-1", guids: ["f-3"]) {BULK}'),
    ("removeManyFromCollection", f'(id: "coll-1", guids: ["f-3"]) {BULK}'),
    ("registerApp", '(input: {endpoint: "%(app)s"}) { id }'),
    ("refreshApp", '(id: "app-1") { id }'),
    ("refreshApps", f'(ids: ["app-1"]) {BULK}'),
    ("updateApp", '(id: "app-1", input: {maxConcurrency: 2}) { id }'),
    ("updateApps", f'(ids: ["app-1"], input: {{maxConcurrency: 3}}) {BULK}'),
    ("importApps", "(descriptions: [%(description)s]) { message }"),
    ("createPipeline", '(input: {name: "one", steps: [{appId: "app-1"}]}) { id }'),
    ("updatePipeline", '(id: "pipe-1", input: {description: "first"}) { id }'),
    ("importPipeline", '(input: {text: "name: two\\nsteps: [audited]"}) { pipeline { id } }'),
    ("importPipeline", '(input: {text: "name: three\\nsteps: [audited]"}) { pipeline { id } }'),
    ("archivePipelines", f'(ids: ["pipe-2"]) {BULK}'),
    ("deletePipeline", '(id: "pipe-2")'),
    ("deletePipelines", f'(ids: ["pipe-3"]) {BULK}'),
    ("createBatch", '(input: {name: "b", pipelineId: "pipe-1", guids: ["f-4", "f-5"]}) { id }'),
    ("createBatchFrom", '(input: {name: "b", pipelineId: "pipe-1", guidText: "f-6"}) { id }'),
    ("createBatchesFromCollections", '(input: {collectionIds: ["coll-1"]}) { id }'),
    ("importBatchDefinition", '(input: {name: "d", text: "asset_id\\nf-7\\n"}) { batch { id } }'),
    ("updateBatch", '(input: {id: "batch-3", name: "new"}) { id }'),
    ("addMmifsToBatch", '(input: {batchId: "batch-3", mmifIds: ["mmif-1"]}) { id }'),
    ("startBatch", '(input: {batchId: "batch-1"}) { id }'),
    ("startBatches", f'(ids: ["batch-2"]) {BULK}'),
    ("deleteBatch", '(id: "batch-3")'),
    ("deleteBatches", f'(ids: ["batch-4"]) {BULK}'),
    ("deleteCollection", '(id: "coll-1")'),
    ("createCollection", '(input: {name: "radio"}) { id }'),
    ("deleteCollections", f'(ids: ["coll-2"]) {BULK}'),
    ("deleteMediaFile", '(guid: "f-8")'),
    ("deleteMediaFiles", f'(guids: ["f-9"]) {BULK}'),
    ("pausePipelineRun", '(id: "prun-1") { id }'),
    ("resumePipelineRun", '(id: "prun-1") { id }'),
    ("cancelPipelineRun", '(id: "prun-1") { id }'),
    ("retryPipelineRun", '(id: "prun-1") { id }'),
    ("pausePipelineRuns", f'(ids: ["prun-1"]) {BULK}'),
    ("resumePipelineRuns", f'(ids: ["prun-1"]) {BULK}'),
    ("cancelPipelineRuns", f'(ids: ["prun-1"]) {BULK}'),
    ("retryPipelineRuns", f'(ids: ["prun-1"]) {BULK}'),
    ("pauseBatchRun", '(id: "brun-1") { id }'),
    ("resumeBatchRun", '(id: "brun-1") { id }'),
    ("setBatchRunPriority", '(id: "brun-1", priority: 1) { id }'),
    ("cancelBatchRun", '(id: "brun-1") { id }'),
    ("retryBatchRun", '(id: "brun-1") { id }'),
    ("pauseBatchRuns", f'(ids: ["brun-1"]) {BULK}'),
    ("resumeBatchRuns", f'(ids: ["brun-1"]) {BULK}'),
    ("setBatchRunPriorities", f'(ids: ["brun-1"], priority: 2) {BULK}'),
    ("cancelBatchRuns", f'(ids: ["brun-1"]) {BULK}'),
    ("retryBatchRuns", f'(ids: ["brun-1"]) {BULK}'),
]
DESCRIPTION = '{name: "planned", description: "for tests", app_version: "v1", mmif_version: "1.1.0", '
DESCRIPTION += 'identifier: "http://apps.clams.ai/planned/v1", url: "https://example.org", input: [], '
DESCRIPTION += "output: [], parameters: []}"


def test_all_mutations_are_listed_here() -> None:
    mutation = schema._schema.mutation_type
    assert mutation is not None
    assert {name for name, _ in ACTIONS} == set(mutation.fields)


async def test_every_mutation_is_recorded_under_its_name(api: RunningApi, database: Database) -> None:
    client = GraphQLClient(api.url)

    async def recorded() -> list[str]:
        found = (await client.execute("{ events(first: 100) { edges { node { action } } } }"))["events"]
        return [edge["node"]["action"] for edge in found["edges"]]

    with FakeClams("audited") as app:
        known = {"app": app.url, "description": DESCRIPTION}
        for number, (name, rest) in enumerate(ACTIONS):
            answer: Any = (await client.execute(f"mutation {{ {name}{rest % known} }}"))[name]
            if isinstance(answer, dict) and "doneCount" in answer:
                assert answer["doneCount"] == 1, (name, answer)
            if name == "registerApp":
                await add_uploaded_mmif(database)
            events = await recorded()
            assert events[:1] == [name], f"{name} added no row"
            assert len(events) == number + 1, f"{name} added more than one row"


async def add_uploaded_mmif(database: Database) -> None:
    async with database.session() as session:
        await session.execute(
            text(
                "INSERT INTO mmifs (media_file_id, sha256, size_bytes, origin) "
                "SELECT id, repeat('0', 64), 1, 'UPLOAD' FROM media_files WHERE guid = 'f-1'"
            )
        )
