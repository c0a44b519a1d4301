"""Locations of media: Chowda sends them to apps and never opens them itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from engine import ended, step_runs
from factories import add_app, add_pipeline, app_metadata
from raw_app import RawApp, http
from sqlalchemy import text
from table_checksums import table_checksums

from chowda.batches.service import NewBatch, create_batch
from chowda.config import Settings
from chowda.db.database import Database
from chowda.enums import DocumentType
from chowda.media.files import NewDocument, NewMediaFile, add_media_files
from chowda.pipelines import retry_policy
from chowda.runs.start import Start, start_batch
from chowda.workers.process import running_worker

ADD = "mutation A($input: [MediaFileInput!]!) { addMediaFiles(input: $input) { documents { location } } }"

REFUSED = {
    "nothing": "",
    "a relative path": "data/a.mp4",
    "a host": "file://server/share/a.mp4",
    "a directory as the host": "file://media/a.mp4",
    "a host with a port": "file://localhost:80/a.mp4",
    "a Windows path": "C:\\media\\a.mp4",
    "a Windows path with slashes": "D:/media/a.mp4",
    "a Windows path as a URI": "file://C:/a.mp4",
    "a Windows path as a URI with three slashes": "file:///c:/a.mp4",
    "a Windows share": "\\\\server\\share\\a.mp4",
    "a note": "Note: see shelf 4.mp4",
    "a shelf": "shelf:4",
    "a relative file URI": "file:a.mp4",
    "a file URI without a path": "file://",
    "one slash": "http:/h/a.mp4",
    "no host": "https://",
    "a path without a host": "https:///a.mp4",
    "nothing after the scheme": "baapb://",
    "a port that is none": "https://h:port/a.mp4",
    "a question mark": "file:///data/what?.mp4",
    "a hash": "file:///data/tape #4.mp4",
    "a hash in a plain path": "/data/tape #4.mp4",
    "a question mark in a plain path": "/data/what?.mp4",
    "a relative path that leads out": "../../etc/passwd",
    "a name": "a.mp4",
    "no URI": "file://[x",
    "no URI of another scheme": "https://[::1/a.mp4",
    "a new line": "file:///data/a\nb",
    "NUL": "file:///data/a\0b",
    "half a character": "file:///data/\ud800",
    "4,097 characters": "file:///" + "x" * 4089,
}
ACCEPTED = {
    "a system file": "file:///etc/passwd",
    "a plain path": "/etc/shadow",
    "dots": "file:///data/../../etc/passwd",
    "dots in a plain path": "/data/../etc/passwd",
    "percent-encoded dots": "file:///data/%2e%2e/%2E%2E/etc/passwd",
    "percent-encoded NUL": "file:///data/a%00b.mp4",
    "a device": "file:///dev/zero",
    "a directory": "file:///",
    "a process": "file:///proc/self/environ",
    "this host": "file://localhost/data/a.mp4",
    "a query of a URL": "https://server/a.mp4?token=1#t=10",
    "another scheme": "baapb://cpb-aacip-507-0r9m32nr3f.video",
    "a name that is too long for a disk": "file:///" + "x" * 4000,
    "quotes, emoji and markup": "file:///data/'\"<📼>[bold]%s{0}.mp4",
    "this very program": f"file://{Path(sys.executable)}",
}


@pytest.fixture(scope="module")
def opened_paths(settings: Settings) -> Iterator[list[str]]:
    """Paths that this process, with API and workers, opens while the fixture is in use."""
    opened: list[str] = []
    active = True

    def listen(event: str, arguments: tuple[object, ...]) -> None:
        if active and event == "open":
            opened.append(str(arguments[0]))

    sys.addaudithook(listen)  # cannot be removed
    yield opened
    active = False


@pytest.mark.parametrize("what", REFUSED)
async def test_location_that_no_app_can_open_is_refused(
    what: str, client: httpx.AsyncClient, database: Database
) -> None:
    before = await table_checksums(database)
    file = {"guid": "refused", "documents": [{"type": "VIDEO", "location": REFUSED[what]}]}
    body = json.dumps({"query": ADD, "variables": {"input": [file]}}).encode()
    answer = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "refused" in error["message"]
    assert "location" in error["message"]
    assert await table_checksums(database) == before


@pytest.mark.parametrize("check_media", [False, True], ids=["unchecked", "check_media"])
async def test_location_is_sent_unchanged_and_never_opened(
    client: httpx.AsyncClient,
    database: Database,
    settings: Settings,
    opened_paths: list[str],
    monkeypatch: pytest.MonkeyPatch,
    check_media: bool,
) -> None:
    monkeypatch.setattr(retry_policy, "FIRST_DELAY_SECONDS", 0.02)
    name = f"checked-{check_media}"
    files = [
        {"guid": f"{name} {what}", "documents": [{"type": "VIDEO", "location": location}]}
        for what, location in ACCEPTED.items()
    ]
    added = await client.post("/graphql", json={"query": ADD, "variables": {"input": files}})
    saved = [file["documents"][0]["location"] for file in added.json()["data"]["addMediaFiles"]]
    assert saved == list(ACCEPTED.values())
    seen: dict[str, str] = {}

    def answer(sent: bytes) -> list[bytes]:
        location = json.loads(sent)["documents"][0]["properties"]["location"]
        seen[location] = location
        return [http(app.good(sent))]

    with (
        RawApp(app_metadata(name, mmif_version="1.0.5"), answer) as app,
        running_worker(settings.model_copy(update={"check_media": check_media})),
    ):
        registered = await add_app(database, name, endpoint=app.url, max_concurrency=4, metadata=app.metadata)
        pipeline = await add_pipeline(database, [registered], name)
        async with database.session() as session:
            guids = [str(file["guid"]) for file in files]
            batch = await create_batch(session, NewBatch(name, None, pipeline.id, guids))
            run_id = (await start_batch(session, Start(batch.id))).id
        opened_paths.clear()
        await ended(database, run_id)
        opened = [path for path in opened_paths if path in _paths()]
    assert opened == []
    uris = {f"file://{location}" if location.startswith("/") else location for location in ACCEPTED.values()}
    steps = await step_runs(database, run_id)
    if not check_media:
        assert set(seen) == uris
        assert {step.status for step in steps} == {"FINISHED"}
        return
    assert {step.error_code for step in steps} <= {None, "MEDIA_MISSING"}
    missing = {step.error_message.split(" (document")[0] for step in steps if step.error_message}
    for gone in ("percent-encoded NUL", "a device", "a directory", "a name that is too long for a disk"):
        assert f"The media file {ACCEPTED[gone]}" in missing
    assert ACCEPTED["a system file"] in seen
    assert ACCEPTED["another scheme"] in seen, "only the app can check it"


def _paths() -> set[str]:
    return {location.removeprefix("file://") for location in ACCEPTED.values()} - {sys.executable} | {
        "/etc/passwd",
        "/etc/shadow",
    }


async def test_location_saved_before_it_was_checked_fails_its_step(worker: None, database: Database) -> None:
    async with database.session() as session:
        file = NewMediaFile("older", (NewDocument(DocumentType.VIDEO, "file:///data/older.mp4"),))
        await add_media_files(session, [file])
        await session.execute(
            text("UPDATE media_documents SET location = 'data/older.mp4' WHERE location ~ 'older'")
        )
    with RawApp(app_metadata("older", mmif_version="1.0.5"), lambda sent: [http(app.good(sent))]) as app:
        registered = await add_app(database, "older", endpoint=app.url, metadata=app.metadata)
        pipeline = await add_pipeline(database, [registered], "older")
        async with database.session() as session:
            batch = await create_batch(session, NewBatch("older", None, pipeline.id, ["older"]))
            run_id = (await start_batch(session, Start(batch.id))).id
        await ended(database, run_id)
        [step] = await step_runs(database, run_id)
        assert (step.status, step.error_code, step.attempts) == ("FAILED", "MEDIA_MISSING", 1)
        assert "'data/older.mp4'" in (step.error_message or "")
        assert app.calls == 0


OUTWARD = (
    "/mmif/../../etc/passwd",
    "/mmif/..%2f..%2fetc%2fpasswd",
    "/mmif/%2fetc%2fpasswd",
    "/batch-runs/..%2f..%2fetc/mmif.zip",
    "//etc/passwd",
    "/mmif//etc/passwd",
)


@pytest.mark.parametrize("path", OUTWARD)
async def test_api_paths_do_not_lead_to_files(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "NOT_FOUND"
    assert "root:" not in answer.text
