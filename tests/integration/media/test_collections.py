"""Collections, and changing and deleting media files."""

from __future__ import annotations

import pytest
from factories import add_batch, add_files, guids, start_run
from graphql_client import GraphQLClient, GraphQLFailure
from running_api import RunningApi
from sqlalchemy import text

from chowda.db.database import Database
from chowda.enums import DocumentType
from chowda.errors import BadUserInput, Conflict, NotFound
from chowda.media.collections import (
    CollectionChange,
    add_to_collection,
    collections_by_id,
    create_collection,
    delete_collection,
    remove_from_collection,
    update_collection,
)
from chowda.media.files import NewDocument, NewMediaFile, delete_media_file, update_media_file
from chowda.media.mmifs import add_upload


async def test_collection_contains_each_file_once_and_counts_them(database: Database) -> None:
    await add_files(database, 5)
    async with database.session() as session:
        made = await create_collection(session, " spring ", "of 1970", guids(2))
        assert (made.name, made.media_file_count) == ("spring", 2)
        assert (await add_to_collection(session, made.id, guids(4))).media_file_count == 4
        again = await add_to_collection(session, made.id, [*guids(4), *guids(1)])
        assert again.media_file_count == 4
        fewer = await remove_from_collection(session, made.id, [*guids(1), "nowhere", "a\0"])
        assert fewer.media_file_count == 3
        changed = await update_collection(session, made.id, CollectionChange("autumn", ""))
        assert (changed.name, changed.description) == ("autumn", None)
    async with database.session() as session:
        await delete_collection(session, made.id)
        assert await collections_by_id(session, [made.id]) == {}
        assert await session.scalar(text("SELECT count(*) FROM media_files")) == 5
        with pytest.raises(NotFound, match="no collection with the ID 'coll-1'"):
            await delete_collection(session, made.id)


async def test_names_are_unique_and_all_unknown_guids_are_listed(database: Database) -> None:
    await add_files(database, 2)
    async with database.session() as session:
        await create_collection(session, "one")
        two = await create_collection(session, "two")
    for name_it in ("create", "rename"):
        with pytest.raises(Conflict, match="collection named 'one' already exists"):
            async with database.session() as session:
                if name_it == "create":
                    await create_collection(session, "one")
                else:
                    await update_collection(session, two.id, CollectionChange("one"))
    with pytest.raises(BadUserInput, match="2 of the GUIDs are unknown: x, a") as caught:
        async with database.session() as session:
            await add_to_collection(session, two.id, [*guids(2), "x", "a\0"])
    assert caught.value.extensions == {"guids": ["x", "a\0"]}
    async with database.session() as session:
        assert (await collections_by_id(session, [two.id]))[two.id].media_file_count == 0


async def test_documents_are_replaced_only_at_the_expected_revision(database: Database) -> None:
    [file] = await add_files(database, 1)
    new = NewMediaFile(
        file.guid, (NewDocument(DocumentType.AUDIO, "/a.mp3", None, 2.0, 5, f"md5:{'0' * 32}"),)
    )
    async with database.session() as session:
        assert (await update_media_file(session, new, revision=1)).revision == 2
        assert (await update_media_file(session, new, revision=2)).revision == 2
    with pytest.raises(Conflict, match="has revision 2, not 1"):
        async with database.session() as session:
            await update_media_file(session, new, revision=1)
    async with database.session() as session:
        rows = await session.execute(text("SELECT type, location, size_bytes, checksum FROM media_documents"))
        assert [tuple(row) for row in rows] == [("AUDIO", "/a.mp3", 5, f"md5:{'0' * 32}")]
        with pytest.raises(NotFound, match="no media file with the GUID 'nowhere'"):
            await update_media_file(session, NewMediaFile("nowhere", new.documents))


async def test_file_in_use_is_not_deleted_and_the_uses_are_named(
    database: Database,
) -> None:
    await add_batch(database, 1, name="spring")
    [free] = await add_files(database, 1, "free")
    async with database.session() as session:
        await create_collection(session, "tapes", None, ["spring-000001"])
        file = await session.scalar(text("SELECT id FROM media_files WHERE guid = 'spring-000001'"))
        await add_upload(session, int(file or 0), "0" * 64, 1)
    message = r"is in 1 batch \('spring'\), and is in 1 collection \('tapes'\), and has 1 MMIF\."
    with pytest.raises(Conflict, match=message):
        async with database.session() as session:
            await delete_media_file(session, "spring-000001")
    async with database.session() as session:
        await delete_media_file(session, free.guid)
    async with database.session() as session:
        assert list(await session.scalars(text("SELECT guid FROM media_files"))) == ["spring-000001"]


async def test_collections_through_the_api(api: RunningApi, database: Database) -> None:
    client = GraphQLClient(api.url)
    await add_files(database, 3)
    run = await start_run(database)
    made = (
        await client.execute(
            'mutation ($g: [String!]!) { createCollection(input: {name: "c", guids: $g}) { id mediaFileCount } }',
            g=guids(2),
        )
    )["createCollection"]
    changed = await client.execute(
        """mutation ($id: ID!, $more: [String!]!) {
            add: addToCollection(id: $id, guids: $more) { mediaFileCount }
            remove: removeFromCollection(id: $id, guids: $more) { mediaFileCount }
            update: updateCollection(input: {id: $id, name: "d"}) { name description } }""",
        id=made["id"],
        more=guids(3)[2:],
    )
    assert changed == {
        "add": {"mediaFileCount": 3},
        "remove": {"mediaFileCount": 2},
        "update": {"name": "d", "description": None},
    }
    found = await client.execute(
        'query ($id: ID!) { collection(id: $id) { name } none: collection(id: "coll-zz") { name } }',
        id=made["id"],
    )
    assert found == {"collection": {"name": "d"}, "none": None}
    one = await client.execute(
        "mutation ($id: ID!) { createBatchesFromCollections(input: {collectionIds: [$id]}) "
        "{ id name mediaFileCount } }",
        id=made["id"],
    )
    [batch] = one["createBatchesFromCollections"]
    assert (batch["name"], batch["mediaFileCount"]) == ("d", 2)
    gone = await client.execute(
        "mutation ($b: ID!, $c: ID!) { deleteBatch(id: $b) deleteCollection(id: $c) }",
        b=batch["id"],
        c=made["id"],
    )
    assert gone == {"deleteBatch": batch["id"], "deleteCollection": made["id"]}
    read = await client.execute(
        "query ($t: String!) { readGuids(text: $t) { found unknown repeated } }",
        t="\ufeffcpb-aacip-000002, nowhere;cpb-aacip-000001\ncpb-aacip-000002",
    )
    assert read["readGuids"] == {
        "found": ["cpb-aacip-000002", "cpb-aacip-000001"],
        "unknown": ["nowhere"],
        "repeated": ["cpb-aacip-000002"],
    }
    headed = await client.execute(
        "query ($t: String!) { readGuids(text: $t, format: CSV) { found unknown } }",
        t="Tape;Year\ncpb-aacip-000001;1970\n",
    )
    assert headed["readGuids"] == {"found": ["cpb-aacip-000001"], "unknown": []}
    with pytest.raises(GraphQLFailure) as caught:
        await client.execute('mutation { deleteBatch(id: "batch-1") }')
    assert (caught.value.code, run.batch_id) == ("CONFLICT", 1)
    assert "was started once" in str(caught.value)
