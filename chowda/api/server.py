"""The API process: an HTTP and WebSocket server that stops within seconds, even with open connections."""

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
"For requests in flight when the process stops. `chowda up` kills it after four."
PING_SECONDS = 20.0
PONG_SECONDS = 60.0
"A client that pauses for a minute is slow, not gone."
ABORT_SECONDS = 5.0
UNSENT_BYTES = 128 * 1024
"""The data that the kernel buffers for a client beyond what is in transit. Its own default is 3 MB (measured): a
slow client would read outdated states, and 100 clients that read nothing would cost 300 MB of kernel memory."""

log = structlog.get_logger(__name__)


class WebSocketConnection(WebSocketsSansIOProtocol):
    """Stops reading from a client that does not read, and aborts a connection whose keep-alive times out.

    uvicorn's own protocol answers each ping into a buffer that is never emptied, and waits for that buffer
    forever when it closes.
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


def _is_unlogged(record: logging.LogRecord) -> bool:
    """False for what the edge has logged already, and for requests that were cut off when the process stopped."""
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
                ws_per_message_deflate=False,  # on loopback it only costs memory per client
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        logging.getLogger("uvicorn.error").addFilter(_is_unlogged)
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
        """As in uvicorn, but without raising the signal again at the end."""
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
    """Serves the API until SIGTERM or SIGINT, on the socket that `chowda up` has opened or on its own.

    Raises ConfigurationError for settings that it cannot serve with.
    """
    listener = listening_socket(settings.host, settings.port)
    server = ApiServer(create_app(settings))
    log.info("api.starting", address=http_address(settings.host, port_of(listener)))
    server.run(sockets=[listener])
    log.info("api.stopped")
