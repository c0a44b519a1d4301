"""Whatever is done to batch runs and their files, in whatever order and all at once: no contradiction, no dead end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_actions import Do, World

from chowda.apps import circuit_breaker
from chowda.db.database import Database
from chowda.pipelines import retry_policy

CASES = settings.default.max_examples * 2 // 5
"40, or 400 with the profile fuzz."

OFTEN = ("begin", "begin", "begin", "finish", "finish", "finish", "fail", "fail")
WORK = (
    "dispatch",
    "deliver",
    "initial",
    "answered",
    "kill",
    "reap",
    "give_back",
    "beat",
    "time",
    "keep_house",
)
PEOPLE = ("start", "batch_run", "file", "file", "send_back")
things = st.builds(Do, st.sampled_from(OFTEN + WORK + PEOPLE), st.integers(0, 11), st.integers(0, 11))
moments = st.lists(things, min_size=1, max_size=1) | st.lists(things, min_size=2, max_size=4)


@pytest.fixture(autouse=True)
def sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Circuits open after few files, and retries are due at once."""
    monkeypatch.setattr(circuit_breaker, "FILES", 3)
    monkeypatch.setattr(retry_policy, "FIRST_DELAY_SECONDS", 0.0)


@pytest.fixture
async def prepared(database_url: str) -> AsyncIterator[tuple[Database, list[int]]]:
    database = Database(database_url, name="many", pool_size=8)
    yield database, await World.prepare(database)
    await database.close()


@pytest.mark.timeout(30 * CASES)
@settings(max_examples=CASES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(moments, min_size=15, max_size=60))
async def test_nothing_that_is_done_contradicts_itself_or_gets_stuck(
    prepared: tuple[Database, list[int]], story: list[list[Do]]
) -> None:
    world = World(*prepared)
    await world.forget()
    await world.do([Do("start", 0, 0)])
    for moment in story:
        await world.do(moment)
    await world.to_the_end()
