"""`chowda api` as a process of its own: its socket, its logs, its end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from factories import start_run
from graphql_wire import MULTIPART, TRANSPORT_WS, greet, receive, subscribe
from websockets.asyncio.client import connect

from chowda.db import Database
from chowda.ids import Kind, opaque
from chowda.listening import INHERITED, bind, port_of

WATCH = "subscription($id: ID!) { batchRun(id: $id) { status } }"


@contextmanager
def api_process(
    database_url: str, data_dir: Path, listener: socket.socket | None = None, **env: str
) -> Iterator[subprocess.Popen[str]]:
    environment = {
        **os.environ,
        "CHOWDA_DATABASE_URL": database_url,
        "CHOWDA_DATA_DIR": str(data_dir),
        **env,
    }
    if listener is not None:
        environment[INHERITED] = str(listener.fileno())
    process = subprocess.Popen(
        [sys.executable, "-m", "chowda", "api"],
        env=environment,
        pass_fds=[listener.fileno()] if listener else [],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with bind("127.0.0.1", 0) as listener:
        yield listener


def ready(url: str) -> None:
    """The socket is open from the start: whoever connects early waits."""
    deadline = time.monotonic() + 30
    while httpx.get(url + "/readyz", timeout=30).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_serves_on_the_socket_it_is_given_and_ends_well_within_seconds_of_a_signal(
    database_url: str, database: Database, tmp_path: Path, listener: socket.socket, number: signal.Signals
) -> None:
    run_id = opaque(Kind.BATCH_RUN, (await start_run(database)).id)
    url = f"http://127.0.0.1:{port_of(listener)}"
    with api_process(database_url, tmp_path, listener) as process:
        ready(url)
        body = {"query": WATCH, "variables": {"id": run_id}}
        async with (
            connect(url.replace("http", "ws") + "/graphql", subprotocols=[TRANSPORT_WS]) as websocket,
            httpx.AsyncClient() as client,
            client.stream("POST", url + "/graphql", json=body, headers={"Accept": MULTIPART}) as answer,
        ):
            await greet(websocket)
            await subscribe(websocket, "1", WATCH, id=run_id)
            await receive(websocket)
            assert answer.status_code == 200
            signaled = time.monotonic()
            process.send_signal(number)
            assert process.wait(10) == 0
            assert time.monotonic() - signaled < 4
        assert process.stderr is not None
        lines = [json.loads(line) for line in process.stderr]
    assert [line["event"] for line in lines if line["process"] == "api"] == ["api.starting", "api.stopped"]
    assert lines[0]["address"] == url
    with socket.create_connection(("127.0.0.1", port_of(listener)), 5):
        pass  # the socket is its parent's, and still open


def test_without_a_parent_it_listens_where_the_settings_say(database_url: str, tmp_path: Path) -> None:
    with bind("127.0.0.1", 0) as probe:
        port = port_of(probe)
    with api_process(database_url, tmp_path, CHOWDA_PORT=str(port)):
        deadline = time.monotonic() + 30
        while True:
            try:
                ready(f"http://127.0.0.1:{port}")
                break
            except httpx.ConnectError:
                assert time.monotonic() < deadline
                time.sleep(0.1)


def test_a_port_that_is_taken_is_told_in_a_line(
    database_url: str, tmp_path: Path, listener: socket.socket
) -> None:
    port = port_of(listener)
    with api_process(database_url, tmp_path, CHOWDA_PORT=str(port)) as process:
        _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert f"Port {port}" in said
    assert "Traceback" not in said


def test_another_host_than_loopback_is_refused_with_the_reason(database_url: str, tmp_path: Path) -> None:
    with api_process(database_url, tmp_path, CHOWDA_HOST="0.0.0.0") as process:
        _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "loopback" in said
    assert "Traceback" not in said
