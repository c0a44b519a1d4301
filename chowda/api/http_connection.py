"""An HTTP connection that refuses clients that send too slowly."""

from __future__ import annotations

import asyncio

import h11
import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 30.0
"The time from the first byte of a request (or the connection) to the end of its headers."
BODY_SECONDS = 60.0
BODY_BYTES = 60_000
"The minimum in each BODY_SECONDS: 1 kB/s. A pause that Chowda itself causes does not count."
GONE_SECONDS = 5.0
"The time for a client to read the refusal."

REFUSAL = "The request arrived too slowly. Send it again."
log = structlog.get_logger(__name__)


class HttpConnection(H11Protocol):
    """uvicorn's own protocol waits forever for a request that has begun: its limit is only for idle connections."""

    _awaited: type[h11.IDLE] | type[h11.SEND_BODY] | None = None
    "What the client is sending: the head of a request (IDLE), its body, or nothing."
    _timer: asyncio.TimerHandle | None = None
    _received_bytes = 0
    _held_up = False
    "Whether Chowda itself paused the client since the body's rate was last checked."

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_more()

    def data_received(self, data: bytes) -> None:
        self._received_bytes += len(data)
        super().data_received(data)
        self._held_up = self._held_up or self.flow.read_paused
        self._await_more()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._stop_waiting()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _await_more(self) -> None:
        state = self.conn.their_state
        awaited = state if state in (h11.IDLE, h11.SEND_BODY) else None
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            awaited = None
        if awaited is not self._awaited:
            self._stop_waiting()
            self._awaited = awaited
            self._start_timer()

    def _start_timer(self) -> None:
        if self._awaited is h11.IDLE:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._refuse)
        elif self._awaited is h11.SEND_BODY:
            self._received_bytes, self._held_up = 0, False
            self._timer = self.loop.call_later(BODY_SECONDS, self._check_body_rate)

    def _check_body_rate(self) -> None:
        held_up = self._held_up or self.flow.read_paused or self.cycle.waiting_for_100_continue
        if self._received_bytes < BODY_BYTES and not held_up:
            self._refuse()
        else:
            self._start_timer()

    def _refuse(self) -> None:
        self._stop_waiting()
        answering = (
            self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        )
        if self._received_bytes and not answering:  # otherwise a browser opened the connection in advance
            log.info("request.too_slow", received_bytes=self._received_bytes)
            body = REFUSAL.encode()
            self.transport.write(
                b"HTTP/1.1 408 Request Timeout\r\nContent-Type: text/plain; charset=utf-8\r\n"
                b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body)
            )
        self.transport.close()
        self.loop.call_later(GONE_SECONDS, self.transport.abort)

    def _stop_waiting(self) -> None:
        self._awaited = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
