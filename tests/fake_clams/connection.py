"""The HTTP/1.1 server of the fake app, written by hand so that it is fast and can break the protocol."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from .answers import Answers
from .behaviour import Behaviour, Call
from .mmif import ABSENT, Document, Input, MmifMetadata

if TYPE_CHECKING:
    from .app import FakeClams

JSON = "application/json"
HTML = "text/html; charset=utf-8"
NOT_FOUND = b"<!doctype html><html lang=en><title>404 Not Found</title><h1>Not Found</h1>"
TOO_LONG = (
    b"<html><head><title>Bad Request</title></head><body><h1>Request Line is too large</h1></body></html>"
)
PHRASES = {
    200: "OK",
    301: "Moved Permanently",
    404: "Not Found",
    414: "Request-URI Too Long",
    429: "Too Many Requests",
    500: "INTERNAL SERVER ERROR",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


class Connection(asyncio.Protocol):
    def __init__(self, app: FakeClams) -> None:
        self.app = app
        self.received = bytearray()
        self.wanted = 0
        self.writable = asyncio.Event()
        self.writable.set()
        self.lost = asyncio.Event()
        self.tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()
        self.writable.set()

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not self.received[:1].isupper():  # a TLS handshake, say
            self.transport.close()
            return
        if len(self.received) < self.wanted:
            return
        head_end = self.received.find(b"\r\n\r\n")
        if head_end < 0:
            if len(self.received) > 65536:
                self.answer(414, HTML, TOO_LONG)
            return
        lines = bytes(self.received[:head_end]).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }
        self.wanted = head_end + 4 + int(headers.get("content-length") or 0)
        if len(lines[0]) > self.app.request_line_limit:
            self.answer(414, HTML, TOO_LONG)
        elif len(self.received) >= self.wanted:
            body = bytes(memoryview(self.received)[head_end + 4 : self.wanted])
            del self.received[: self.wanted]
            self.wanted = 0
            self.handle(lines[0], headers, body)

    def handle(self, request_line: str, headers: dict[str, str], body: bytes) -> None:
        method, target, _ = request_line.split(" ", 2)
        parts = urlsplit(target)
        if parts.path == "/control":
            self.control(method, body)
        elif parts.path.startswith("/progress/"):
            self.progress(unquote(parts.path.removeprefix("/progress/")))
        elif parts.path not in ("", "/"):
            self.answer(404, HTML, NOT_FOUND)
        elif method == "GET" and self.app.metadata_behaviour:
            Answers(self, Behaviour(kind=self.app.metadata_behaviour)).answer()
        elif method == "GET":
            self.answer(*(self.app.metadata_answer or (200, JSON, msgspec.json.encode(self.app.metadata))))
        elif method in ("POST", "PUT"):
            self.post(parse_qs(parts.query, keep_blank_values=True), headers.get("x-request-id"), body)
        else:
            self.answer(405, JSON, b'{"message": "The method is not allowed for the requested URL."}')

    def control(self, method: str, body: bytes) -> None:
        if method == "POST":
            command = msgspec.json.decode(body)
            for name, value in command.get("set", {}).items():
                setattr(self.app, name, value)
            for behaviour in command.get("behave", []):
                self.app.behave(**behaviour)
            if seconds := command.get("refuse_seconds"):
                self.spawn(self.refuse_connections(seconds))
        elif method == "DELETE":
            self.app.reset()
        state = {
            "calls": self.app.calls,
            "max_open_calls": self.app.max_open_calls,
            "open": self.app.open_calls,
        }
        self.answer(200, JSON, msgspec.json.encode(state | {"progress_requests": self.app.progress_requests}))

    async def refuse_connections(self, seconds: float) -> None:
        await self.app.stop_listening()
        await asyncio.sleep(seconds)
        await self.app.listen()

    def progress(self, request_id: str) -> None:
        app = self.app
        app.progress_requests += 1
        call = next((call for call in reversed(app.calls) if call.request_id == request_id), None)
        if app.progress == "off" or call is None:
            self.answer(404, HTML, NOT_FOUND)
        elif app.progress == "nonsense":
            self.answer(200, JSON, b'{"percent": "a lot"}')
        elif app.progress == "long":
            self.answer(200, JSON, b'{"percent": 50%s}' % (b" " * 4096))
        elif app.progress == "on":
            share = (time.monotonic() - call.started) / app.seconds if app.seconds else 1.0
            self.answer(200, JSON, msgspec.json.encode({"percent": round(min(100.0, 100 * share), 1)}))
        elif app.progress != "hanging":
            self.answer(200, JSON, msgspec.json.encode({"percent": float(app.progress)}))

    def post(self, parameters: dict[str, Any], request_id: str | None, body: bytes) -> None:
        app = self.app
        size, envelope = len(body), False
        try:
            sent = msgspec.json.decode(body, type=Input)
            if sent.parameters is not None and app.takes_envelope:
                if sent.mmif is ABSENT:
                    self.refuse_input('Envelope is missing required "mmif" key')
                    return
                envelope, parameters = True, sent.parameters | parameters
                sent = msgspec.json.decode(sent.mmif, type=Input)
            if sent.metadata is ABSENT or sent.documents is ABSENT:
                self.refuse_input("'metadata' is a required property")
                return
            documents = msgspec.json.decode(sent.documents, type=list[Document])
            version = msgspec.json.decode(sent.metadata, type=MmifMetadata).mmif
        except msgspec.DecodeError as exc:
            self.refuse_input(str(exc))
            return
        number = len(app.calls) + 1
        behaviour = app.choose(number, body)
        call = Call(
            number=number,
            kind=behaviour.kind,
            request_id=request_id,
            parameters=parameters,
            envelope=envelope,
            body_bytes=size,
            locations=[document.properties.location for document in documents],
            mmif_version=version.rpartition("/")[2],
            started=time.monotonic(),
        )
        app.calls.append(call)
        app.open_calls += 1
        app.max_open_calls = max(app.max_open_calls, app.open_calls)
        work = Answers(self, behaviour, call, sent)
        if app.capacity is not None and app.running >= app.capacity:
            app.waiting.append(work.start)
        else:
            work.start()

    def refuse_input(self, detail: str) -> None:
        """Answer 500 in plain text, as the SDK does for invalid input."""
        text = f"Invalid input data. See below for validation error.\n\n{detail}"
        self.answer(500, "text/plain; charset=utf-8", text.encode())

    def answer(
        self, status: int, content_type: str, body: bytes, extra: str = "", length: int | None = None
    ) -> None:
        head = (
            f"HTTP/1.1 {status} {PHRASES.get(status, 'Unknown')}\r\nServer: fake\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(body) if length is None else length}\r\n{extra}Connection: close\r\n\r\n"
        )
        self.transport.write(head.encode("latin-1") + body)
        self.transport.close()

    def spawn(self, coroutine: Any) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
