from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from factories import add_app, app_metadata
from sqlalchemy import text

from chowda.apps.registry import Registration, check_registration, normal_endpoint, save_app
from chowda.clams.metadata import parse_metadata
from chowda.db.database import Database
from chowda.enums import AppRuntime
from chowda.errors import BadUserInput, Conflict
from chowda.models import ClamsApp

DESCRIPTIONS = Path(__file__).parents[3] / "../shared/data/app-metadata"


def registration(**changes: object) -> Registration:
    given: dict[str, object] = {
        "runtime": AppRuntime.WEB_SERVICE,
        "endpoint": "http://localhost:5000",
        "name": None,
        "max_concurrency": 1,
        "timeout_seconds": 60,
    }
    return check_registration(**(given | changes))  # type: ignore[arg-type]


async def save(database: Database, described: dict[str, object], **changes: object) -> ClamsApp:
    async with database.session() as session:
        return await save_app(session, registration(**changes), parse_metadata(described), described)


async def slots(database: Database, app: ClamsApp) -> list[int]:
    async with database.session() as session:
        found = await session.scalars(
            text("SELECT n FROM app_slots WHERE clams_app_id = :id ORDER BY n"), {"id": app.id}
        )
        return list(found)


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("http://localhost:5000", "http://localhost:5000"),
        (" HTTP://LOCALHOST:5000/ ", "http://localhost:5000"),
        ("https://Example.org:443/apps/one", "https://example.org/apps/one"),
        ("https://example.org/apps/one/", "https://example.org/apps/one/"),
    ],
)
def test_endpoints_are_normalized_and_keep_a_trailing_slash(given: str, normal: str) -> None:
    assert normal_endpoint(given) == normal


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ("", "endpoint is empty"),
        ("localhost:5000", "http"),
        ("ftp://localhost", "http"),
        ("file:///etc/passwd", "http"),
        ("http://", "http"),
        ("http://localhost:99999", "URL"),
        ("http://localhost:5000?pretty=true", "query"),
        ("http://localhost:5000#top", "fragment"),
        ("http://local\nhost", "character"),
        ("http://" + "a" * 3000, "3,007 characters"),
    ],
)
def test_invalid_endpoint_is_refused(wrong: str, complaint: str) -> None:
    with pytest.raises(BadUserInput, match=complaint):
        registration(endpoint=wrong)


def test_credentials_in_an_endpoint_are_refused_and_not_repeated() -> None:
    with pytest.raises(BadUserInput, match="password") as caught:
        registration(endpoint="http://someone:s3cret@localhost:5000")
    assert "s3cret" not in caught.value.message


@pytest.mark.parametrize("runtime", [AppRuntime.COMMAND, AppRuntime.KUBERNETES_JOB])
def test_unsupported_runtime_is_refused_with_advice(runtime: AppRuntime) -> None:
    with pytest.raises(
        BadUserInput, match=f"cannot run apps with the runtime {runtime} yet. Start the app as a web service"
    ):
        registration(runtime=runtime, endpoint=None)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"endpoint": None}, "needs an endpoint"),
        ({"max_concurrency": 0}, "maxConcurrency is 0; use 1 to 1,000"),
        ({"max_concurrency": 1001}, "maxConcurrency is 1001"),
        ({"timeout_seconds": 0}, "timeoutSeconds is 0"),
        ({"name": " "}, "name is empty"),
        ({"name": "a\0"}, r"character '\\x00'"),
    ],
)
def test_limits_out_of_bounds_are_refused_with_the_bounds(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(BadUserInput, match=complaint):
        registration(**changes)


async def test_app_gets_one_slot_per_allowed_call(database: Database) -> None:
    app = await save(database, app_metadata("one"), max_concurrency=3)
    assert await slots(database, app) == [1, 2, 3]
    await save(database, app_metadata("one"), max_concurrency=5)
    assert await slots(database, app) == [1, 2, 3, 4, 5]


async def test_same_endpoint_updates_the_app_and_keeps_its_name(database: Database) -> None:
    first = await save(database, app_metadata("one"), name="mine")
    newer = app_metadata("one", identifier="http://apps.clams.ai/one/v2", app_version="v2")
    again = await save(database, newer, endpoint="http://LOCALHOST:5000/", timeout_seconds=7)
    assert again.id == first.id
    assert (again.name, again.identifier, again.version) == ("mine", "http://apps.clams.ai/one/v2", "v2")
    assert (again.timeout_seconds, again.description) == (7, newer)
    renamed = await save(database, newer, name="yours")
    assert (renamed.id, renamed.name) == (first.id, "yours")


async def test_trailing_slash_does_not_make_another_app(
    database: Database,
) -> None:
    first = await save(database, app_metadata("one"), endpoint="http://localhost/one")
    again = await save(database, app_metadata("one"), endpoint="http://localhost/one/")
    assert (again.id, again.endpoint) == (first.id, "http://localhost/one/")


async def test_default_name_is_the_name_in_the_metadata(database: Database) -> None:
    assert (await save(database, app_metadata("one"))).name == "one"


async def test_name_of_another_app_is_a_conflict(database: Database) -> None:
    await add_app(database, "one", endpoint="http://localhost:6000")
    with pytest.raises(Conflict, match=r"Another app has the name 'one': .* at http://localhost:6000"):
        await save(database, app_metadata("one"))
    await save(database, app_metadata("one"), name="two")
    with pytest.raises(Conflict):
        await save(database, app_metadata("one"), name="one")


async def test_concurrent_registrations_of_one_endpoint_make_one_app(database: Database) -> None:
    apps = await asyncio.gather(*(save(database, app_metadata("one"), name=None) for _ in range(6)))
    assert len({app.id for app in apps}) == 1


async def test_only_another_version_may_be_called_concurrently_again(
    database: Database,
) -> None:
    app = await save(database, app_metadata("one"))
    async with database.session() as session:
        await session.execute(text("UPDATE clams_apps SET one_at_a_time = true"))
    assert (await save(database, app_metadata("one"))).one_at_a_time
    newer = app_metadata("one", identifier="http://apps.clams.ai/one/v2")
    assert not (await save(database, newer)).one_at_a_time
    assert app.max_concurrency == 1


@pytest.mark.skipif(not DESCRIPTIONS.is_dir(), reason="the real descriptions are not beside this checkout")
async def test_published_descriptions_are_kept_unchanged(database: Database) -> None:
    for path in sorted(DESCRIPTIONS.glob("*.json")):
        described = json.loads(path.read_text())
        app = await save(database, described, endpoint=f"http://localhost/{path.stem}")
        async with database.session() as session:
            kept = (await session.get_one(ClamsApp, app.id)).description
        assert kept == described, path.name
