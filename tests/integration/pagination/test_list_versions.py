"""The filter for media files without an output of an app, or with an outdated one."""

from __future__ import annotations

import random
from typing import Any

import pytest
from factories import finish_file, start_run, step_run_ids
from graphql_client import GraphQLClient, GraphQLFailure
from running_api import RunningApi
from sqlalchemy import text

from chowda.db.database import Database
from chowda.ids import Kind, opaque


@pytest.fixture
def client(api: RunningApi) -> GraphQLClient:
    return GraphQLClient(api.url)


async def execute(database: Database, statement: str, **parameters: Any) -> None:
    async with database.session() as session:
        await session.execute(text(statement), parameters)


async def test_version_order_sorts_versions_by_number(database: Database) -> None:
    ordered = [
        "",
        "v0.9",
        "1.0-alpha2",
        "v1.0-rc1",
        "v1.0-rc2",
        "v1",
        "1.0.1",
        "v1.2",
        "v8.9",
        "v8.9.1",
        "v8.10",
        "v10",
    ]
    async with database.session() as session:
        rows = text(
            "SELECT v FROM unnest(CAST(:versions AS text[])) WITH ORDINALITY AS u(v, at) ORDER BY version_order(v), at"
        )
        shuffled = random.Random(1).sample(ordered, len(ordered))
        assert list(await session.scalars(rows, {"versions": shuffled})) == ordered
        same = text("SELECT version_order('v8') = version_order('8.0.0')")
        assert await session.scalar(same)
        split = text("SELECT app_family(:i), app_version(:i)")
        for identifier, family, version in [
            ("http://apps.clams.ai/swt-detection/v8.9", "http://apps.clams.ai/swt-detection", "v8.9"),
            ("http://apps.clams.ai/swt-detection/8.9/", "http://apps.clams.ai/swt-detection", "8.9"),
            ("http://apps.clams.ai/swt-detection", "http://apps.clams.ai/swt-detection", ""),
            (
                "http://apps.clams.ai/3d-finder/unresolvable",
                "http://apps.clams.ai/3d-finder/unresolvable",
                "",
            ),
        ]:
            assert tuple((await session.execute(split, {"i": identifier})).one()) == (family, version)


async def test_files_without_an_output_or_with_an_older_one_are_found(
    client: GraphQLClient, database: Database
) -> None:
    async def run_all(version: str, *files: int) -> None:
        await execute(
            database,
            "UPDATE clams_apps SET identifier = 'http://apps.clams.ai/run-app1/' || CAST(:v AS text) "
            "WHERE name = 'run-app1'",
            v=version,
        )
        for file in files:
            await finish_file(database, step_runs[file])

    run = await start_run(database, files=4, steps=1)
    step_runs = await step_run_ids(database, run.id)
    await run_all("v8.9", 0, 1)
    await run_all("v8.10", 2)
    app = opaque(Kind.APP, await _app_id(database))

    async def without(older_than: str | None = None) -> set[str]:
        argument = f', olderThan: "{older_than}"' if older_than else ""
        names = await client.found("mediaFiles", "guid", f'noOutputOf: {{app: "{app}"{argument}}}')
        return {name[-1] for name in names}

    assert await without() == {"4"}
    assert await without("v8.9") == {"4"}
    assert await without("v8.10") == {"1", "2", "4"}
    assert await without("8.9.1") == {"1", "2", "4"}
    assert await without("v9") == {"1", "2", "3", "4"}
    for wrong, code in ((f'app: "{app}", olderThan: "newest"', "BAD_USER_INPUT"), ('app: "x"', "NOT_FOUND")):
        with pytest.raises(GraphQLFailure) as caught:
            await client.page("mediaFiles", "nodes { guid }", f"filter: {{noOutputOf: {{{wrong}}}}}")
        assert caught.value.code == code
    made = await client.page("mmifs", "nodes { appIdentifier }")
    assert [node["appIdentifier"][-4:] for node in made["nodes"]] == ["8.10", "v8.9", "v8.9"]


async def _app_id(database: Database) -> int:
    async with database.session() as session:
        key = await session.scalar(text("SELECT id FROM clams_apps WHERE name = 'run-app1'"))
    assert isinstance(key, int)
    return key
