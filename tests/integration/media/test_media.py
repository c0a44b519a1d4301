from __future__ import annotations

import asyncio

import pytest
from factories import guids, new_file
from graphql_client import GraphQLClient, GraphQLFailure
from running_api import RunningApi
from sqlalchemy import text

from chowda.db.database import Database
from chowda.enums import DocumentType
from chowda.errors import BadUserInput, Conflict, LimitExceeded
from chowda.media.files import (
    FILES_LIMIT,
    NewDocument,
    NewMediaFile,
    add_media_files,
    documents_of,
    find_media_files,
)

VIDEO, AUDIO = DocumentType.VIDEO, DocumentType.AUDIO


async def count(database: Database, table: str) -> int:
    async with database.session() as session:
        return int(await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


async def test_files_and_documents_are_returned_in_order(
    database: Database,
) -> None:
    wanted = [new_file(guid, AUDIO, VIDEO) for guid in reversed(guids(3))]
    async with database.session() as session:
        added = await add_media_files(session, wanted)
        documents = await documents_of(session, [file.id for file in added])
    assert [file.guid for file in added] == [file.guid for file in wanted]
    assert [document.type for document in documents[added[0].id]] == ["AUDIO", "VIDEO"]


async def test_adding_the_same_file_again_changes_nothing(database: Database) -> None:
    async with database.session() as session:
        [first] = await add_media_files(session, [new_file("one", VIDEO, AUDIO)])
    async with database.session() as session:
        again = await add_media_files(session, [new_file("one", AUDIO, VIDEO), new_file("one", VIDEO, AUDIO)])
    assert [(file.id, file.created_at) for file in again] == [(first.id, first.created_at)] * 2
    assert await count(database, "media_documents") == 2


async def test_existing_guid_with_other_documents_refuses_the_whole_call(database: Database) -> None:
    async with database.session() as session:
        await add_media_files(session, [new_file(guid) for guid in guids(12)])
    with pytest.raises(
        Conflict, match=r"12 GUIDs are already registered with other documents: .*cpb-aacip-000010, …\."
    ):
        async with database.session() as session:
            await add_media_files(session, [new_file("new"), *(new_file(guid, AUDIO) for guid in guids(12))])
    assert await count(database, "media_files") == 12


async def test_conflict_lists_all_guids_in_its_extensions(database: Database) -> None:
    with pytest.raises(Conflict) as caught:
        async with database.session() as session:
            await add_media_files(
                session, [new_file(guid, kind) for guid in guids(15) for kind in (VIDEO, AUDIO)]
            )
    assert caught.value.extensions == {"guids": guids(15)}
    assert caught.value.message.count("cpb-aacip") == 10


async def test_missing_and_repeated_documents_are_differences(database: Database) -> None:
    document = NewDocument(VIDEO, "file:///a.mp4", "video/mp4")
    async with database.session() as session:
        await add_media_files(session, [NewMediaFile("one", (document,))])
    for others in [(document, document), (NewDocument(VIDEO, "file:///a.mp4"),)]:
        with pytest.raises(Conflict):
            async with database.session() as session:
                await add_media_files(session, [NewMediaFile("one", others)])


@pytest.mark.parametrize(
    ("file", "complaint"),
    [
        (NewMediaFile("", (NewDocument(VIDEO, "file:///a"),)), "GUID is empty"),
        (NewMediaFile("x" * 256, (NewDocument(VIDEO, "file:///a"),)), "256 characters"),
        (NewMediaFile("a\0b", (NewDocument(VIDEO, "file:///a"),)), r"character '\\x00'"),
        (NewMediaFile("a\ud800", (NewDocument(VIDEO, "file:///a"),)), "ud800"),
        (NewMediaFile("a ", (NewDocument(VIDEO, "file:///a"),)), "white space"),
        (NewMediaFile("one", ()), "no document"),
        (
            NewMediaFile("one", (NewDocument(VIDEO, " "),)),
            "location of a document of the media file one is empty",
        ),
        (NewMediaFile("one", (NewDocument(VIDEO, "file:///\0"),)), r"character '\\x00'"),
        (NewMediaFile("one", (NewDocument(VIDEO, "file:///a", "a\nb"),)), "MIME type"),
        (NewMediaFile("one", (NewDocument(VIDEO, "file:///a", None, -1.0),)), "duration"),
        (NewMediaFile("one", (NewDocument(VIDEO, "file:///a", None, float("inf")),)), "duration"),
    ],
)
async def test_invalid_file_is_refused_with_the_reason(
    database: Database, file: NewMediaFile, complaint: str
) -> None:
    with pytest.raises(BadUserInput, match=complaint):
        async with database.session() as session:
            await add_media_files(session, [new_file("good"), file])
    assert await count(database, "media_files") == 0


async def test_too_many_files_or_documents_are_refused(database: Database) -> None:
    async with database.session() as session:
        with pytest.raises(LimitExceeded, match="20,001 media files"):
            await add_media_files(session, [new_file("one")] * (FILES_LIMIT + 1))
        with pytest.raises(LimitExceeded, match="101 documents"):
            await add_media_files(session, [new_file("one", *[VIDEO] * 101)])


async def test_concurrent_calls_add_each_file_once(
    database: Database,
) -> None:
    async def add(order: int) -> list[int]:
        async with database.session() as session:
            files = [new_file(guid) for guid in guids(200)[::order]]
            return sorted(file.id for file in await add_media_files(session, files))

    results = await asyncio.gather(*(add(order) for order in (1, -1, 1, -1)))
    assert len({tuple(result) for result in results}) == 1
    assert await count(database, "media_documents") == 200


async def test_guid_that_cannot_be_stored_is_unknown(database: Database) -> None:
    async with database.session() as session:
        await add_media_files(session, [new_file("one")])
        assert set(await find_media_files(session, ["one", "a\0b", "\ud800"])) == {"one"}


@pytest.mark.parametrize(
    "time", ["9999-12-31T20:00-05:00", "0001-01-01T00:00+05:00", "0001-01-01T00:00+00:00"]
)
async def test_far_dates_in_a_filter_are_refused(api: RunningApi, time: str) -> None:
    client = GraphQLClient(api.url)
    query = "query ($t: DateTime) { mediaFiles(filter: {created: {from: $t}}) { nodes { guid } } }"
    with pytest.raises(GraphQLFailure, match="from 0001-01-02 to 9999-12-30"):
        await client.execute(query, t=time)
    for near in ("0001-01-02T00:00+00:00", "9999-12-30T00:00+00:00"):
        assert await client.execute(query, t=near) == {"mediaFiles": {"nodes": []}}
