"""A server with the committed schema on real sockets, which returns the data that a test sets.

For a field that a test does not set it returns null if the schema allows that, else an empty list, an empty object,
zero, an empty string or the first value of an enum.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import re
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    build_schema,
    graphql,
    parse,
    subscribe,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from chowda.enums import RunStatus

SCHEMA = build_schema((Path(__file__).parents[1] / "schema.graphql").read_text())
STARTED_AT = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
MISSING = object()
ACTIONS = {
    "cancel": RunStatus.CANCELED,
    "pause": RunStatus.PAUSED,
    "resume": RunStatus.RUNNING,
    "retry": RunStatus.RUNNING,
}


@dataclass
class RunCounts:
    total: int
    waiting: int = 0
    running: int = 0
    finished: int = 0
    failed: int = 0
    canceled: int = 0


@dataclass
class Named:
    """An app, a pipeline or a batch."""

    id: str
    name: str


SCENES = Named("app-1", "scenes-with-text")
SLATES = Named("app-2", "slate-ocr")


@dataclass
class MediaFile:
    guid: str


@dataclass
class StepError:
    code: str
    message: str


@dataclass
class StepRun:
    position: int
    app: Named
    status: RunStatus
    error: StepError | None = None


@dataclass
class Mmif:
    id: str
    sha256: str
    size: int
    url: str = "http://elsewhere.example/mmif"


@dataclass
class PipelineRun:
    id: str
    media_file: MediaFile
    status: RunStatus
    steps: list[StepRun]
    mmif: Mmif | None = None
    paused: bool = False


@dataclass
class StepProgress:
    position: int
    app: Named
    percent: float
    counts: RunCounts


@dataclass
class BatchRun:
    id: str
    batch: Named
    pipeline: Named
    status: RunStatus
    percent: float
    counts: RunCounts
    steps: list[StepProgress]
    cursor: str = "c0"
    created_at: datetime = STARTED_AT
    started_at: datetime | None = STARTED_AT
    ended_at: datetime | None = None
    as_of: datetime = STARTED_AT
    stale: bool = False


@dataclass
class Event:
    id: str
    action: str
    at: datetime = STARTED_AT
    actor: str = "ada"
    subject_name: str = "\x1b[2Jspring"


@dataclass
class Page:
    """A page of a feed. `nodes` are pipeline runs or events."""

    cursor: str
    nodes: list[Any] = field(default_factory=list)
    as_of: datetime = STARTED_AT
    stale: bool = False

    @property
    def pipeline_runs(self) -> list[Any]:
        return self.nodes

    @property
    def events(self) -> list[Any]:
        return self.nodes


def graphql_error(code: str, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})


class ScriptedServer:
    """A test changes `runs`, appends to `pages` and `event_pages`, and checks the requests that were recorded."""

    def __init__(self) -> None:
        self.port = 0
        self.reset()

    def reset(self) -> None:
        """Removes all data and recorded requests. A subscription that is open gets no more events."""
        self.pipelines = [Named("pipe-1", "slates")]
        self.batches = [Named("batch-1", "spring")]
        self.runs: dict[str, BatchRun] = {}
        self.files: dict[str, list[PipelineRun]] = {}
        self.pages: list[tuple[str, list[PipelineRun]]] = []
        self.event_pages: list[Page] = []
        self.events_end = False
        self.past_events: list[Event] = []
        self.mmifs: dict[str, bytes] = {}
        self.damaged: set[str] = set()
        self.refused_cursors: set[str] = set()
        self.page_limit = 200
        self.started: list[dict[str, Any]] = []
        self.changes: list[tuple[str, dict[str, Any]]] = []
        self.resumed_after: list[str | None] = []
        self.downloads: list[str] = []
        self.uploads: dict[str, bytes] = {}
        self.import_lines: list[dict[str, Any]] = []
        self.imports: list[tuple[dict[str, list[str]], bytes]] = []
        self.tokens: set[str | None] = set()
        self.required_token: str | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Uses the same port after a stop."""
        routes = [
            Route("/graphql", self._graphql, methods=["POST"]),
            WebSocketRoute("/graphql", self._websocket),
            Route("/mmif/{name}", self._download),
            Route("/mmif", self._upload, methods=["POST"]),
            Route("/media-files/import", self._import, methods=["POST"]),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes),
            port=self.port,
            log_level="critical",
            lifespan="off",
            ws="websockets-sansio",
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the scripted server did not start"
            self._thread.join(0.01)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """Breaks connections, as the kill of a server does."""
        self._server.force_exit = True
        self._server.should_exit = True
        self._thread.join(10)

    def add_run(
        self, status: RunStatus = RunStatus.RUNNING, percent: float = 0.0, total: int = 3
    ) -> BatchRun:
        number = len(self.runs) + 1
        run = BatchRun(
            id=f"brun-{number}",
            batch=self.batches[0],
            pipeline=self.pipelines[0],
            status=status,
            percent=percent,
            counts=RunCounts(total=total),
            steps=[
                StepProgress(
                    position=at, app=app, percent=percent if at == 1 else 0, counts=RunCounts(total=total)
                )
                for at, app in enumerate((SCENES, SLATES), start=1)
            ],
        )
        self.runs[run.id] = run
        return run

    def change(self, run_id: str, status: RunStatus, **fields: Any) -> BatchRun:
        if status.ended:
            fields.setdefault("ended_at", datetime(2026, 3, 1, 12, 2, 13, tzinfo=UTC))
        self.runs[run_id] = replace(self.runs[run_id], status=status, **fields)
        return self.runs[run_id]

    def add_mmif(self, name: str, data: bytes) -> Mmif:
        self.mmifs[name] = data
        return Mmif(id=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data))

    # GraphQL resolvers

    def _resolve(self, source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        name = _snake(info.field_name)
        if info.parent_type.name in {"Query", "Mutation"}:
            return self._root(name, arguments)
        if info.field_name == "pipelineRuns" and isinstance(source, BatchRun):
            return self._page(self.files.get(source.id, []), arguments)
        value = getattr(source, name, MISSING)
        return _default(info.return_type) if value is MISSING else value

    def _root(self, name: str, arguments: dict[str, Any]) -> Any:
        action, _, noun = name.partition("_")
        if action in ACTIONS and noun.endswith("_runs"):
            return self._bulk_action(name, arguments)
        known: dict[str, list[Any]] = {
            "pipeline": self.pipelines,
            "batch": self.batches,
            "batch_run": list(self.runs.values()),
            "pipeline_run": [file for files in self.files.values() for file in files],
        }
        if name in known:
            return next((item for item in known[name] if item.id == arguments["id"]), None)
        if name == "start_batch":
            self.started.append(arguments["input"])
            return next(iter(self.runs.values()))
        filter = arguments.get("filter") or {}
        match name:
            case "batch_runs":
                return self._page(list(reversed(known["batch_run"])), arguments)
            case "pipeline_runs":
                found = [
                    file
                    for run_id in filter.get("batchRuns") or self.files
                    for file in self.files.get(run_id, [])
                    if file.status in (filter.get("status") or RunStatus)
                ]
                return self._page(found, arguments)
            case "events":
                return {**self._page(self.past_events, arguments), "cursor": "c0"}
            case "batches" | "pipelines":
                items = known["batch" if name == "batches" else "pipeline"]
                names = filter.get("names")
                return self._page([item for item in items if not names or item.name in names], arguments)
        return None

    def _bulk_action(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.changes.append((name, arguments))
        ids = arguments.get("ids") or []
        if not arguments["dryRun"] and name.endswith("_batch_runs"):
            for run_id in ids:
                self.change(run_id, ACTIONS[name.partition("_")[0]])
        return {"dryRun": arguments["dryRun"], "total": len(ids), "doneCount": len(ids), "done": ids,
                "unchanged": [], "fileCount": 3, "runningCount": 1, "message": f"{name}: 3 files."}  # fmt: skip

    def _page(self, items: list[Any], arguments: dict[str, Any]) -> dict[str, Any]:
        begin = int(arguments.get("after") or 0)
        nodes = items[begin : begin + min(arguments.get("first") or 50, self.page_limit)]
        end = begin + len(nodes)
        return {
            "edges": [{"cursor": str(begin + at + 1), "node": node} for at, node in enumerate(nodes)],
            "pageInfo": {
                "hasNextPage": end < len(items),
                "hasPreviousPage": begin > 0,
                "endCursor": str(end),
            },
            "totalCount": {"count": len(items), "exact": True},
        }

    async def _subscribe(self, _: Any, info: GraphQLResolveInfo, **arguments: Any) -> AsyncIterator[Any]:
        match info.field_name:
            case "batchRun":
                events = self._states(arguments["id"])
            case "pipelineRuns":
                events = self._changed_files(arguments["batchRunId"], arguments.get("after"))
            case _:
                events = self._events(arguments.get("after"))
        return ({info.field_name: event} async for event in events)

    async def _states(self, run_id: str) -> AsyncIterator[BatchRun]:
        while True:
            run = self.runs[run_id]
            yield run
            if run.status.ended and not self.pages:
                return
            while self.runs[run_id] is run and not (run.status.ended and not self.pages):
                await asyncio.sleep(0.01)

    async def _changed_files(self, run_id: str, after: str | None) -> AsyncIterator[Page]:
        self._resume(after)
        while self.pages or not self.runs[run_id].status.ended:
            if self.pages:
                yield Page(*self.pages.pop(0))
            else:
                await asyncio.sleep(0.01)

    async def _events(self, after: str | None) -> AsyncIterator[Page]:
        self._resume(after)
        while self.event_pages or not self.events_end:
            if self.event_pages:
                yield self.event_pages.pop(0)
            else:
                await asyncio.sleep(0.01)

    def _resume(self, after: str | None) -> None:
        self.resumed_after.append(after)
        if after in self.refused_cursors:
            raise graphql_error("BAD_USER_INPUT", "The cursor belongs to another database.")

    # HTTP and WebSocket

    def _is_authorized(self, headers: Any) -> bool:
        header = headers.get("authorization")
        token = header.removeprefix("Bearer ") if header else None
        self.tokens.add(token)
        return self.required_token in {None, token}

    async def _graphql(self, request: Request) -> Response:
        if not self._is_authorized(request.headers):
            error = {"message": "The token is not valid.", "extensions": {"code": "UNAUTHENTICATED"}}
            return _json({"errors": [error]}, 401)
        body = await request.json()
        result = await graphql(
            SCHEMA,
            body["query"],
            variable_values=body.get("variables"),
            field_resolver=_with_dicts(self._resolve),
        )
        return _json(result.formatted)

    async def _websocket(self, socket: WebSocket) -> None:
        if not self._is_authorized(socket.headers):
            await socket.close()
            return
        await socket.accept("graphql-transport-ws")
        tasks: list[asyncio.Task[None]] = []
        try:
            while True:
                message = await socket.receive_json()
                match message["type"]:
                    case "connection_init":
                        await socket.send_json({"type": "connection_ack"})
                    case "ping":
                        await socket.send_json({"type": "pong"})
                    case "subscribe":
                        tasks.append(asyncio.create_task(self._send_events(socket, message)))
        except WebSocketDisconnect:
            for task in tasks:
                task.cancel()

    async def _send_events(self, socket: WebSocket, message: dict[str, Any]) -> None:
        events = await subscribe(
            SCHEMA,
            parse(message["payload"]["query"]),
            variable_values=message["payload"].get("variables"),
            field_resolver=_with_dicts(self._resolve),
            subscribe_field_resolver=self._subscribe,
        )
        assert not hasattr(events, "errors"), events
        try:
            async for event in events:
                if event.errors:
                    raise event.errors[0]
                await _send(socket, message["id"], "next", event.formatted)
        except GraphQLError as exc:
            await _send(socket, message["id"], "error", [exc.formatted])
        else:
            await _send(socket, message["id"], "complete")

    async def _download(self, request: Request) -> Response:
        name = request.path_params["name"]
        self.downloads.append(name)
        self._is_authorized(request.headers)
        if name not in self.mmifs:
            error = {"code": "NOT_FOUND", "message": f"There is no MMIF with the ID {name!r}."}
            return JSONResponse({"error": error}, 404)
        data = self.mmifs[name]
        return Response(data[::-1] if name in self.damaged else data, media_type="application/json")

    async def _upload(self, request: Request) -> Response:
        guid, data = request.query_params["guid"], await request.body()
        if request.headers["content-type"] != "application/json":
            return Response(status_code=415)
        try:
            json.loads(data)
        except ValueError:
            error = {"code": "BAD_USER_INPUT", "message": "The file is not JSON."}
            return JSONResponse({"error": error}, 400)
        self.uploads[guid] = data
        sha256 = hashlib.sha256(data).hexdigest()
        response = {
            "id": "mmif-1",
            "guid": guid,
            "sha256": sha256,
            "size": len(data),
            "url": f"{self.url}/mmif/1",
        }
        return JSONResponse(response, 201)

    async def _import(self, request: Request) -> Response:
        parameters = {name: request.query_params.getlist(name) for name in request.query_params}
        self.imports.append((parameters, await request.body()))
        lines = "".join(f"{json.dumps(line)}\n" for line in self.import_lines)
        return Response(lines, media_type="application/x-ndjson")


def _with_dicts(resolve: Any) -> Any:
    """Resolves a field of a dict to its item, and any other field with `resolve`."""

    def resolver(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        if isinstance(source, dict) and info.field_name in source:
            return source[info.field_name]
        return resolve(source, info, **arguments)

    return resolver


def _default(type_: Any) -> Any:
    if not isinstance(type_, GraphQLNonNull):
        return None
    match type_.of_type:
        case GraphQLList():
            return []
        case GraphQLEnumType() as enum:
            return next(iter(enum.values))
        case GraphQLObjectType():
            return {}
        case scalar:
            return {"Int": 0, "Float": 0.0, "BigInt": 0, "Boolean": False, "JSON": {}}.get(
                scalar.name, STARTED_AT if scalar.name == "DateTime" else ""
            )


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _text(data: Any) -> str:
    return json.dumps(data, default=lambda value: value.isoformat())


def _json(data: Any, status: int = 200) -> Response:
    return Response(_text(data), status, media_type="application/json")


async def _send(socket: WebSocket, id: str, type: str, payload: Any = None) -> None:
    await socket.send_text(_text({"id": id, "type": type} | ({"payload": payload} if payload else {})))


def file_run(
    number: int, *, failed: tuple[int, str, str] | None = None, mmif: Mmif | None = None
) -> PipelineRun:
    """`failed`: position, code and message of the step that failed."""
    steps = [
        StepRun(position=1, app=SCENES, status=RunStatus.FINISHED),
        StepRun(position=2, app=SLATES, status=RunStatus.FINISHED),
    ]
    if failed:
        position, code, message = failed
        steps[position - 1].status = RunStatus.FAILED
        steps[position - 1].error = StepError(code=code, message=message)
        for step in steps[position:]:
            step.status = RunStatus.CANCELED
    status = RunStatus.FAILED if failed else RunStatus.FINISHED
    guid = f"cpb-aacip-{number:03}"
    return PipelineRun(
        id=f"prun-{number}", media_file=MediaFile(guid=guid), status=status, steps=steps, mmif=mmif
    )


@contextlib.contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def session_server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def server(session_server: ScriptedServer) -> ScriptedServer:
    """A server without data. A test may stop it."""
    session_server.reset()
    if not session_server.is_running:
        session_server.start()
    return session_server


async def until(condition: Any, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
