"""The API process: an HTTP and WebSocket server on loopback that stops within seconds, whoever is connected."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import threading
from collections.abc import Iterator

import structlog
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from chowda.api.app import create_app
from chowda.api.edge import BrokenAnswerError
from chowda.api.graphql_endpoint import BODY_LIMIT_BYTES
from chowda.api.http_connection import HttpConnection
from chowda.config import Settings
from chowda.listen_socket import http_address, listening_socket, port_of

GRACE_SECONDS = 2
"For requests in flight when the process is told to end; `chowda up` ends it by force after four."
PING_SECONDS = 20.0
PONG_SECONDS = 60.0
"Longer than a pause of a minute: a client that is slow to read is not gone."
ABORT_SECONDS = 5.0
UNSENT_BYTES = 128 * 1024
"""What the kernel takes for a client beyond what is under way to it. By itself it takes 3 MB (measured), so that
a slow client would read old news, and 100 that read nothing would cost 300 MB that no process shows."""

log = structlog.get_logger(__name__)


class WebSocketConnection(WebSocketsSansIOProtocol):
    """Of a client that takes nothing, nothing more is taken; one that is given up is cut off.

    The stock protocol answers each ping into a buffer that nobody empties, and closes politely: it waits
    for that buffer, for ever.
    """

    def pause_writing(self) -> None:
        super().pause_writing()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.loop.call_later(ABORT_SECONDS, self.transport.abort)


def _is_news(record: logging.LogRecord) -> bool:
    """Not what the edge has logged already, nor requests cut off at the end, with tracebacks of the server."""
    return not (
        record.exc_info and isinstance(record.exc_info[1], BrokenAnswerError | asyncio.CancelledError)
    )


class ApiServer(uvicorn.Server):
    """Ends with status 0 on SIGTERM and SIGINT."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="on",
                loop="asyncio",
                http=HttpConnection,
                ws=WebSocketConnection,
                ws_max_size=BODY_LIMIT_BYTES,
                ws_ping_interval=PING_SECONDS,
                ws_ping_timeout=PONG_SECONDS,
                ws_per_message_deflate=False,  # on loopback it costs memory per client and wins nothing
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        logging.getLogger("uvicorn.error").addFilter(_is_news)
        self._stopping: asyncio.Event = app.state.stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        for listener in sockets or ():
            if hasattr(socket, "TCP_NOTSENT_LOWAT"):  # accepted connections inherit it
                listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping.set()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn does, but the signal is not raised once more in the end."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve(settings: Settings) -> None:
    """Serves the API until SIGTERM or SIGINT, on the socket that `chowda up` has opened or one of its own.

    Raises ConfigurationError for settings that can't be served with.
    """
    listener = listening_socket(settings.host, settings.port)
    server = ApiServer(create_app(settings))
    log.info("api.starting", address=http_address(settings.host, port_of(listener)))
    server.run(sockets=[listener])
    log.info("api.stopped")
