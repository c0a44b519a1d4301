"""The kinds of answers of the fake app: each method `_<kind>` of Answers is one."""

from __future__ import annotations

import asyncio
import gzip
import random
import socket
import struct
import time
from typing import TYPE_CHECKING, Any

import msgspec

from .behaviour import Behaviour, Call
from .mmif import Input, View

if TYPE_CHECKING:
    from .connection import Connection

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
TRACE = '  File "/app/app.py", line 7, in _annotate\n\t\n    raise ValueError(detail)\n'


class Answers:
    """The answer to one call."""

    def __init__(
        self,
        connection: Connection,
        behaviour: Behaviour,
        call: Call | None = None,
        sent: Input | None = None,
    ) -> None:
        self.connection = connection
        self.app = connection.app
        self.behaviour = behaviour
        self.call = call or Call()
        self.sent = sent or Input()

    def start(self) -> None:
        self.app.running += 1
        loop = asyncio.get_running_loop()
        seconds = self.behaviour.seconds if self.behaviour.seconds is not None else self.app.seconds
        if self.behaviour.kind == "hang":
            self.connection.spawn(self.end_when_client_disconnects())
        elif seconds:
            loop.call_later(seconds, self.end)
        else:
            self.end()

    async def end_when_client_disconnects(self) -> None:
        await self.connection.lost.wait()
        self.end()

    def end(self) -> None:
        """Also called after the client has disconnected: an app works to the end of its call."""
        app = self.app
        app.running -= 1
        app.open_calls -= 1
        self.call.ended = time.monotonic()
        if self.connection.lost.is_set():
            self.call.hung_up = True
        else:
            self.answer()
        if app.waiting and (app.capacity is None or app.running < app.capacity):
            app.waiting.popleft()()

    def answer(self) -> None:
        getattr(self, f"_{self.behaviour.kind}")()

    # Parts of answers

    def mmif(self, views: list[Any], documents: Any = None) -> bytes:
        return msgspec.json.encode(
            {"metadata": self.sent.metadata, "documents": documents or self.sent.documents, "views": views}
        )

    def new_id(self, number: int = 0) -> str:
        ids = {view.id for view in self.earlier()}
        place = len(self.sent.views) + number
        while f"v_{place}" in ids:
            place += 1
        return f"v_{place}"

    def earlier(self) -> list[View]:
        return [msgspec.json.decode(view, type=View) for view in self.sent.views]

    def view(self, number: int = 0, app: str | None = None, annotations: int | None = None) -> dict[str, Any]:
        identifier = self.new_id(number)
        count = self.app.annotations if annotations is None else annotations
        types = self.app.output_types
        return {
            "id": identifier,
            "metadata": self.metadata(app) | {"contains": {uri: {} for uri in types}},
            "annotations": [
                {
                    "@type": types[place % len(types)],
                    "properties": {
                        "id": f"{identifier}:a_{place}",
                        "start": place * 1000,
                        "end": place * 1000 + 999,
                        "label": "slate",
                        "text": self.app.annotation_text,
                    },
                }
                for place in range(count if types else 0)
            ],
        }

    def metadata(self, app: str | None = None) -> dict[str, Any]:
        return {
            "app": app or self.app.identifier,
            "timestamp": "2026-01-01T00:00:00",
            "parameters": {name: str(value) for name, value in self.call.parameters.items()},
            "appConfiguration": {},
        }

    def json(self, body: bytes, status: int = 200, extra: str = "") -> None:
        self.connection.answer(status, JSON, body, extra)

    def views(self, *new: Any) -> None:
        self.json(self.mmif([*self.sent.views, *new]))

    # Good answers

    def _good(self) -> None:
        self.views(self.view())

    def _many_views(self) -> None:
        self.views(*(self.view(number) for number in range(self.behaviour.views)))

    def _empty_view(self) -> None:
        self.views(self.view(annotations=0))

    def _warnings_view(self) -> None:
        warning = f'EmptyOutputWarning: App "{self.app.identifier}" produced no annotations for this input'
        metadata = self.metadata() | {"warnings": [warning]}
        self.views({"id": self.new_id(), "metadata": metadata, "annotations": []})

    def _earlier_view(self) -> None:
        """Annotate the first view too, as Tesseract does."""
        views = [msgspec.json.decode(view) for view in self.sent.views]
        if views:
            note = {"@type": "http://mmif.clams.ai/vocabulary/Annotation/v6", "properties": {"id": "late"}}
            views[0]["annotations"].append(note)
        self.json(self.mmif([*views, self.view()]))

    # Invalid MMIF, and error views

    def _no_new_view(self) -> None:
        self.views()

    def _other_app(self) -> None:
        self.views(self.view(app="http://apps.clams.ai/another/v9"))

    def _lost_view(self) -> None:
        self.json(self.mmif([*self.sent.views[1:], self.view(1)]))

    def _wrong_documents(self) -> None:
        documents = msgspec.json.decode(self.sent.documents)
        for document in documents:
            document["properties"]["location"] = "file:///data/another-file.mp4"
        self.json(self.mmif([*self.sent.views, self.view()], documents))

    def _error_view(self) -> None:
        """Status 500. The error replaces the app's own earlier view, if there is one, with its annotations."""
        self.json(self.with_error(), status=500)

    def _error_view_ok(self) -> None:
        self.json(self.with_error())

    def with_error(self) -> bytes:
        error = {"message": f"<class 'ValueError'>: {self.behaviour.message}", "stackTrace": TRACE}
        metadata = self.metadata() | {"error": error}
        own = [place for place, view in enumerate(self.earlier()) if view.metadata.app == self.app.identifier]
        if not own:
            failed = {"id": self.new_id(), "metadata": metadata, "annotations": []}
            return self.mmif([*self.sent.views, failed])
        views: list[Any] = list(self.sent.views)
        views[own[-1]] = {"id": self.earlier()[own[-1]].id, "metadata": metadata, "annotations": []}
        return self.mmif(views)

    # Errors without MMIF

    def _busy(self) -> None:
        wait = self.behaviour.retry_after
        extra = f"Retry-After: {wait}\r\n" if wait is not None else ""
        if self.behaviour.date is not None:
            extra += f"Date: {self.behaviour.date}\r\n"
        self.connection.answer(self.behaviour.status, HTML, b"<h1>Busy</h1>", extra)

    def _text_error(self) -> None:
        text = f"Invalid input data. See below for validation error.\n\n{self.behaviour.message}"
        self.connection.answer(500, TEXT, text.encode())

    def _message_error(self) -> None:
        self.json(b'{"message": "Internal Server Error"}\n', status=500)

    def _not_found(self) -> None:
        page = b"<!doctype html><html><title>404 Not Found</title><h1>Not Found</h1><p>Not here.</p></html>"
        self.connection.answer(404, HTML, page)

    def _too_long(self) -> None:
        self.connection.answer(414, HTML, b"<html><body><h1>Request Line is too large</h1></body></html>")

    def _redirect(self) -> None:
        self.connection.answer(301, HTML, b"<h1>Moved</h1>", f"Location: {self.behaviour.location}\r\n")

    # Status 200 without MMIF

    def _not_json(self) -> None:
        self.connection.answer(200, JSON, b"<html><body>Welcome to nginx!</body></html>")

    def _not_mmif(self) -> None:
        self.json(b'{"message": "all went well"}')

    def _empty_body(self) -> None:
        self.json(b"")

    def _nan(self) -> None:
        self.json(self.with_label(b"NaN"))

    def _bad_utf8(self) -> None:
        self.json(self.with_label(b'"\xff\xfe"'))

    def _deep(self) -> None:
        self.json(self.with_label(b"[" * 200_000 + b"]" * 200_000))

    def with_label(self, value: bytes) -> bytes:
        """A good answer with these bytes in an annotation, which Chowda does not read."""
        return self.mmif([*self.sent.views, self.view()]).replace(b'"slate"', value)

    # Broken HTTP, and attacks on the client

    def _hang(self) -> None:
        """No answer. The call ends when its client disconnects."""

    def _drop(self) -> None:
        self.connection.transport.close()

    def _reset(self) -> None:
        raw = self.connection.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.transport.abort()

    def _ends_early(self) -> None:
        body = self.mmif([*self.sent.views, self.view()])
        self.connection.answer(200, JSON, body[: len(body) // 2], length=len(body))

    def _ends_early_chunked(self) -> None:
        body = self.mmif([*self.sent.views, self.view()])
        head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        half = body[: len(body) // 2]
        self.connection.transport.write(f"{head}{len(half):x}\r\n".encode() + half + b"\r\n")
        self.connection.transport.close()

    def _garbage(self) -> None:
        self.connection.transport.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n" + random.Random(1).randbytes(1000))
        self.connection.transport.close()

    def _huge_header(self) -> None:
        """A header of a megabyte, without an end."""
        self.connection.spawn(self.stream(b"HTTP/1.1 200 OK\r\nX-Filler: ", b"x" * 65536, 1 << 20))

    def _huge(self) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\nConnection: close\r\n\r\n".encode()
        self.connection.spawn(self.stream(head, b" " * 65536, self.behaviour.size_bytes))

    def _slow_body(self) -> None:
        """A byte every 0.05 s, without an end."""
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\nConnection: close\r\n\r\n".encode()
        self.connection.spawn(self.stream(head, b" ", 1 << 30, pause=0.05))

    def _gzip_bomb(self) -> None:
        compressed = gzip.compress(b" " * min(self.behaviour.size_bytes, 256 << 20), compresslevel=1)
        self.json(compressed, extra="Content-Encoding: gzip\r\n")

    def _brotli(self) -> None:
        self.json(b"\x8b\x02\x80{}\x03", extra="Content-Encoding: br\r\n")

    async def stream(self, head: bytes, piece: bytes, size: int, pause: float = 0.0) -> None:
        connection = self.connection
        connection.transport.write(head)
        sent = 0
        while sent < size and not connection.lost.is_set():
            connection.transport.write(piece)
            sent += len(piece)
            await asyncio.sleep(pause)
            await connection.writable.wait()
        connection.transport.close()


KINDS = tuple(sorted(name[1:] for name in vars(Answers) if name[0] == "_" and name[1] != "_"))
