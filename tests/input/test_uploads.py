"""Uploaded MMIF is refused with a reason and not stored, or becomes the newest MMIF of its file."""

from __future__ import annotations

import gzip
import json
import random
import socket
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from engine import ended, step_runs
from factories import add_app, add_batch, add_files, add_pipeline, app_metadata
from peak_memory import SMAPS, Peak
from raw_app import RawApp, http
from running_api import RunningApi
from sqlalchemy import select
from table_checksums import table_checksums

from chowda.batches.service import NewBatch, create_batch
from chowda.clams.mmif import initial_mmif, outline
from chowda.clams.vocabulary import version_key
from chowda.config import Settings
from chowda.db.database import Database
from chowda.enums import DocumentType
from chowda.ids import Kind, opaque
from chowda.models import Mmif
from chowda.runs.start import Start, start_batch

DATA = Path(__file__).parents[3] / "shared/data/mmif"
JSON = {"Content-Type": "application/json"}
MEGABYTE = 1 << 20
DEEP = 200_000
GUID = "cpb-aacip-000001"
VERSIONS = ("0.1.0", "0.2.1", "0.3.0", "0.4.0", "0.4.2", "0.5.0", "1.0.0", "1.0.5", "1.1.0", "1.1.1", "1.2.0")


def mmif_of(guid: str = GUID, version: str = "1.1.0", **more: object) -> bytes:
    made = json.loads(initial_mmif(guid, [(DocumentType.VIDEO, f"file:///data/{guid}.video", None)], version))
    return json.dumps(made | more).encode()


def with_annotation_type(value: bytes) -> bytes:
    views = [{"id": "v_0", "metadata": {"app": "http://x/y"}, "annotations": [{"@type": "HERE"}]}]
    return mmif_of(views=views).replace(b'"HERE"', value)


@pytest.fixture(autouse=True)
async def media_file(database: Database) -> None:
    await add_files(database, 1)


def stored_files(settings: Settings) -> list[Path]:
    """All files in the store and the work directory."""
    return sorted(path for path in Path(settings.data_dir).rglob("*") if path.is_file())


REFUSED = {
    "nothing": b"",
    "white space": b" " * 100,
    "not JSON": b"<mmif/>",
    "JSON other than MMIF": b'{"query": "{ __typename }"}',
    "a byte order mark": b"\xef\xbb\xbf" + mmif_of(),
    "UTF-16": mmif_of().decode().encode("utf-16"),
    "invalid UTF-8": with_annotation_type(b'"\xff"'),
    "NaN": with_annotation_type(b"NaN"),
    "-Infinity": with_annotation_type(b"-Infinity"),
    "half a character": with_annotation_type(b'"\\ud800"'),
    "lists 200,000 deep": with_annotation_type(b"[" * DEEP + b"]" * DEEP),
    "objects 200,000 deep": with_annotation_type(b'{"a":' * DEEP + b"1" + b"}" * DEEP),
    "JSON twice": mmif_of() * 2,
    "an invalid version": mmif_of().replace(b"/1.1.0", b"/next"),
    "no documents": mmif_of(documents=[]),
    "another file's document": mmif_of("cpb-aacip-000002"),
    "a system file's document": mmif_of().replace(b"/data/cpb-aacip-000001.video", b"/etc/passwd"),
    "a document with a path traversal": mmif_of().replace(b"/data/", b"/data/../data/"),
    "a document without a location": mmif_of(
        documents=[{"@type": "http://mmif.clams.ai/vocabulary/VideoDocument/v1", "properties": {"id": "d1"}}]
    ),
    "an envelope": b'{"parameters": {}, "mmif": ' + mmif_of() + b"}",
}


@pytest.mark.parametrize("what", REFUSED)
async def test_invalid_mmif_is_refused_and_not_stored(
    what: str, client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    before, files = await table_checksums(database), stored_files(settings)
    answer = await client.post("/mmif", params={"guid": GUID}, content=REFUSED[what], headers=JSON)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "BAD_USER_INPUT"
    assert 0 < len(error["message"]) < 1500
    assert str(settings.data_dir) not in error["message"]
    assert await table_checksums(database) == before
    assert stored_files(settings) == files


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(mmif_of())),
        ("gzip", gzip.compress(b" " * 64 * MEGABYTE)),
        ("deflate", zlib.compress(mmif_of())),
        ("br", b"\x8b\x02\x80{}\x03"),
        ("x" * 1000, b"{}"),
    ],
    ids=["gzip", "bomb", "deflate", "br", "unknown"],
)
@pytest.mark.parametrize("path", [f"/mmif?guid={GUID}", "/graphql"])
async def test_compressed_body_is_refused_without_decompressing_it(
    client: httpx.AsyncClient, database: Database, settings: Settings, encoding: str, body: bytes, path: str
) -> None:
    before, files = await table_checksums(database), stored_files(settings)
    answer = await client.post(path, content=body, headers=JSON | {"Content-Encoding": encoding})
    assert answer.status_code == 415
    assert "BAD_USER_INPUT" in answer.text
    assert "Content-Encoding" in answer.text
    assert len(answer.text) < 1000
    assert await table_checksums(database) == before
    assert stored_files(settings) == files


@pytest.mark.parametrize(
    "content_type", ["text/plain", "multipart/form-data; boundary=x", "", "application/xml", "a" * 5000]
)
async def test_another_content_type_is_refused(client: httpx.AsyncClient, content_type: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await client.post("/mmif", params={"guid": GUID}, content=mmif_of(), headers=headers)
    assert answer.status_code == 415
    assert answer.json()["error"]["code"] == "BAD_USER_INPUT"


@pytest.mark.skipif(not SMAPS.exists(), reason="reads the memory of a process from Linux's /proc")
@pytest.mark.parametrize(
    "start", [b"", b'{"metadata": {"mmif": "http://mmif.clams.ai/1.0.5"}, "documents": [], "views": ["']
)
async def test_upload_of_100_mb_of_noise_uses_little_memory_and_leaves_no_file(
    client: httpx.AsyncClient, database: Database, settings: Settings, start: bytes
) -> None:
    piece = b"x" * MEGABYTE if start else random.Random(7).randbytes(MEGABYTE)

    async def pieces() -> AsyncIterator[bytes]:
        yield start
        for _ in range(100):
            yield piece

    before, files = await table_checksums(database), stored_files(settings)
    with Peak() as peak:
        answer = await client.post("/mmif", params={"guid": GUID}, content=pieces(), headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "BAD_USER_INPUT"
    assert len(answer.text) < 1500
    assert peak.growth < 48 * MEGABYTE, f"{peak.growth:,} bytes for an upload of 100 MB"
    assert await table_checksums(database) == before
    assert stored_files(settings) == files


@pytest.mark.parametrize("framing", ["Content-Length: 100000", "Transfer-Encoding: chunked"])
async def test_incomplete_body_changes_nothing(
    api: RunningApi, client: httpx.AsyncClient, database: Database, settings: Settings, framing: str
) -> None:
    before, files = await table_checksums(database), stored_files(settings)
    for path in (f"/mmif?guid={GUID}", "/graphql"):
        with socket.create_connection(("127.0.0.1", api.port)) as connection:
            body = mmif_of()
            if "chunked" in framing:
                body = b"%x\r\n%s\r\n5\r\nab" % (len(body), body)
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{framing}\r\n\r\n"
            connection.sendall(head.encode() + body)
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(20)
            answer = connection.makefile("rb").read()
            assert not answer or answer.startswith(b"HTTP/1.1 4"), answer[:200]
    assert (await client.get("/healthz")).status_code == 200
    assert await table_checksums(database) == before
    assert stored_files(settings) == files


@pytest.mark.parametrize("version", VERSIONS)
async def test_mmif_of_each_version_is_accepted(
    client: httpx.AsyncClient, database: Database, version: str
) -> None:
    content = mmif_of(version=version)
    answer = await client.post("/mmif", params={"guid": GUID}, content=content, headers=JSON)
    assert answer.status_code == 201, answer.text
    assert (await client.get(answer.json()["url"])).content == content


async def test_plain_path_as_in_early_mmif_is_the_same_document(
    client: httpx.AsyncClient,
) -> None:
    content = mmif_of(version="0.1.0").replace(b"file:///data", b"/data")
    answer = await client.post("/mmif", params={"guid": GUID}, content=content, headers=JSON)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    "name", ["spec-0.2.1-everything.json", "spec-1.1.0-everything.json", "vis-test-ocr-3.mmif"]
)
async def test_real_mmif_is_accepted_for_a_file_with_its_documents(
    client: httpx.AsyncClient, database: Database, name: str
) -> None:
    if not (DATA / name).exists():
        pytest.skip(f"{name} is not in ../shared/data/mmif")
    documents = [
        {"type": document.type.rstrip("/").removesuffix("/v1").rpartition("/")[2].removesuffix("Document").upper(),
         "location": document.location}
        for document in outline(DATA / name).documents
        if document.location
    ]  # fmt: skip
    query = "mutation A($input: [MediaFileInput!]!) { addMediaFiles(input: $input) { guid } }"
    variables = {"input": [{"guid": name, "documents": documents}]}
    added = await client.post("/graphql", json={"query": query, "variables": variables})
    assert added.json() == {"data": {"addMediaFiles": [{"guid": name}]}}
    content = (DATA / name).read_bytes()
    answer = await client.post("/mmif", params={"guid": name}, content=content, headers=JSON)
    assert answer.status_code == 201, answer.text
    assert (await client.get(answer.json()["url"])).content == content


async def test_old_mmif_is_sent_to_apps_unchanged(
    client: httpx.AsyncClient, database: Database, worker: None
) -> None:
    """Chowda does not rewrite MMIF. Whether an app accepts an old version is up to the app."""
    files = {f"old-{version}-000001": version for version in VERSIONS}
    seen: dict[str, bytes] = {}

    def answer(sent: bytes) -> list[bytes]:
        location = json.loads(sent)["documents"][0]["properties"]["location"]
        guid = location.removeprefix("file:///data/").removesuffix(".video")
        seen[guid] = sent
        if version_key(files[guid]) < (0, 5, 0):  # like an app with a current SDK, which validates its input
            return [
                http(
                    b"Invalid input data. See below for validation error.",
                    status="500 Oh",
                    content_type="text/plain",
                )
            ]
        return [http(app.good(sent))]

    for guid in files:
        await add_files(database, 1, guid.removesuffix("-000001"))
        sent = await client.post(
            "/mmif", params={"guid": guid}, content=mmif_of(guid, files[guid]), headers=JSON
        )
        assert sent.status_code == 201, sent.text
    with RawApp(app_metadata("modern", mmif_version="1.2.0"), answer) as app:
        registered = await add_app(database, "modern", endpoint=app.url, metadata=app.metadata)
        pipeline = await add_pipeline(database, [registered], "modern")
        async with database.session() as session:
            batch = await create_batch(session, NewBatch("old", None, pipeline.id, list(files)))
            run_id = (await start_batch(session, Start(batch.id, from_blank_mmif=False))).id
        await ended(database, run_id)
    assert seen == {guid: mmif_of(guid, version) for guid, version in files.items()}
    outcomes = [(step.status, step.error_code) for step in await step_runs(database, run_id)]
    assert outcomes == [
        ("FAILED", "APP_ERROR") if version_key(version) < (0, 5, 0) else ("FINISHED", None)
        for version in VERSIONS
    ]


async def test_run_from_scratch_ignores_old_mmif(
    client: httpx.AsyncClient, database: Database, worker: None
) -> None:
    with RawApp(app_metadata("blank", mmif_version="1.2.0"), lambda sent: [http(app.good(sent))]) as app:
        registered = await add_app(database, "blank", endpoint=app.url, metadata=app.metadata)
        pipeline = await add_pipeline(database, [registered], "blank")
        batch = await add_batch(database, 1, pipeline, "blank")
        content = mmif_of("blank-000001", "0.1.0")
        assert (
            await client.post("/mmif", params={"guid": "blank-000001"}, content=content, headers=JSON)
        ).status_code == 201
        async with database.session() as session:
            run_id = (await start_batch(session, Start(batch.id))).id
        assert (await ended(database, run_id)).status == "FINISHED"
    async with database.session() as session:
        newest = (await session.scalars(select(Mmif).order_by(Mmif.id.desc()).limit(1))).one()
    stored = await client.get(f"/mmif/{opaque(Kind.MMIF, newest.id)}")
    assert json.loads(stored.content)["metadata"]["mmif"] == "http://mmif.clams.ai/1.2.0"
