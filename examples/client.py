"""A whole client: python examples/client.py media.json http://127.0.0.1:5001 http://127.0.0.1:5002"""
import asyncio
import json
import os
import sys
from pathlib import Path

import httpx
from gql import Client, gql
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

REGISTER = "mutation ($input: RegisterAppInput!) { registerApp(input: $input) { id } }"
ADD = "mutation ($input: [MediaFileInput!]!) { addMediaFiles(input: $input) { guid } }"
PIPELINE = "mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { id } }"
BATCH = "mutation ($input: CreateBatchInput!) { createBatch(input: $input) { id } }"
START = "mutation ($input: StartBatchInput!) { startBatch(input: $input) { id } }"
WATCH = "subscription ($id: ID!) { batchRun(id: $id) { status percent steps { app { name } percent } } }"

async def main(manifest: Path, *endpoints: str) -> None:
    url, name = os.environ.get("CHOWDA_URL", "http://127.0.0.1:8000"), f"client.py, {os.getpid()}"
    media = {item["guid"]: manifest.parent / item["path"] for item in json.loads(manifest.read_text())["media"]}
    files = [{"guid": guid, "documents": [{"type": "VIDEO", "location": media[guid].as_uri()}]} for guid in media]
    async with Client(transport=HTTPXAsyncTransport(f"{url}/graphql", timeout=60)) as chowda:
        async def ask(document: str, **variables: object) -> dict:
            return next(iter((await chowda.execute(gql(document), variable_values=variables)).values()))
        steps = [{"appId": (await ask(REGISTER, input={"endpoint": endpoint}))["id"]} for endpoint in endpoints]
        await ask(ADD, input=files)
        pipeline = await ask(PIPELINE, input={"name": name, "steps": steps})
        batch = await ask(BATCH, input={"name": name, "pipelineId": pipeline["id"], "guids": list(media)})
        run = await ask(START, input={"batchId": batch["id"]})
        async with Client(transport=WebsocketsTransport(f"ws{url.removeprefix('http')}/graphql")) as live:
            async for event in live.subscribe(gql(WATCH), variable_values=run):
                print(event["batchRun"])
    mmif = httpx.get(f"{url}/batch-runs/{run['id']}/mmif.zip", timeout=None)
    Path("mmif.zip").write_bytes(mmif.raise_for_status().content)

asyncio.run(main(Path(sys.argv[1]).resolve(), *sys.argv[2:]))
