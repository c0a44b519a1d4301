"""A server that says what a test has written down: the part of the API that the client uses, on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import threading
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import strawberry
import uvicorn
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL
from strawberry.scalars import JSON

from chowda.models.status import RunStatus

logging.getLogger("strawberry.execution").setLevel(logging.CRITICAL)  # it prints every refusal's traceback

T = TypeVar("T")
STARTED_AT = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
Status = strawberry.enum(RunStatus, name="RunStatus")


@strawberry.type
class RunCounts:
    total: int
    waiting: int = 0
    running: int = 0
    finished: int = 0
    failed: int = 0
    canceled: int = 0


@strawberry.type
class ClamsApp:
    id: strawberry.ID
    name: str


SCENES = ClamsApp(id="app-1", name="scenes-with-text")
SLATES = ClamsApp(id="app-2", name="slate-ocr")


@strawberry.type
class Pipeline:
    id: strawberry.ID
    name: str


@strawberry.type
class Batch:
    id: strawberry.ID
    name: str


@strawberry.type
class MediaFile:
    guid: str


@strawberry.type
class StepError:
    code: str
    message: str


@strawberry.type
class StepRun:
    position: int
    app: ClamsApp
    status: Status
    error: StepError | None = None


@strawberry.type
class Mmif:
    sha256: str
    size: JSON
    name: strawberry.Private[str]

    @strawberry.field
    def url(self, info: strawberry.Info) -> str:
        return f"{info.context['server'].url}/mmif/{self.name}"


@strawberry.type
class PipelineRun:
    id: strawberry.ID
    media_file: MediaFile
    status: Status
    steps: list[StepRun]
    mmif: Mmif | None = None
    paused: bool = False


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class PipelineRunEdge:
    cursor: str
    node: PipelineRun


@strawberry.type
class PipelineRunConnection:
    edges: list[PipelineRunEdge]
    page_info: PageInfo


@strawberry.type
class Nodes(Generic[T]):
    nodes: list[T]


@strawberry.input
class NamesFilter:
    names: list[str]


@strawberry.type
class StepProgress:
    position: int
    app: ClamsApp
    percent: float
    counts: RunCounts


@strawberry.type
class BatchRun:
    id: strawberry.ID
    batch: Batch
    pipeline: Pipeline
    status: Status
    percent: float
    counts: RunCounts
    steps: list[StepProgress]
    cursor: str = "c0"
    created_at: datetime = STARTED_AT
    started_at: datetime | None = STARTED_AT
    ended_at: datetime | None = None
    as_of: datetime = STARTED_AT
    stale: bool = False

    @strawberry.field
    def pipeline_runs(
        self, info: strawberry.Info, first: int = 50, after: str | None = None, status: Status | None = None
    ) -> PipelineRunConnection:
        files = [
            file
            for file in info.context["server"].files.get(self.id, [])
            if status is None or file.status is status
        ]
        begin = int(after) if after else 0
        page = files[begin : begin + min(first, info.context["server"].page_limit)]
        end = begin + len(page)
        edges = [PipelineRunEdge(cursor=str(begin + at + 1), node=file) for at, file in enumerate(page)]
        return PipelineRunConnection(
            edges=edges, page_info=PageInfo(has_next_page=end < len(files), end_cursor=str(end))
        )


@strawberry.type
class PipelineRunPage:
    cursor: str
    as_of: datetime
    pipeline_runs: list[PipelineRun]
    stale: bool = False


@strawberry.input
class StartBatchInput:
    batch_id: strawberry.ID
    pipeline_id: strawberry.ID | None = None
    from_blank_mmif: bool = True
    idempotency_key: str | None = None
    priority: int = 0


def server_of(info: strawberry.Info) -> ScriptedServer:
    server: ScriptedServer = info.context["server"]
    return server


@strawberry.type
class Query:
    @strawberry.field
    def pipelines(
        self, info: strawberry.Info, filter: NamesFilter | None = None, first: int = 50
    ) -> Nodes[Pipeline]:
        known = server_of(info).pipelines
        return Nodes(nodes=[item for item in known if filter is None or item.name in filter.names][:first])

    @strawberry.field
    def batches(
        self, info: strawberry.Info, filter: NamesFilter | None = None, first: int = 50
    ) -> Nodes[Batch]:
        known = server_of(info).batches
        return Nodes(nodes=[item for item in known if filter is None or item.name in filter.names][:first])

    @strawberry.field
    def pipeline(self, info: strawberry.Info, id: strawberry.ID) -> Pipeline | None:
        return next((item for item in server_of(info).pipelines if item.id == id), None)

    @strawberry.field
    def batch(self, info: strawberry.Info, id: strawberry.ID) -> Batch | None:
        return next((item for item in server_of(info).batches if item.id == id), None)

    @strawberry.field
    def batch_runs(self, info: strawberry.Info, first: int = 50) -> Nodes[BatchRun]:
        return Nodes(nodes=list(reversed(server_of(info).runs.values()))[:first])

    @strawberry.field
    def batch_run(self, info: strawberry.Info, id: strawberry.ID) -> BatchRun | None:
        return server_of(info).runs.get(id)

    @strawberry.field
    def pipeline_run(self, info: strawberry.Info, id: strawberry.ID) -> PipelineRun | None:
        return next((file for file in server_of(info).all_files if file.id == id), None)


@strawberry.type
class Mutation:
    @strawberry.mutation
    def start_batch(self, info: strawberry.Info, input: StartBatchInput) -> BatchRun:
        server = server_of(info)
        server.started.append(input)
        return next(iter(server.runs.values()))

    @strawberry.mutation
    def cancel_batch_run(self, info: strawberry.Info, id: strawberry.ID) -> BatchRun:
        return server_of(info).change(id, RunStatus.CANCELED)

    @strawberry.mutation
    def pause_batch_run(self, info: strawberry.Info, id: strawberry.ID) -> BatchRun:
        return server_of(info).change(id, RunStatus.PAUSED)

    @strawberry.mutation
    def resume_batch_run(self, info: strawberry.Info, id: strawberry.ID) -> BatchRun:
        return server_of(info).change(id, RunStatus.RUNNING)

    @strawberry.mutation
    def retry_batch_run(
        self, info: strawberry.Info, id: strawberry.ID, from_step: int | None = None
    ) -> BatchRun:
        if from_step is not None:
            return server_of(info).change(id, RunStatus.RUNNING)
        raise refusal("CONFLICT", f"The batch run {id} has nothing to retry.")

    @strawberry.mutation
    def pause_pipeline_run(self, info: strawberry.Info, id: strawberry.ID) -> PipelineRun:
        file = server_of(info).file(id)
        file.status, file.paused = RunStatus.RUNNING, True
        return file

    @strawberry.mutation
    def retry_pipeline_run(
        self, info: strawberry.Info, id: strawberry.ID, from_step: int | None = None
    ) -> PipelineRun:
        server_of(info).retried.append((id, from_step))
        return server_of(info).file(id)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def batch_run(self, info: strawberry.Info, id: strawberry.ID) -> AsyncGenerator[BatchRun]:
        server = server_of(info)
        while True:
            run = server.runs[id]
            yield run
            if run.status.ended and not server.pages:
                return
            while server.runs[id] is run and not (run.status.ended and not server.pages):
                await asyncio.sleep(0.01)

    @strawberry.subscription
    async def pipeline_runs(
        self, info: strawberry.Info, batch_run_id: strawberry.ID, after: str | None = None
    ) -> AsyncGenerator[PipelineRunPage]:
        server = server_of(info)
        server.resumed_after.append(after)
        if after in server.refused_cursors:
            raise refusal("BAD_USER_INPUT", "The cursor is of another database.")
        while server.pages or not server.runs[batch_run_id].status.ended:
            if server.pages:
                cursor, files = server.pages.pop(0)
                yield PipelineRunPage(cursor=cursor, as_of=datetime.now(UTC), pipeline_runs=files)
            else:
                await asyncio.sleep(0.01)


def refusal(code: str, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})


class ScriptedApp(GraphQL[dict[str, Any], None]):
    """Strawberry's ASGI app, with the server in the context."""

    def __init__(self, server: ScriptedServer) -> None:
        schema = strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription)
        super().__init__(schema, subscription_protocols=("graphql-transport-ws",))
        self._server = server

    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:
        return {"server": self._server}


class ScriptedServer:
    """A test changes `runs`, appends to `pages`, and reads back what the client asked."""

    def __init__(self) -> None:
        self.pipelines = [Pipeline(id="pipe-1", name="slates")]
        self.batches = [Batch(id="batch-1", name="spring")]
        self.runs: dict[str, BatchRun] = {}
        self.files: dict[str, list[PipelineRun]] = {}
        self.pages: list[tuple[str, list[PipelineRun]]] = []
        self.mmifs: dict[str, bytes] = {}
        self.damaged: set[str] = set()
        self.refused_cursors: set[str] = set()
        self.page_limit = 200
        self.started: list[StartBatchInput] = []
        self.retried: list[tuple[str, int | None]] = []
        self.resumed_after: list[str | None] = []
        self.downloads: list[str] = []
        self.uploads: dict[str, bytes] = {}
        self.port = 0
        self._graphql = ScriptedApp(self)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """On the same port as before, if it ran before."""
        graphql = self._graphql
        routes = [
            Route("/graphql", graphql, methods=["GET", "POST"]),
            WebSocketRoute("/graphql", graphql),
            Route("/mmif/{name}", self._download),
            Route("/mmif", self._upload, methods=["POST"]),
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

    def stop(self) -> None:
        """Connections break as they do when a server is killed."""
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
        if run_id not in self.runs:
            raise refusal("NOT_FOUND", f"There is no batch run with the ID {run_id!r}.")
        if status.ended:
            fields.setdefault("ended_at", datetime(2026, 3, 1, 12, 2, 13, tzinfo=UTC))
        self.runs[run_id] = replace(self.runs[run_id], status=status, **fields)
        return self.runs[run_id]

    @property
    def all_files(self) -> list[PipelineRun]:
        return [file for files in self.files.values() for file in files]

    def file(self, file_id: str) -> PipelineRun:
        return next(file for file in self.all_files if file.id == file_id)

    def add_mmif(self, name: str, data: bytes) -> Mmif:
        self.mmifs[name] = data
        return Mmif(sha256=hashlib.sha256(data).hexdigest(), size=len(data), name=name)

    async def _download(self, request: Request) -> Response:
        name = request.path_params["name"]
        self.downloads.append(name)
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
        answer = {
            "id": "mmif-1",
            "guid": guid,
            "sha256": sha256,
            "size": len(data),
            "url": f"{self.url}/mmif/1",
        }
        return JSONResponse(answer, 201)


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


async def until(condition: Any, seconds: float = 20) -> None:
    """Until `condition()` holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
