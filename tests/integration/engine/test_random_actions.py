"""Random actions on batch runs and their files, in any order and at the same time, break no invariant."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_actions import Action, RandomActions

from chowda.apps import circuit_breaker
from chowda.db.database import Database
from chowda.pipelines import retry_policy

CASES = settings.default.max_examples * 2 // 5
"40, or 400 with the profile fuzz."

FREQUENT = ("begin", "begin", "begin", "finish", "finish", "finish", "fail", "fail")
OF_WORKERS = (
    "dispatch",
    "deliver",
    "set_initial_mmif",
    "reuse_slot",
    "expire_lease",
    "requeue_expired",
    "release",
    "heartbeat",
    "pass_time",
    "maintain",
)
OF_USERS = ("start", "change_run", "change_file", "change_file", "cancel_and_retry_file")
actions = st.builds(
    Action, st.sampled_from(FREQUENT + OF_WORKERS + OF_USERS), st.integers(0, 11), st.integers(0, 11)
)
moments = st.lists(actions, min_size=1, max_size=1) | st.lists(actions, min_size=2, max_size=4)


@pytest.fixture(autouse=True)
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Circuits open after few files, and retries are due at once."""
    monkeypatch.setattr(circuit_breaker, "FILES", 3)
    monkeypatch.setattr(retry_policy, "FIRST_DELAY_SECONDS", 0.0)


@pytest.fixture
async def prepared(database_url: str) -> AsyncIterator[tuple[Database, list[int]]]:
    database = Database(database_url, name="many", pool_size=8)
    yield database, await RandomActions.prepare(database)
    await database.close()


@pytest.mark.timeout(30 * CASES)
@settings(max_examples=CASES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(moments, min_size=15, max_size=60))
async def test_random_actions_break_no_invariant_and_leave_nothing_stuck(
    prepared: tuple[Database, list[int]], story: list[list[Action]]
) -> None:
    world = RandomActions(*prepared)
    await world.reset()
    await world.run([Action("start", 0, 0)])
    for moment in story:
        await world.run(moment)
    await world.run_to_the_end()
