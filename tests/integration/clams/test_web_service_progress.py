"""Polling an app for the progress of a call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from app_caller import Caller
from fake_clams import FakeClams

from chowda.clams import progress
from chowda.clams.runtimes.web_service import run

SEVERAL_INTERVALS_SECONDS = 0.3


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeClams]:
    monkeypatch.setattr(progress, "INTERVAL_SECONDS", 0.05)
    with FakeClams(capacity=0) as fake:
        yield fake


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def calling(app: FakeClams, folder: Path) -> AsyncIterator[list[float]]:
    """A call that runs until the block ends. Then it must succeed, and the polling must end."""
    percents: list[float] = []
    call = asyncio.create_task(run(Caller(app, folder).call(), percents.append))
    await until(lambda: len(app.calls) == 1)
    yield percents
    app.release_calls()
    assert (await call).outline.views
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_progress_is_reported_during_the_call(app: FakeClams, tmp_path: Path) -> None:
    async with calling(app, tmp_path) as percents:
        for percent in ("0", "12.5", "100"):
            app.progress = percent
            await until(lambda: float(percent) in percents)  # noqa: B023
    assert percents == sorted(percents)


@pytest.mark.parametrize("answer", ["off", "nonsense", "long", "-1", "100.1", "nan"])
async def test_polling_ends_after_404_or_an_invalid_answer(
    app: FakeClams, tmp_path: Path, answer: str
) -> None:
    app.progress = answer
    async with calling(app, tmp_path) as percents:
        await until(lambda: app.progress_requests == 1)
        app.progress = "50"
        await asyncio.sleep(SEVERAL_INTERVALS_SECONDS)
    assert (percents, app.progress_requests) == ([], 1)


async def test_hanging_progress_endpoint_does_not_affect_the_call(app: FakeClams, tmp_path: Path) -> None:
    app.progress = "hanging"
    async with calling(app, tmp_path) as percents:
        await until(lambda: app.progress_requests == 1)
    assert percents == []


async def test_polling_ends_after_three_timeouts(
    app: FakeClams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_ANSWER_SECONDS", 0.05)
    app.progress = "hanging"
    async with calling(app, tmp_path):
        await until(lambda: app.progress_requests == 3)
        await asyncio.sleep(SEVERAL_INTERVALS_SECONDS)
    assert app.progress_requests == 3


async def test_polling_ends_with_the_call(app: FakeClams, tmp_path: Path) -> None:
    app.progress = "50"
    async with calling(app, tmp_path) as percents:
        await until(lambda: bool(percents))
    requests = app.progress_requests
    await asyncio.sleep(SEVERAL_INTERVALS_SECONDS)
    assert app.progress_requests == requests


async def test_polling_ends_with_a_failed_call(app: FakeClams, tmp_path: Path) -> None:
    app.progress = "50"
    app.behave("drop")
    call = asyncio.create_task(Caller(app, tmp_path).failure())
    await until(lambda: app.progress_requests > 0)
    app.release_calls()
    await call
    assert asyncio.all_tasks() == {asyncio.current_task()}
