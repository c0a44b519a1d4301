"""Bulk import of media files."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from factories import add_files
from graphql_client import GraphQLClient, GraphQLFailure
from running_api import RunningApi
from sqlalchemy import event, text

from chowda.db.database import Database
from chowda.enums import DocumentType
from chowda.errors import BadUserInput
from chowda.guid_rule import GuidRule
from chowda.media.bulk_import import Imported, ImportOptions, import_rows
from chowda.media.import_rows import Defaults, format_of, read_rows

REAL = Path(__file__).parents[4] / "shared" / "data" / "aapb-guids.csv"
DEFAULT = ImportOptions()
HEADER = "guid,location,duration_seconds,size_bytes,checksum,collection\n"


async def run(database: Database, data: str, options: ImportOptions = DEFAULT, **more: Any) -> Imported:
    async with database.session() as session:
        defaults = Defaults(GuidRule.parse("aapb"), **more)
        rows = read_rows(io.BytesIO(data.encode()), format_of(data.encode()), defaults)
        return await import_rows(session, rows, options)


async def select(database: Database, statement: str) -> list[tuple[Any, ...]]:
    async with database.session() as session:
        return [tuple(row) for row in await session.execute(text(statement))]


DOCUMENTS = """SELECT guid, position, location, duration_seconds, size_bytes, checksum, revision
    FROM media_files f JOIN media_documents d ON d.media_file_id = f.id ORDER BY guid, position"""


def counts(result: Imported) -> tuple[int, int, int, int]:
    return result.added, result.updated, result.unchanged, len(result.bad_rows)


async def test_import_adds_files_and_collections_and_repeating_it_changes_nothing(
    database: Database,
) -> None:
    data = (
        f"{HEADER}b,file:///b.mp4,2.5,7,md5:{'0' * 32},spring\na,file:///a.mp4,,,,\n"
        "b,file:///b.txt,,,,\nb,file:///b.mp4,,,,autumn\n"
    )
    first = await run(database, data)
    assert counts(first) == (2, 0, 0, 0)
    assert (first.rows, first.added_to_collections, sorted(first.collections_created)) == (
        4,
        2,
        ["autumn", "spring"],
    )
    expected = [
        ("a", 1, "file:///a.mp4", None, None, None, 1),
        ("b", 1, "file:///b.mp4", 2.5, 7, f"md5:{'0' * 32}", 1),
        ("b", 2, "file:///b.txt", None, None, None, 1),
    ]
    assert await select(database, DOCUMENTS) == expected
    again = await run(database, data)
    assert counts(again) == (0, 0, 2, 0)
    assert (again.added_to_collections, again.collections_created) == (0, [])
    assert await select(database, DOCUMENTS) == expected
    assert await select(database, "SELECT name, media_file_count FROM collections ORDER BY 1") == [
        ("autumn", 1),
        ("spring", 1),
    ]


async def test_good_rows_are_saved_unless_the_import_is_atomic(database: Database) -> None:
    data = f"{HEADER}a,file:///a.mp4,,,,new\nb,rel.mp4,,,,\nc,file:///c.mp4,,,,\nc,file:///c.what,,,,\n"
    none = await run(database, data, ImportOptions(atomic=True))
    assert not none.kept
    assert [bad.line for bad in none.bad_rows] == [3, 4, 5]
    assert await select(database, "SELECT guid FROM media_files") == []
    assert await select(database, "SELECT name FROM collections") == []
    some = await run(database, data)
    assert some.kept
    assert counts(some) == (1, 0, 0, 3)
    assert [bad.reason for bad in some.bad_rows][
        1
    ] == "Line 5 of the same media file is bad. Fix that line first."
    assert await select(database, "SELECT guid FROM media_files") == [("a",)]
    fixed = await run(database, data.replace("rel", "/rel").replace("what", "txt"))
    assert counts(fixed) == (2, 0, 1, 0)


async def test_existing_file_with_other_documents_is_bad_or_updated(database: Database) -> None:
    await run(database, f"{HEADER}a,file:///a.mp4,5,7,,\nb,file:///b.mp4,5,,,\nc,file:///c.mp4,,,,\n")
    before = await select(database, DOCUMENTS)
    data = (
        f"{HEADER}a,file:///other.mp4,,,,\nb,file:///b.mp4,6,9,,\nc,file:///c.mp4,,,,\n"
        "c,file:///c.txt,,,,\nd,file:///d.mp4,,,,\n"
    )
    refused = await run(database, data)
    assert counts(refused) == (1, 0, 0, 4)
    reasons = {bad.line: bad.reason for bad in refused.bad_rows}
    assert "already exists with other documents: file:///a.mp4" in reasons[2]
    assert "already exists with another duration, size or checksum" in reasons[3]
    assert set(reasons) == {2, 3, 4, 5}
    assert (await select(database, DOCUMENTS))[:3] == before
    updated = await run(database, data, ImportOptions(update=True))
    assert counts(updated) == (0, 3, 1, 0)
    assert await select(database, DOCUMENTS) == [
        ("a", 1, "file:///other.mp4", None, None, None, 2),
        ("b", 1, "file:///b.mp4", 6.0, 9, None, 2),
        ("c", 1, "file:///c.mp4", None, None, None, 2),
        ("c", 2, "file:///c.txt", None, None, None, 2),
        ("d", 1, "file:///d.mp4", None, None, None, 1),
    ]
    without_details = await run(database, f"{HEADER}b,file:///b.mp4,,,,\n", ImportOptions(update=True))
    assert counts(without_details) == (0, 0, 1, 0)


async def test_contradictory_rows_of_one_document_are_bad(database: Database) -> None:
    found = await run(database, f"{HEADER}a,/a.mp4,1,,,\na,/a.mp4,,5,,\na,/a.mp4,2,,,\nb,/b.mp4,,,,\n")
    assert counts(found)[0] == 1
    assert (4, "The duration, size or checksum differs from line 2, which has the same document.") in [
        (bad.line, bad.reason) for bad in found.bad_rows
    ]
    many = "".join(f"a,/a{number}.mp4,,,,\n" for number in range(101))
    assert "101 documents" in (await run(database, HEADER + many)).bad_rows[0].reason


async def test_concurrent_imports_add_each_file_once(database: Database) -> None:
    data = HEADER + "".join(f"g{number},file:///g{number}.mp4,,,,all\n" for number in range(300))
    results = await asyncio.gather(*(run(database, data) for _ in range(4)))
    assert sorted(result.added for result in results) == [0, 0, 0, 300]
    assert sum(result.unchanged for result in results) == 900
    assert await select(database, "SELECT count(*) FROM media_documents") == [(300,)]
    assert await select(database, "SELECT media_file_count FROM collections") == [(300,)]


async def test_refused_file_does_not_affect_the_next_import(database: Database) -> None:
    with pytest.raises(BadUserInput, match="needs a column guid"):
        await run(database, "name,year\nx,1\n")
    assert counts(await run(database, f"{HEADER}a,/a.mp4,,,,\n")) == (1, 0, 0, 0)


async def test_number_of_statements_does_not_depend_on_rows(database: Database) -> None:
    async def statements(rows: int, prefix: str) -> int:
        sent: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            sent.append(statement)

        event.listen(database.engine.sync_engine, "before_cursor_execute", note)
        data = HEADER + "".join(f"{prefix}{n},/{prefix}{n}.mp4,,,,c\n" for n in range(rows))
        assert (await run(database, data)).added == rows
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
        return len(sent)

    assert await statements(1, "few") == await statements(2000, "many")


@pytest.mark.skipif(not REAL.exists(), reason="no shared/data beside the checkout")
async def test_real_guids_of_the_american_archive_are_imported(database: Database) -> None:
    data = REAL.read_text()
    without = await run(database, data)
    assert (without.added, len(without.bad_rows)) == (0, data.count("\n") - 1)
    more = {"location": "baapb://{guid}.video", "collections": ("aapb",)}
    found = await run(database, data, **more)
    assert counts(found) == (data.count("\n") - 1, 0, 0, 0)
    assert counts(await run(database, data, **more)) == (0, 0, found.added, 0)
    kinds = await select(database, "SELECT type, count(*) FROM media_documents GROUP BY 1")
    assert kinds == [(DocumentType.VIDEO, found.added)]


class TestApi:
    async def test_mutation_returns_the_result(self, api: RunningApi) -> None:
        client = GraphQLClient(api.url)
        query = """mutation ($i: ImportMediaFilesInput!) { importMediaFiles(input: $i) {
            rows added updated unchanged kept badRowCount badRows { line guid reason } collectionsCreated } }"""
        result = (
            await client.execute(
                query, i={"text": "guid,location\na,/a.mp4\nb,b\nc\0,/c.mp4\n", "collections": ["all"]}
            )
        )["importMediaFiles"]
        assert (result["rows"], result["added"], result["badRowCount"], result["kept"]) == (3, 1, 2, True)
        assert [(bad["line"], bad["guid"]) for bad in result["badRows"]] == [(3, "b"), (4, None)]
        assert result["collectionsCreated"] == ["all"]
        query = (
            """{ mediaFile(guid: "a") { revision documents { location sizeBytes } collections { name } } }"""
        )
        assert (await client.execute(query))["mediaFile"] == {
            "revision": 1,
            "documents": [{"location": "/a.mp4", "sizeBytes": None}],
            "collections": [{"name": "all"}],
        }

    async def test_long_file_is_posted_and_answered_line_by_line(
        self, api: RunningApi, tmp_path: Path
    ) -> None:
        body = "guid,location\n" + "".join(f"g{n},/g{n}.mp4\n" for n in range(12_000)) + "x,x\n"
        async with httpx.AsyncClient(base_url=api.url, timeout=60) as client:
            answer = await client.post(
                "/media-files/import",
                params={"collection": ["c", "d"]},
                content=body.encode(),
                headers={"Content-Type": "text/csv"},
            )
            lines = [json.loads(line) for line in answer.text.splitlines()]
            assert [line["progress"]["rows"] for line in lines[:-2]] == [5000, 10000, 12001]
            assert lines[-2]["badRow"]["line"] == 12_002
            assert lines[-1]["result"] == {
                "rows": 12_001,
                "added": 12_000,
                "updated": 0,
                "unchanged": 0,
                "addedToCollections": 24_000,
                "collectionsCreated": ["c", "d"],
                "badRows": 1,
                "kept": True,
                "ignoredColumns": [],
            }
            for parameters, content_type, status, part in (
                ({}, "text/plain", 415, "Content-Type: text/csv"),
                ({"atomic": "perhaps"}, "text/csv", 400, "'perhaps'"),
                ({"atom": "1"}, "text/csv", 400, "no parameter 'atom'"),
                ({"type": "FILM"}, "text/csv", 400, "'FILM'"),
            ):
                refused = await client.post(
                    "/media-files/import",
                    params=parameters,
                    content=b"guid\n",
                    headers={"Content-Type": content_type},
                )
                assert refused.status_code == status
                assert part in refused.json()["error"]["message"]
            wrong = await client.post(
                "/media-files/import", content=b"name\nx\n", headers={"Content-Type": "text/csv"}
            )
            assert json.loads(wrong.text)["error"]["code"] == "BAD_USER_INPUT"
        assert list((tmp_path / "work").iterdir()) == []


async def test_bad_guid_list_is_refused_by_every_query_with_its_line(
    api: RunningApi, database: Database
) -> None:
    await add_files(database, 3)
    client = GraphQLClient(api.url)
    text = 'asset_id,title\ncpb-aacip-000001,"Evening news\ncpb-aacip-000002,x\n'
    for query in (
        "query ($t: String!) { readGuids(text: $t) { found } }",
        'mutation ($t: String!) { createBatchFrom(input: {name: "b", guidText: $t}) { id } }',
        'mutation ($t: String!) { importBatchDefinition(input: {name: "b", text: $t}) { ignored } }',
    ):
        for broken, reason in (
            (text, "opened in lines 2 to 3 is never closed"),
            ("asset_id,title\ncpb-aacip-000001,x\n,y\n", "Line 3: The row has no GUID"),
            (f"asset_id,{'x' * 150_000}\ncpb-aacip-000001,y\n", "more than 100,000 characters"),
        ):
            with pytest.raises(GraphQLFailure) as caught:
                await client.execute(query, t=broken)
            assert (caught.value.code, reason in str(caught.value)) == ("BAD_USER_INPUT", True), str(
                caught.value
            )
    assert await select(database, "SELECT count(*) FROM batches") == [(0,)]


async def test_file_added_by_the_mutation_is_unchanged_by_an_import(database: Database) -> None:
    await add_files(database, 1)
    found = await run(database, f"{HEADER}cpb-aacip-000001,file:///data/cpb-aacip-000001.video,,,,\n")
    assert counts(found) == (0, 0, 1, 0)
