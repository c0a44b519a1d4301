"""`chowda api` as a process of its own: its socket, its logs, its end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from factories import start_run
from graphql_wire import MULTIPART, TRANSPORT_WS, greet, receive, subscribe
from websockets.asyncio.client import connect

from chowda.db.database import Database
from chowda.ids import Kind, opaque
from chowda.listen_socket import INHERITED, bind, port_of

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
    deadline = time.monotonic() + 60
    while True:
        with suppress(httpx.ConnectError):
            if httpx.get(url + "/readyz", timeout=60).status_code == 200:
                return
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("inherited", [True, False], ids=["its parent's socket", "a socket of its own"])
async def test_api_stops_within_seconds_with_open_connections(
    database_url: str, database: Database, tmp_path: Path, listener: socket.socket, inherited: bool
) -> None:
    run_id = opaque(Kind.BATCH_RUN, (await start_run(database)).id)
    port = port_of(listener)
    url = f"http://127.0.0.1:{port}"
    if not inherited:
        listener.close()
    with api_process(
        database_url, tmp_path, listener if inherited else None, CHOWDA_PORT=str(port)
    ) as process:
        await asyncio.to_thread(ready, url)
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
            process.send_signal(signal.SIGTERM if inherited else signal.SIGINT)
            assert process.wait(10) == 0
        assert process.stderr is not None
        lines = [json.loads(line) for line in process.stderr]
    assert [line["event"] for line in lines] == ["api.starting", "api.stopped"]
    assert lines[0]["address"] == url
    if inherited:  # it is the parent's, and still open
        socket.create_connection(("127.0.0.1", port), 5).close()


def test_taken_port_is_reported_in_one_line(
    database_url: str, tmp_path: Path, listener: socket.socket
) -> None:
    port = port_of(listener)
    with api_process(database_url, tmp_path, CHOWDA_PORT=str(port)) as process:
        _, said = process.communicate(timeout=90)
    assert process.returncode == 2
    assert f"Port {port}" in said
    assert "Traceback" not in said
