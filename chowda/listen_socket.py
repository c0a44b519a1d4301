"""The socket that the API answers on. `chowda up` binds it and hands it on, so that it outlives the API."""

from __future__ import annotations

import errno
import os
import socket

from chowda.errors import ConfigurationError

INHERITED = "CHOWDA_LISTEN_FD"


def listening_socket(host: str, port: int) -> socket.socket:
    """The one handed on by `chowda up`, else a new one; port 0 means any that is free.

    Raises ConfigurationError if the port is taken or not ours to use.
    """
    descriptor = os.environ.get(INHERITED)
    if descriptor is not None:
        os.set_inheritable(int(descriptor), False)  # no further than the API
        return socket.socket(fileno=int(descriptor))
    return bind(host, port)


def bind(host: str, port: int) -> socket.socket:
    # IPv4 first: that is what most programs take "localhost" for.
    found = sorted(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), key=lambda one: one[0])
    family, _, _, _, address = found[0]
    # By its protocol asyncio knows a TCP connection, whose answers it then sends without waiting for a full packet.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(1024)
    except OSError as exc:
        listener.close()
        if exc.errno == errno.EADDRINUSE:
            why = "is taken by another program (another Chowda?). Stop that one"
        elif exc.errno == errno.EACCES:
            why = "is not open to this user: ports below 1024 are root's. Start Chowda as root"
        else:
            why = f"cannot be used ({exc.strerror}). Correct CHOWDA_HOST"
        raise ConfigurationError(
            f"Port {port} on {host} {why}, or choose another port with CHOWDA_PORT (0: any free one)."
        ) from None
    return listener


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def http_address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
