"""The fake app: the features that other tests and benchmarks rely on."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from app_caller import Caller
from fake_clams import FakeClams

from chowda.clams.metadata_request import fetch_metadata


@pytest.fixture
def process_url() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.fake_clams", "--name", "separate", "--mmif-version", "1.1.0"]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()
        assert process.wait(10) == 0


async def test_process_is_controlled_over_http(process_url: str, tmp_path: Path) -> None:
    metadata, _ = await fetch_metadata(process_url)
    assert (metadata.name, metadata.mmif_version) == ("separate", "1.1.0")
    with FakeClams(name="separate", mmif_version="1.1.0") as same_app:
        caller = Caller(same_app, tmp_path)
    async with httpx.AsyncClient() as client:
        command = {
            "behave": [{"kind": "no_new_view", "guid": "cpb-aacip-1", "times": 1}],
            "set": {"seconds": 0.01},
        }
        await client.post(f"{process_url}/control", json=command)
        assert (await caller.failure(endpoint=process_url)).code == "NO_NEW_VIEW"
        await caller(endpoint=process_url)
        state = (await client.get(f"{process_url}/control")).json()
        assert [call["kind"] for call in state["calls"]] == ["no_new_view", "good"]
        assert state["max_open_calls"] == 1
        assert (await client.delete(f"{process_url}/control")).json()["calls"] == []


async def test_last_matching_behaviour_wins(tmp_path: Path) -> None:
    with FakeClams() as app:
        caller = Caller(app, tmp_path)
        app.behave("empty_view")
        app.behave("many_views", calls=[2, 3])
        app.behave("warnings_view", guid="cpb-aacip-9")
        app.behave("earlier_view", calls=[3], guid="cpb-aacip-1")
        for _ in range(4):
            await caller()
        assert [call.kind for call in app.calls] == ["empty_view", "many_views", "earlier_view", "empty_view"]


async def test_calls_beyond_the_capacity_wait(tmp_path: Path) -> None:
    with FakeClams(capacity=0, seconds=0.05) as app:
        callers = []
        for number in range(3):
            (tmp_path / str(number)).mkdir()
            callers.append(Caller(app, tmp_path / str(number)))
        calls = [asyncio.create_task(caller()) for caller in callers]
        while app.max_open_calls < 3:
            await asyncio.sleep(0.01)
        app.capacity = 1
        app.release_calls(1)
        await asyncio.gather(*calls)
        ended = sorted(call.ended or 0.0 for call in app.calls)
        assert all(later - earlier >= 0.049 for earlier, later in pairwise(ended))


async def test_call_continues_after_its_client_disconnects(tmp_path: Path) -> None:
    with FakeClams(seconds=0.4) as app:
        call = asyncio.create_task(Caller(app, tmp_path)())
        while not app.calls:
            await asyncio.sleep(0.01)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        assert app.open_calls == 1
        while app.calls[0].ended is None:
            await asyncio.sleep(0.01)
        assert app.calls[0].hung_up
        assert app.calls[0].ended - app.calls[0].started >= 0.4
