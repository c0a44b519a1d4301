"""A CLAMS app that responds with the bytes of a test: valid HTTP or not, complete or not, fast or slow."""

from __future__ import annotations

import contextlib
import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterable
from typing import Any

JSON = "application/json"
Answer = Callable[[bytes], Iterable[bytes]]
"Returns the pieces to send for a request body; then the connection closes."


def http(body: bytes, *headers: str, status: str = "200 OK", content_type: str = JSON) -> bytes:
    """Return a complete HTTP response."""
    lines = (f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class RawApp:
    """A context manager. `answer` may change while the app runs."""

    def __init__(self, metadata: dict[str, Any], answer: Answer) -> None:
        self.metadata = metadata
        self.answer = answer
        self.calls = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def good(self, sent: bytes, annotation: bytes = b'{"id": "a1"}', **view: Any) -> bytes:
        """Return the MMIF that was sent with a new view of this app. `annotation` is raw JSON."""
        mmif = json.loads(sent)
        metadata = {"app": self.metadata["identifier"], "timestamp": "2026-01-01T00:00:00", "contains": {}}
        annotations = [{"@type": "http://mmif.clams.ai/vocabulary/TimeFrame/v1", "properties": "PLACEHOLDER"}]
        new = {"id": f"v_{len(mmif['views'])}", "metadata": metadata, "annotations": annotations, **view}
        mmif["views"].append(new)
        return json.dumps(mmif).encode().replace(b'"PLACEHOLDER"', annotation)

    def __enter__(self) -> RawApp:
        app = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    app._serve(self.request)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as stream:
            method, _, target = stream.readline().decode("latin-1").rpartition(" ")[0].partition(" ")
            size = 0
            while (line := stream.readline()).strip():
                name, _, value = line.decode("latin-1").partition(":")
                if name.lower() == "content-length":
                    size = int(value)
            sent = stream.read(size)
        if method != "POST":
            metadata = json.dumps(self.metadata).encode()
            connection.sendall(http(metadata) if target == "/" else http(b"", status="404 Not Found"))
            return
        self.calls += 1
        for piece in self.answer(sent):
            connection.sendall(piece)
