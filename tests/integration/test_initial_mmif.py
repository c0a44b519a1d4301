"""What goes to the apps and what is kept: the first MMIF of a file, each one after it, parameters, ids, progress."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from engine import check_invariants, ended, pipeline_runs, register, start, step_runs, until
from factories import add_batch, add_pipeline
from fake_clams import FakeClams
from mmif import Mmif as ParsedMmif  # type: ignore[import-untyped]
from sqlalchemy import select, text

from chowda import runs
from chowda.batches import NewBatch, Start, create_batch, start_batch
from chowda.clams import progress
from chowda.config import Settings
from chowda.db import Database
from chowda.ids import Kind, opaque
from chowda.media import NewDocument, NewMediaFile, add_media_files
from chowda.mmif_store import MmifStore
from chowda.models import ClamsApp, Mmif, StepRun
from chowda.models.status import DocumentType
from chowda.pipelines import NewPipeline, NewStep, create_pipeline
from chowda.workers.main import working

DOCUMENTS = (
    NewDocument(DocumentType.VIDEO, "/data/a tape.mp4", "video/mp4"),
    NewDocument(DocumentType.AUDIO, "https://media.example.org/tape.mp3?take=2", None),
    NewDocument(DocumentType.TEXT, "baapb://tape.transcript", None),
    NewDocument(DocumentType.IMAGE, "file:///data/label%20of%20tape.jpg", "image/jpeg"),
)
LOCATIONS = ["file:///data/a tape.mp4", *(document.location for document in DOCUMENTS[1:])]
PARAMETERS: list[dict[str, Any]] = [
    {"name": "labels", "type": "string", "multivalued": True, "default": []},
    {"name": "map", "type": "map", "multivalued": True, "default": []},
    {"name": "flag", "type": "boolean", "default": True},
]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url,
        data_dir=tmp_path,
        lease_seconds=2,
        poll_seconds=1,
        flush_seconds=0.05,
        threads=8,
    )


@pytest.fixture
def worker(settings: Settings) -> Iterator[None]:
    with working(settings):
        yield


async def fetched(settings: Settings, sha256: str) -> bytes:
    """Through a store of our own, as another process would."""
    return b"".join([chunk async for chunk in MmifStore.from_url(settings.store_url).open(sha256)])


async def mmifs(database: Database) -> list[Mmif]:
    async with database.session() as session:
        return list(await session.scalars(select(Mmif).order_by(Mmif.id)))


async def started_with(
    database: Database, app: ClamsApp, parameters: dict[str, Any], name: str = "batch"
) -> int:
    async with database.session() as session:
        steps = [NewStep(app.id, parameters)]
        pipeline = await create_pipeline(session, NewPipeline(f"{name}-pipeline", None, steps))
    batch = await add_batch(database, 1, pipeline, name)
    async with database.session() as session:
        return (await start_batch(session, Start(batch.id))).id


@pytest.mark.parametrize(
    ("versions", "lowest", "uri"),
    [
        (["1.2.0", "1.0.5", "1.1.0"], "1.0.5", "http://mmif.clams.ai/vocabulary/{}/v1"),
        (["1.10.0", "1.2.0"], "1.2.0", "http://clams.ai/vocabulary/type/{}/v2"),
        (["1.1.1", "0.4.2"], "0.4.2", "http://mmif.clams.ai/0.4.2/vocabulary/{}"),
    ],
)
async def test_the_first_mmif_has_the_lowest_version_of_the_apps_its_types_and_all_documents(
    worker: None,
    settings: Settings,
    database: Database,
    versions: list[str],
    lowest: str,
    uri: str,
) -> None:
    with ExitStack() as stack:
        fakes = [
            stack.enter_context(FakeClams(name=f"app-{version}", mmif_version=version))
            for version in versions
        ]
        pipeline = await add_pipeline(database, [await register(database, fake) for fake in fakes])
        async with database.session() as session:
            await add_media_files(session, [NewMediaFile("cpb-aacip-507-0r9m32nr3f", DOCUMENTS)])
            guids = ["cpb-aacip-507-0r9m32nr3f"]
            batch = await create_batch(session, NewBatch("tapes", None, pipeline.id, guids))
            run_id = (await start_batch(session, Start(batch.id))).id
        assert (await ended(database, run_id)).status == "FINISHED"
        seen = [(call.mmif_version, call.locations) for fake in fakes for call in fake.calls]
    assert seen == [(lowest, LOCATIONS)] * len(versions)

    initial = (await mmifs(database))[0]
    content = json.loads(await fetched(settings, initial.sha256))
    assert content["metadata"]["mmif"] == f"http://mmif.clams.ai/{lowest}"
    assert content["views"] == []
    assert [document["@type"] for document in content["documents"]] == [
        uri.format(name) for name in ("VideoDocument", "AudioDocument", "TextDocument", "ImageDocument")
    ]
    assert [document["properties"] for document in content["documents"]] == [
        {"id": "d1", "location": LOCATIONS[0], "mime": "video/mp4"},
        {"id": "d2", "location": LOCATIONS[1]},
        {"id": "d3", "location": LOCATIONS[2]},
        {"id": "d4", "location": LOCATIONS[3], "mime": "image/jpeg"},
    ]


async def test_the_first_mmif_is_recorded_and_kept_before_any_app_has_answered(
    worker: None, settings: Settings, database: Database
) -> None:
    with FakeClams(name="first", capacity=0) as first:
        run_id = await start(database, [await register(database, first)], files=1)

        async def called() -> bool:
            return len(first.calls) == 1

        await until(called, "the app was called")
        [initial] = await mmifs(database)
        [run] = await pipeline_runs(database, run_id)
        assert (initial.origin, initial.step_run_id) == ("INITIAL", None)
        assert (run.mmif_id, run.media_file_id) == (initial.id, initial.media_file_id)
        content = await fetched(settings, initial.sha256)
        assert len(content) == initial.size_bytes == first.calls[0].body_bytes
        assert hashlib.sha256(content).hexdigest() == initial.sha256
        assert [document.location for document in ParsedMmif(content.decode()).documents] == [
            "file:///data/batch-000001.video"
        ]
        first.in_loop(first.let_go())
        await ended(database, run_id)
    assert (await mmifs(database))[0].sha256 == initial.sha256


async def test_a_file_keeps_its_first_mmif_when_the_first_step_fails_and_is_retried_from_it(
    worker: None, database: Database
) -> None:
    with FakeClams(name="first") as first:
        first.behave("error_view", calls=[1])
        run_id = await start(database, [await register(database, first)], files=1)
        await ended(database, run_id)
        [initial] = await mmifs(database)
        assert [run.mmif_id for run in await pipeline_runs(database, run_id)] == [initial.id]
        async with database.session() as session:
            await runs.retry_batch_run(session, run_id)
        assert (await ended(database, run_id)).status == "FINISHED"
    assert [mmif.origin for mmif in await mmifs(database)] == ["INITIAL", "STEP"]


async def test_every_mmif_on_the_way_is_kept_and_can_be_fetched_by_its_hash(
    worker: None, settings: Settings, database: Database
) -> None:
    names = ["one", "two", "three"]
    with ExitStack() as stack:
        fakes = [stack.enter_context(FakeClams(name=name)) for name in names]
        run_id = await start(database, [await register(database, fake, 2) for fake in fakes], files=2)
        await ended(database, run_id)
    kept = {mmif.id: mmif for mmif in await mmifs(database)}
    steps = await step_runs(database, run_id)
    assert len(kept) == 2 * 4
    for run in await pipeline_runs(database, run_id):
        guid = f"batch-{run.id - steps[0].pipeline_run_id + 1:06d}"
        own = [step for step in steps if step.pipeline_run_id == run.id]
        assert run.mmif_id == own[-1].mmif_id
        for place, step in enumerate(own, start=1):
            mmif = kept[step.mmif_id or 0]
            assert (mmif.origin, mmif.step_run_id) == ("STEP", step.id)
            assert mmif.media_file_id == run.media_file_id
            content = await fetched(settings, mmif.sha256)
            assert len(content) == mmif.size_bytes
            assert hashlib.sha256(content).hexdigest() == mmif.sha256
            parsed = ParsedMmif(content.decode())
            assert [document.location for document in parsed.documents] == [f"file:///data/{guid}.video"]
            assert [str(view.metadata.app) for view in parsed.views] == [
                f"http://apps.clams.ai/{name}/v1.0" for name in names[:place]
            ]
    await check_invariants(database)


async def test_the_parameters_reach_the_app_as_they_were_when_the_run_started(
    settings: Settings, database: Database
) -> None:
    """In the query string as long as they fit there, else in an envelope around the MMIF."""
    short = {"labels": ["slate", "bars é&="], "map": {"S": "slate:x"}, "flag": False}
    long = {"labels": ["é" * 500, "b" * 3000], "map": {"S": "slate"}, "flag": False}
    with FakeClams(name="tuned", mmif_version="1.2.0", parameters=PARAMETERS) as tuned:
        app = await register(database, tuned)
        run_ids = [
            await started_with(database, app, parameters, name)
            for name, parameters in (("short", short), ("long", long), ("none", {}))
        ]
        async with database.session() as session:
            changed = text("UPDATE pipeline_steps SET parameters = CAST(:json AS json)")
            await session.execute(changed, {"json": json.dumps({"labels": ["changed"]})})
        with working(settings):
            for run_id in run_ids:
                assert (await ended(database, run_id)).status == "FINISHED"
        by_file = {call.locations[0].rpartition("/")[2].partition("-")[0]: call for call in tuned.calls}
    assert (by_file["short"].envelope, by_file["short"].parameters) == (
        False,
        {"labels": ["slate", "bars é&="], "map": ["S:slate:x"], "flag": ["false"]},
    )
    assert (by_file["long"].envelope, by_file["long"].parameters) == (True, long)
    assert (by_file["none"].envelope, by_file["none"].parameters) == (False, {})


async def test_parameters_too_long_for_an_app_without_envelopes_fail_the_step_without_a_call(
    worker: None, database: Database
) -> None:
    with FakeClams(name="old", mmif_version="1.0.5", parameters=PARAMETERS) as old:
        run_id = await started_with(database, await register(database, old), {"labels": ["x" * 5000]})
        await ended(database, run_id)
        assert old.calls == []
    [step] = await step_runs(database, run_id)
    assert (step.status, step.error_code, step.attempts) == ("FAILED", "APP_ERROR", 1)
    assert "shorten them, 'labels' first" in (step.error_message or "")


async def test_the_request_id_is_the_step_runs_id_as_clients_see_it(worker: None, database: Database) -> None:
    with FakeClams(name="one") as one, FakeClams(name="two") as two:
        two.behave("drop", calls=[1])
        run_id = await start(database, [await register(database, app) for app in (one, two)], files=2)
        await ended(database, run_id)
        expected: dict[int, list[str]] = {1: [], 2: []}
        for step in await step_runs(database, run_id):
            expected[step.position] += [opaque(Kind.STEP_RUN, step.id)] * step.attempts
        for app, request_ids in ((one, expected[1]), (two, expected[2])):
            assert sorted(str(call.request_id) for call in app.calls) == sorted(request_ids)
    assert len(set(expected[1] + expected[2])) == 4
    assert len(expected[2]) == 3


async def running(database: Database, run_id: int, place: int, source: str) -> StepRun:
    """The step at this place, while it runs, once its percent comes from there and has begun to rise."""

    async def look() -> StepRun | None:
        step = (await step_runs(database, run_id))[place]
        assert step.status in ("WAITING", "RUNNING"), f"ended as {step.status} without a percent {source}"
        return step if step.progress_source == source and step.percent > 0 else None

    found: StepRun = await until(look, f"a percent {source}")
    return found


async def test_what_an_app_reports_is_shown_while_it_runs(
    worker: None, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "INTERVAL_SECONDS", 0.05)
    with FakeClams(name="telling", capacity=0, progress="12.5") as telling:
        run_id = await start(database, [await register(database, telling)], files=1)
        assert (await running(database, run_id, 0, "REPORTED")).percent == 12.5
        telling.progress = "100"

        async def told() -> bool:
            [step] = await step_runs(database, run_id)
            return step.percent == 100

        await until(told, "the second percent was shown")
        [step] = await step_runs(database, run_id)
        assert (step.status, step.progress_source) == ("RUNNING", "REPORTED")
        telling.in_loop(telling.let_go())
        await ended(database, run_id)
    [step] = await step_runs(database, run_id)
    assert (step.percent, step.progress_source) == (100, "REPORTED")


async def test_an_app_that_reports_nothing_shows_no_percent_at_first_and_then_an_estimate_below_100(
    worker: None, database: Database
) -> None:
    with FakeClams(name="silent") as silent:
        app = await register(database, silent)
        silent.behave("good", calls=[1], seconds=2.5)
        silent.behave("hang", calls=[2])
        first = await start(database, [app], files=1, name="first")
        shown = set()

        async def timed() -> bool:
            [step] = await step_runs(database, first)
            shown.add((step.progress_source, step.percent))
            async with database.session() as session:
                return await session.scalar(text("SELECT calls FROM app_timings")) == 1

        await until(timed, "it was noted how long the first file took")
        assert shown == {("NONE", 0), ("NONE", 100)}

        second = await start(database, [app], files=1, name="second")
        assert 0 < (await running(database, second, 0, "ESTIMATED")).percent < 100

        async def at_its_limit() -> bool:
            return (await step_runs(database, second))[0].percent == 99

        await until(at_its_limit, "the estimate came to its limit")
        await asyncio.sleep(1.5)
        [step] = await step_runs(database, second)
        assert (step.status, step.percent, step.progress_source) == ("RUNNING", 99, "ESTIMATED")
