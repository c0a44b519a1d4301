"""GUIDs with unusual characters are refused with a reason, or are the same in every output."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
import zipfile
from pathlib import Path

import httpx
import pytest
from engine import ended
from factories import add_app, add_pipeline, app_metadata
from raw_app import RawApp, http
from running_api import RunningApi
from table_checksums import table_checksums

from chowda.db.database import Database
from chowda.guid_rule import GuidRule
from chowda.ids import Kind, number_of

ADD = "mutation A($input: [MediaFileInput!]!) { addMediaFiles(input: $input) { guid } }"
CREATE = (
    'mutation C($guids: [String!]!, $id: ID!) { createBatch(input: {name: "awkward", guids: $guids, pipelineId: $id}) '
    "{ id } }"
)
START = "mutation S($id: ID!) { startBatch(input: {batchId: $id}) { id } }"
RESULTS = """query R($id: ID!) { batchRun(id: $id) {
    pipelineRuns { edges { node { status mediaFile { guid } mmif { url } } } } } }"""
FIND = "query F($guid: String!) { mediaFile(guid: $guid) { guid } }"

REFUSED = {
    "nothing": "",
    "white space": "\u00a0 \u3000",
    "white space around it": " a ",
    "a new line": "a\nb",
    "a carriage return": "a\r\nX-Injected: 1",
    "a tab": "a\tb",
    "NUL": "a\0b",
    "an escape sequence": "\x1b[2Jred",
    "a C1 control character": "a\x9bb",
    "half a character": "a\ud800",
    "the other half": "\udc00a",
    "a line separator": "a\u2028b",
    "a paragraph separator": "a\u2029b",
    "256 characters": "x" * 256,
    "a megabyte": "x" * 2**20,
}

ACCEPTED = {
    "single quote": "o'brien",
    "double quotes": 'say "cheese"',
    "SQL": "'; DROP TABLE media_files; --",
    "slash": "a/b",
    "absolute path": "/etc/passwd",
    "path traversal": "../../../../tmp/escaped",
    "dots": "..",
    "dot": ".",
    "hidden": ".bashrc",
    "backslashes": "..\\..\\windows",
    "drive": "C:\\x",
    "percent": "100%",
    "percent-encoded": "%2e%2e%2f%00",
    "format": "%s%n{0}{guid}",
    "query": "a?b=c&d=e#f",
    "plus and space": "a + b",
    "semicolon": "a;b",
    "leading dash": "-rf",
    "two dashes": "--help",
    "glob": "*",
    "shell": "$(touch x)`id`|&>",
    "markup": "[bold red]x[/]",
    "html": "<script>alert(1)</script>",
    "device": "NUL",
    "tilde": "~root",
    "emoji": "🎞️📼",
    "family": "👩‍👩‍👧‍👦",
    "right to left": "שלום\u200f\u202eevil",
    "zero width": "a\u200bb",
    "byte order mark": "\ufeffa",
    "noncharacter": "a\uffffb",
    "beyond the first plane": "\U0010ffff",
    "composed": "é",
    "capital": "CASE",
    "small": "case",
    "255 characters": "ä" * 255,
    "255 wide ones": "📼" * 255,
}


def media(guid: str, location: str = "file:///data/a.mp4") -> dict[str, object]:
    return {"guid": guid, "documents": [{"type": "VIDEO", "location": location}]}


async def execute(client: httpx.AsyncClient, query: str, **variables: object) -> dict[str, object]:
    body = json.dumps({"query": query, "variables": variables}).encode()  # escapes lone surrogates
    answer = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    return dict(answer.json())


@pytest.mark.parametrize("what", REFUSED)
async def test_invalid_guid_is_refused_and_nothing_is_added(
    what: str, client: httpx.AsyncClient, database: Database
) -> None:
    before = await table_checksums(database)
    answer = await execute(client, ADD, input=[media("fine"), media(REFUSED[what])])
    [error] = answer["errors"]  # type: ignore[misc]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "GUID" in error["message"]
    assert error["message"].isprintable()
    assert len(error["message"]) < 500
    assert await table_checksums(database) == before


async def test_unusual_guids_are_the_same_everywhere(
    client: httpx.AsyncClient,
    api: RunningApi,
    database: Database,
    worker: None,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    guids = list(ACCEPTED.values())
    answer = await execute(
        client, ADD, input=[media(guid, f"file:///data/{n}.mp4") for n, guid in enumerate(guids)]
    )
    assert [file["guid"] for file in answer["data"]["addMediaFiles"]] == guids  # type: ignore[index]
    for guid in guids:
        assert await execute(client, FIND, guid=guid) == {"data": {"mediaFile": {"guid": guid}}}

    with RawApp(app_metadata("awkward", mmif_version="1.0.5"), lambda sent: ()) as app:
        app.answer = lambda sent: [http(app.good(sent))]
        registered = await add_app(
            database, "awkward", endpoint=app.url, max_concurrency=4, metadata=app.metadata
        )
        pipeline = await add_pipeline(database, [registered], "awkward")
        batch = (await execute(client, CREATE, guids=guids, id=f"pipe-{pipeline.id}"))["data"]["createBatch"][
            "id"
        ]  # type: ignore[index]
        run = (await execute(client, START, id=batch))["data"]["startBatch"]["id"]  # type: ignore[index]
        assert (await ended(database, number_of(Kind.BATCH_RUN, run) or 0)).status == "FINISHED"

    found = await execute(client, RESULTS, id=run)
    nodes = [edge["node"] for edge in found["data"]["batchRun"]["pipelineRuns"]["edges"]]  # type: ignore[index]
    assert sorted(node["mediaFile"]["guid"] for node in nodes) == sorted(guids)
    contents = {node["mediaFile"]["guid"]: (await client.get(node["mmif"]["url"])).content for node in nodes}
    assert len(set(contents.values())) == len(guids), "each file has its own location"

    for guid, content in contents.items():  # the GUID in a URL
        sent = await client.post(
            "/mmif", params={"guid": guid}, content=content, headers={"Content-Type": "application/json"}
        )
        assert sent.status_code == 201, (guid, sent.text)
        assert sent.json()["guid"] == guid
        assert sent.headers["location"].isascii()

    answer = await client.get(f"/batch-runs/{run}/mmif.zip")
    assert answer.headers["content-disposition"] == f'attachment; filename="{run}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = archive.namelist()
        assert sorted(archive.read(name) for name in names) == sorted(contents.values())
    for name in names:
        assert name.isascii()
        assert len(name.encode()) <= 255
        assert "/" not in name and "\\" not in name and not name.startswith((".", "-"))
    assert len({name.casefold() for name in names}) == len(guids)

    directory = tmp_path / "fetched"
    command = [
        sys.executable,
        "-m",
        "chowda",
        "mmif",
        "get",
        run,
        "--out",
        str(directory),
        "--url",
        api.url,
        "--json",
    ]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    printed, _ = await process.communicate()
    assert process.returncode == 0
    report = json.loads(printed)
    files = {file["guid"]: Path(file["path"]) for file in report["files"]}
    assert {guid: path.read_bytes() for guid, path in files.items()} == contents
    assert {path.parent for path in files.values()} == {directory}
    assert sorted(directory.iterdir()) == sorted(files.values()), "no other files in the directory"
    assert all("\n" not in record.getMessage() for record in caplog.records)


async def test_unknown_guids_are_listed(client: httpx.AsyncClient, database: Database) -> None:
    before = await table_checksums(database)
    unknown = [f"no {guid}" for guid in ACCEPTED.values()] + list(REFUSED.values())
    answer = await execute(client, CREATE, guids=unknown, id="pipe-1")
    [error] = answer["errors"]  # type: ignore[misc]
    if error["extensions"]["code"] == "NOT_FOUND":  # this test ran alone: no pipeline
        return
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["guids"] == unknown
    assert await table_checksums(database) == before


@pytest.mark.parametrize("guid", [*REFUSED.values(), "unknown", "\ufffd"])
async def test_upload_for_an_unknown_guid_is_refused(client: httpx.AsyncClient, guid: str) -> None:
    shown = guid.encode("utf-8", "replace").decode()[:20_000]
    answer = await client.post(
        "/mmif", params={"guid": shown}, content=b"{}", headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]["code"] in ("BAD_USER_INPUT", "NOT_FOUND")
    assert answer.json()["error"]["message"].isprintable()


@pytest.mark.parametrize(
    ("stored", "other"),
    [
        ("cpb-aacip-507-0r9m32nr3f", "cpb-aacip/507-0r9m32nr3f"),
        ("cpb-aacip-507-1r9m32nr3f", "cpb-aacip_507-1r9m32nr3f"),
        ("cpb-aacip-507-2r9m32nr3f", "cpb/aacip/507-2r9m32nr3f"),
        ("caf\u00e9-1", "cafe\u0301-1"),
        ("\u1ed9-1", "o\u0302\u0323-1"),
        ("\uac00-1", "\u1100\u1161-1"),
        ("\u00c5-1", "\u212b-1"),
    ],
)
async def test_spellings_of_one_guid_are_one_media_file(
    client: httpx.AsyncClient, stored: str, other: str
) -> None:
    for guid in (other, stored, other):
        answer = await execute(client, ADD, input=[media(guid)])
        assert answer == {"data": {"addMediaFiles": [{"guid": stored}]}}
        assert await execute(client, FIND, guid=guid) == {"data": {"mediaFile": {"guid": stored}}}
    read = "query R($t: String!) { readGuids(text: $t, format: CSV) { found unknown repeated } }"
    answer = await execute(client, read, t=f"guid\n{other}\n{stored}\n")
    assert answer == {"data": {"readGuids": {"found": [stored], "unknown": [], "repeated": [stored]}}}
    name = f"spelling of {stored}"
    create = (
        (
            "mutation C($name: String!, $guids: [String!]!, $text: String!) {"
            " createBatchFrom(input: {name: $name, guidText: $text}) { mediaFileCount }"
            " createCollection(input: {name: $name, guids: $guids}) { mediaFileCount }"
            ' updateMediaFile(input: {guid: $text, documents: [{type: VIDEO, location: "/b.mp4"}]}) { guid }'
            ' importMediaFiles(input: {text: $text, location: "/b.mp4", format: CSV}) { unchanged } }'
        )
        .replace("{text: $text,", "{text: $csv,")
        .replace("$text: String!)", "$text: String!, $csv: String!)")
    )
    answer = await execute(client, create, name=name, guids=[other], text=other, csv=f"guid\n{other}\n")
    assert answer == {
        "data": {
            "createBatchFrom": {"mediaFileCount": 1},
            "createCollection": {"mediaFileCount": 1},
            "updateMediaFile": {"guid": stored},
            "importMediaFiles": {"unchanged": 1},
        }
    }
    uploaded = await client.post(
        "/mmif", params={"guid": other}, content=b"{}", headers={"Content-Type": "application/json"}
    )
    assert uploaded.status_code == 400, "the file is found, the MMIF is refused"


async def test_other_guid_rules_distinguish_spellings_of_the_american_archive() -> None:
    assert GuidRule.parse("stem").canonical("cpb-aacip/507") == "cpb-aacip/507"
    assert GuidRule.parse("aapb").canonical("cpb-aacip-") == "cpb-aacip-"
