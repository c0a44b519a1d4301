from __future__ import annotations

import hashlib
import io
import json
import os
import random
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from factories import add_files, guids, start_run
from running_api import RunningApi, running_api
from sqlalchemy import select, text

from chowda.clams.mmif import initial_mmif
from chowda.db.database import Database
from chowda.enums import DocumentType
from chowda.ids import Kind, number_of, opaque
from chowda.media.mmifs import add_upload
from chowda.models import Mmif, PipelineRun

JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def client(api: RunningApi) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=api.url, timeout=30) as client:
        yield client


def mmif_of(guid: str) -> bytes:
    """What the factories' file of this GUID is made of."""
    return initial_mmif(guid, [(DocumentType.VIDEO, f"file:///data/{guid}.video", None)], "1.1.0")


async def keep(api: RunningApi, database: Database, media_file_id: int, data: bytes) -> Mmif:
    sha256, size_bytes = await api.services.store.put_bytes(data)
    async with database.session() as session:
        return await add_upload(session, media_file_id, sha256, size_bytes)


def stored_file(tmp_path: Path, sha256: str) -> Path:
    return tmp_path / "mmif" / sha256[:2] / f"{sha256}.mmif"


async def run_with_results(
    api: RunningApi, database: Database, contents: list[bytes | None]
) -> tuple[str, list[str]]:
    """A batch run whose files have these MMIF; its ID and the GUIDs."""
    run = await start_run(database, files=len(contents), steps=1)
    async with database.session() as session:
        pipeline_runs = list(
            await session.scalars(
                select(PipelineRun)
                .where(PipelineRun.batch_run_id == run.id)
                .order_by(PipelineRun.media_file_id)
            )
        )
    for pipeline_run, data in zip(pipeline_runs, contents, strict=True):
        if data is not None:
            mmif = await keep(api, database, pipeline_run.media_file_id, data)
            async with database.session() as session:
                await session.execute(
                    text("UPDATE pipeline_runs SET mmif_id = :mmif WHERE id = :id"),
                    {"mmif": mmif.id, "id": pipeline_run.id},
                )
    return opaque(Kind.BATCH_RUN, run.id), guids(len(contents), "run-batch")


class TestGet:
    async def test_gives_the_bytes_with_their_size_and_hash(
        self, api: RunningApi, client: httpx.AsyncClient, database: Database
    ) -> None:
        [file] = await add_files(database, 1)
        data = mmif_of(file.guid) * 3000  # more than a chunk
        mmif = await keep(api, database, file.id, data)
        answer = await client.get(f"/mmif/{opaque(Kind.MMIF, mmif.id)}")
        assert answer.status_code == 200
        assert answer.content == data
        assert answer.headers["content-length"] == str(len(data))
        assert answer.headers["etag"] == f'"{hashlib.sha256(data).hexdigest()}"'
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize("header", ['"{sha256}"', 'W/"{sha256}"', '"other", "{sha256}"', "*"])
    async def test_matching_etag_gets_304(
        self, api: RunningApi, client: httpx.AsyncClient, database: Database, header: str
    ) -> None:
        [file] = await add_files(database, 1)
        mmif = await keep(api, database, file.id, mmif_of(file.guid))
        wanted = {"If-None-Match": header.format(sha256=mmif.sha256)}
        answer = await client.get(f"/mmif/{opaque(Kind.MMIF, mmif.id)}", headers=wanted)
        assert (answer.status_code, answer.content) == (304, b"")
        other = await client.get(f"/mmif/{opaque(Kind.MMIF, mmif.id)}", headers={"If-None-Match": '"other"'})
        assert other.status_code == 200

    async def test_head_has_the_size_without_the_bytes(
        self, api: RunningApi, client: httpx.AsyncClient, database: Database
    ) -> None:
        [file] = await add_files(database, 1)
        mmif = await keep(api, database, file.id, mmif_of(file.guid))
        answer = await client.head(f"/mmif/{opaque(Kind.MMIF, mmif.id)}")
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-length"] == str(mmif.size_bytes)

    @pytest.mark.parametrize(
        "mmif_id", ["mmif-zz", "7", "brun-1", "mmif-%00", "mmif-zzzzzzzzzzzzz", "..%2Fetc"]
    )
    async def test_an_unknown_id_is_not_found(self, client: httpx.AsyncClient, mmif_id: str) -> None:
        answer = await client.get(f"/mmif/{mmif_id}")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "NOT_FOUND"

    async def test_lost_bytes_are_503_without_a_path(
        self, api: RunningApi, client: httpx.AsyncClient, database: Database, tmp_path: Path
    ) -> None:
        [file] = await add_files(database, 1)
        mmif = await keep(api, database, file.id, mmif_of(file.guid))
        stored_file(tmp_path, mmif.sha256).unlink()
        answer = await client.get(f"/mmif/{opaque(Kind.MMIF, mmif.id)}")
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "STORE_UNAVAILABLE"
        assert str(tmp_path) not in answer.text
        assert mmif.sha256 not in answer.text

    async def test_truncated_bytes_are_503(
        self, api: RunningApi, client: httpx.AsyncClient, database: Database, tmp_path: Path
    ) -> None:
        [file] = await add_files(database, 1)
        mmif = await keep(api, database, file.id, mmif_of(file.guid) * 5000)
        os.truncate(stored_file(tmp_path, mmif.sha256), mmif.size_bytes // 2)
        assert (await client.get(f"/mmif/{opaque(Kind.MMIF, mmif.id)}")).status_code == 503


@pytest.fixture(params=["a directory", "a bucket"])
def api_of_either_store(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path
) -> Iterator[RunningApi]:
    options = {}
    if request.param == "a bucket":
        request.getfixturevalue("s3")
        options["mmif_store_url"] = "s3://archive/chowda"
    with running_api(database_url, tmp_path, **options) as running:
        yield running


async def test_broken_off_download_resumes(api_of_either_store: RunningApi, database: Database) -> None:
    api = api_of_either_store
    [file] = await add_files(database, 1)
    data = random.Random(1).randbytes(3_000_000)  # several chunks
    mmif = await keep(api, database, file.id, data)
    address = f"/mmif/{opaque(Kind.MMIF, mmif.id)}"
    async with httpx.AsyncClient(base_url=api.url, timeout=30) as client:
        whole = await client.get(address)
        assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "bytes")
        etag = whole.headers["etag"]
        for header, start, end in (
            ("bytes=0-99", 0, 100),
            ("bytes=1500000-", 1_500_000, 3_000_000),
            ("bytes=-7", 2_999_993, 3_000_000),
            ("bytes=2999999-9999999", 2_999_999, 3_000_000),
        ):
            part = await client.get(address, headers={"Range": header, "If-Range": etag})
            assert (part.status_code, part.content) == (206, data[start:end]), header
            assert part.headers["content-range"] == f"bytes {start}-{end - 1}/3000000"
            assert part.headers["content-length"] == str(end - start)
            assert (part.headers["etag"], part.headers["content-type"]) == (etag, "application/json")
        other = await client.get(address, headers={"Range": "bytes=5-", "If-Range": '"other"'})
        assert (other.status_code, other.content) == (200, data)
        several = await client.get(address, headers={"Range": "bytes=0-1,5-6"})
        assert (several.status_code, several.content) == (200, data)
        outside = await client.get(address, headers={"Range": "bytes=3000000-"})
        assert (outside.status_code, outside.headers["content-range"]) == (416, "bytes */3000000")
        assert outside.json()["error"] == {
            "code": "BAD_USER_INPUT",
            "message": "The range bytes=3000000- is outside the resource, which has 3,000,000 bytes.",
        }
        head = await client.head(address, headers={"Range": "bytes=0-99"})
        assert (head.status_code, head.headers["content-length"]) == (200, "3000000")
        assert (head.headers["accept-ranges"], head.content) == ("bytes", b"")
        same = await client.get(address, headers={"Range": "bytes=0-99", "If-None-Match": etag})
        assert (same.status_code, same.content) == (304, b"")


class TestZip:
    async def test_holds_the_newest_mmif_of_each_file_named_by_guid(
        self, api: RunningApi, client: httpx.AsyncClient, database: Database
    ) -> None:
        contents = [b'{"n": 1}', None, b'{"n": 3}' * 100_000]
        run_id, names = await run_with_results(api, database, contents)
        answer = await client.get(f"/batch-runs/{run_id}/mmif.zip")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/zip"
        assert f'filename="{run_id}.zip"' in answer.headers["content-disposition"]
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.testzip() is None
            assert {name: archive.read(name) for name in archive.namelist()} == {
                f"{names[0]}.mmif": contents[0],
                f"{names[2]}.mmif": contents[2],
            }

    async def test_zip_of_a_run_without_results_is_empty(
        self, api: RunningApi, client: httpx.AsyncClient, database: Database
    ) -> None:
        run_id, _ = await run_with_results(api, database, [None, None])
        answer = await client.get(f"/batch-runs/{run_id}/mmif.zip")
        assert zipfile.ZipFile(io.BytesIO(answer.content)).namelist() == []

    async def test_reads_more_files_than_a_page_holds(
        self, api: RunningApi, client: httpx.AsyncClient, database: Database
    ) -> None:
        run_id, names = await run_with_results(api, database, [None] * 1100)
        [file] = await add_files(database, 1)
        mmif = await keep(api, database, file.id, b"{}")
        async with database.session() as session:
            await session.execute(text("UPDATE pipeline_runs SET mmif_id = :id"), {"id": mmif.id})
        answer = await client.get(f"/batch-runs/{run_id}/mmif.zip")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.namelist() == [f"{name}.mmif" for name in names]

    @pytest.mark.parametrize("run_id", ["brun-zz", "mmif-1", "1"])
    async def test_of_an_unknown_run_is_not_found(self, client: httpx.AsyncClient, run_id: str) -> None:
        answer = await client.get(f"/batch-runs/{run_id}/mmif.zip")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "NOT_FOUND"

    async def test_zip_is_never_complete_when_the_store_breaks(
        self, api: RunningApi, client: httpx.AsyncClient, database: Database, tmp_path: Path
    ) -> None:
        noise = random.Random(1).randbytes(1_000_000)
        run_id, _ = await run_with_results(api, database, [noise, b'{"n": 2}'])
        stored_file(tmp_path, hashlib.sha256(b'{"n": 2}').hexdigest()).unlink()
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(f"/batch-runs/{run_id}/mmif.zip")

    async def test_a_client_that_does_not_read_holds_no_transaction_and_no_memory(
        self, api: RunningApi, client: httpx.AsyncClient, database: Database
    ) -> None:
        noise = random.Random(1).randbytes(20_000_000)
        run_id, _ = await run_with_results(api, database, [noise + bytes([n]) for n in range(4)])
        process = psutil.Process()
        before = process.memory_info().rss
        received = 0
        async with client.stream("GET", f"/batch-runs/{run_id}/mmif.zip") as answer:
            async for chunk in answer.aiter_raw():
                received += len(chunk)
                if received < 2**20:
                    async with database.session() as session:
                        sleeping = await session.scalar(
                            text(
                                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'chowda-api' "
                                "AND datname = current_database() AND xact_start IS NOT NULL"
                            )
                        )
                    assert sleeping == 0
        assert received > 80_000_000
        assert process.memory_info().rss - before < 40_000_000


class TestUpload:
    async def test_becomes_the_files_newest_and_can_be_fetched(
        self, client: httpx.AsyncClient, database: Database
    ) -> None:
        [file] = await add_files(database, 1)
        data = mmif_of(file.guid)
        answer = await client.post("/mmif", params={"guid": file.guid}, content=data, headers=JSON)
        assert answer.status_code == 201
        body = answer.json()
        assert body["sha256"] == hashlib.sha256(data).hexdigest()
        assert body["size"] == len(data)
        assert body["url"] == answer.headers["location"]
        assert (await client.get(body["url"])).content == data
        async with database.session() as session:
            newest = (await session.scalars(select(Mmif).order_by(Mmif.id.desc()))).first()
        assert newest is not None
        assert (newest.id, newest.origin) == (number_of(Kind.MMIF, body["id"]), "UPLOAD")
        assert newest.media_file_id == file.id

    async def test_is_streamed_without_a_size_and_leaves_no_work_file(
        self, api: RunningApi, client: httpx.AsyncClient, database: Database
    ) -> None:
        [file] = await add_files(database, 1)
        mmif = json.loads(mmif_of(file.guid))
        mmif["views"] = [
            {
                "id": "v_0",
                "metadata": {"app": "http://apps.clams.ai/x/v1", "contains": {}},
                "annotations": ["x" * 1_000_000] * 3,
            }
        ]
        data = json.dumps(mmif).encode()

        async def pieces() -> AsyncIterator[bytes]:
            for start in range(0, len(data), 100_000):
                yield data[start : start + 100_000]

        answer = await client.post("/mmif", params={"guid": file.guid}, content=pieces(), headers=JSON)
        assert answer.status_code == 201
        assert list(api.services.settings.work_dir.iterdir()) == []

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"", "empty"),
            (b"not json", "not JSON"),
            (b"{}", "not MMIF"),
            (mmif_of("cpb-aacip-000009"), "cpb-aacip-000009"),
        ],
        ids=["empty", "text", "object", "another file's"],
    )
    async def test_mmif_of_another_file_is_refused_with_the_reason(
        self, api: RunningApi, client: httpx.AsyncClient, database: Database, content: bytes, says: str
    ) -> None:
        [file] = await add_files(database, 1)
        answer = await client.post("/mmif", params={"guid": file.guid}, content=content, headers=JSON)
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "BAD_USER_INPUT"
        assert says in answer.json()["error"]["message"]
        assert str(api.services.settings.work_dir) not in answer.text
        assert list(api.services.settings.work_dir.iterdir()) == []
        async with database.session() as session:
            assert await session.scalar(select(Mmif.id)) is None

    async def test_for_an_unknown_file_is_not_found(self, client: httpx.AsyncClient) -> None:
        for guid in ("cpb-aacip-none", "a\0b"):
            answer = await client.post("/mmif", params={"guid": guid}, content=b"{}", headers=JSON)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")

    async def test_without_a_guid_is_refused(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/mmif", content=b"{}", headers=JSON)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_USER_INPUT")

    @pytest.mark.parametrize(
        "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
    )
    async def test_content_type_that_needs_no_preflight_is_refused(
        self, client: httpx.AsyncClient, database: Database, content_type: str
    ) -> None:
        [file] = await add_files(database, 1)
        answer = await client.post(
            "/mmif",
            params={"guid": file.guid},
            content=mmif_of(file.guid),
            headers={"Content-Type": content_type},
        )
        assert answer.status_code == 415
        assert "application/json" in answer.json()["error"]["message"]


@pytest.fixture
def small_api(database_url: str, tmp_path: Path) -> Iterator[RunningApi]:
    with running_api(database_url, tmp_path, mmif_limit_bytes=100_000) as running:
        yield running


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
async def test_an_upload_above_the_limit_is_refused(
    small_api: RunningApi, database: Database, announced: bool
) -> None:
    [file] = await add_files(database, 1)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" " * 100_000

    content = b" " * 3_000_000 if announced else pieces()
    async with httpx.AsyncClient(base_url=small_api.url) as client:
        answer = await client.post("/mmif", params={"guid": file.guid}, content=content, headers=JSON)
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "LIMIT_EXCEEDED"
    assert "100,000" in answer.json()["error"]["message"]
    assert list(small_api.services.settings.work_dir.iterdir()) == []
