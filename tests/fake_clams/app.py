"""The fake app: its settings, its calls, and its server, which runs in a thread."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from .answers import KINDS
from .behaviour import Behaviour, Call
from .connection import Connection

VIDEO = "http://mmif.clams.ai/vocabulary/VideoDocument/v1"
TIME_FRAME = "http://mmif.clams.ai/vocabulary/TimeFrame/v1"
PRETTY = {
    "name": "pretty",
    "type": "boolean",
    "default": False,
    "multivalued": False,
    "description": "Indents.",
}


class FakeClams:
    """Every public attribute may be changed while the app runs."""

    def __init__(
        self,
        name: str = "fake",
        *,
        version: str = "v1.0",
        identifier: str | None = None,
        mmif_version: str = "1.0.5",
        input: list[Any] | None = None,
        output: list[str] | None = None,
        parameters: list[dict[str, Any]] | None = None,
        seconds: float = 0.0,
        annotations: int = 1,
        annotation_text: str = "",
        capacity: int | None = None,
        takes_envelope: bool = True,
        progress: str = "off",
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.output_types = output if output is not None else [TIME_FRAME]
        self.metadata: dict[str, Any] = {
            "name": name,
            "description": "Answers with a view that it made up.",
            "app_version": version,
            "mmif_version": mmif_version,
            "app_license": "Apache 2.0",
            "identifier": identifier or f"http://apps.clams.ai/{name}/{version}",
            "url": f"https://example.org/{name}",
            "input": input if input is not None else [{"@type": VIDEO, "required": True}],
            "output": [{"@type": uri} for uri in self.output_types],
            "parameters": [*(parameters or []), PRETTY],
        }
        self.metadata_answer: tuple[int, str, bytes] | None = None
        "Status, content type and body of GET /, instead of the metadata."
        self.metadata_behaviour: str | None = None
        "hang, drop, garbage or huge_header instead of an answer to GET /."
        self.seconds = seconds
        self.annotations = annotations
        self.annotation_text = annotation_text
        self.capacity = capacity
        "Concurrent calls; further ones wait. 0: until `release_calls`."
        self.takes_envelope = takes_envelope
        self.progress = progress
        "off (404), on (by elapsed time), hanging, nonsense, long, or a number."
        self.progress_requests = 0
        self.request_line_limit = 4094
        self.behaviours: list[Behaviour] = []
        self.calls: list[Call] = []
        self.max_open_calls = 0
        self.open_calls = 0
        self.running = 0
        self.waiting: deque[Callable[[], None]] = deque()
        self.host, self.port = host, port
        self._server: asyncio.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def identifier(self) -> str:
        return str(self.metadata["identifier"])

    def behave(self, kind: str, calls: Iterable[int] | None = None, **options: Any) -> None:
        """Answer these calls so, or all. The last behaviour that matches a call decides."""
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is none of {', '.join(KINDS)}")
        self.behaviours.append(
            Behaviour(kind=kind, calls=list(calls) if calls is not None else None, **options)
        )

    def reset(self) -> None:
        """Remove behaviours and calls: call numbers start at 1 again."""
        self.behaviours.clear()
        self.calls.clear()
        self.max_open_calls = self.open_calls

    def choose(self, number: int, body: bytes) -> Behaviour:
        for behaviour in reversed(self.behaviours):
            if behaviour.matches(number, body):
                if behaviour.times is not None:
                    behaviour.times -= 1
                return behaviour
        return Behaviour()

    def release_calls(self, count: int | None = None) -> None:
        """Start the oldest waiting calls: this many, or all that wait now."""

        async def release() -> None:
            for _ in range(len(self.waiting) if count is None else count):
                if self.waiting:  # a call that ended may have started others
                    self.waiting.popleft()()

        self._run(release())

    def release_all_calls(self) -> None:
        """Start all waiting calls, and let no later call wait."""
        self.capacity = None
        self.release_calls()

    def refuse_connections(self) -> None:
        """Refuse new connections until `accept_connections`. Open ones continue."""
        self._run(self.stop_listening())

    def accept_connections(self) -> None:
        self._run(self.listen())

    async def listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), self.host, self.port, backlog=1000)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop_listening(self) -> None:
        if self._server:
            self._server.close()
            self._server = None

    def _run(self, coroutine: Any) -> Any:
        """Run on the event loop of the app's thread."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    def __enter__(self) -> FakeClams:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fake-clams", daemon=True)
        self._thread.start()
        self.accept_connections()
        return self

    def __exit__(self, *exc: object) -> None:
        assert self._loop is not None and self._thread is not None
        self.refuse_connections()
        self._run(self._end_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end_tasks(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
