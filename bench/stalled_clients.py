"""Clients that subscribe over a plain socket and then stop reading: half WebSocket, half multipart."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket
import struct
from collections.abc import Iterator, Mapping

RECEIVE_BUFFER_BYTES = 4096
"The minimum that the kernel allows, so that unread data accumulates in the server."
MULTIPART = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json'


@contextlib.contextmanager
def stalled_clients(port: int, count: int, query: str, variables: Mapping[str, object]) -> Iterator[None]:
    payload = {"query": query, "variables": variables}
    with contextlib.ExitStack() as opened:
        for number in range(count):
            open_one = _websocket if number % 2 else _multipart
            opened.enter_context(open_one(port, payload))
        yield


def _connection(port: int) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    connection.connect(("127.0.0.1", port))
    return connection


def _websocket(port: int, payload: object) -> socket.socket:
    connection = _connection(port)
    key = base64.b64encode(os.urandom(16)).decode()
    connection.sendall(
        f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
    )
    assert connection.recv(1024).startswith(b"HTTP/1.1 101")
    connection.sendall(_text_frame({"type": "connection_init"}))
    assert b"connection_ack" in connection.recv(1024)
    connection.sendall(_text_frame({"id": "1", "type": "subscribe", "payload": payload}))
    return connection


def _multipart(port: int, payload: object) -> socket.socket:
    connection = _connection(port)
    body = json.dumps(payload).encode()
    connection.sendall(
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Accept: {MULTIPART}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    return connection


def _text_frame(message: object) -> bytes:
    """Return a client frame of at most 64 KiB, masked with zeros (RFC 6455)."""
    data = json.dumps(message).encode()
    return struct.pack("!BBHI", 0x81, 0x80 | 126, len(data), 0) + data
