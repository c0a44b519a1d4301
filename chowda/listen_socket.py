"""The API's listening socket. `chowda up` binds it and passes it on, so that it survives a restart of the API."""

from __future__ import annotations

import errno
import os
import socket

from chowda.errors import ConfigurationError

INHERITED = "CHOWDA_LISTEN_FD"


def listening_socket(host: str, port: int) -> socket.socket:
    """The socket that `chowda up` passes on, otherwise a new one. Port 0 means any free port.

    Raises ConfigurationError if the port is in use or not permitted.
    """
    descriptor = os.environ.get(INHERITED)
    if descriptor is not None:
        os.set_inheritable(int(descriptor), False)  # the API's own children must not inherit it
        return socket.socket(fileno=int(descriptor))
    return bind(host, port)


def bind(host: str, port: int) -> socket.socket:
    # IPv4 first: most programs resolve "localhost" to 127.0.0.1.
    found = sorted(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), key=lambda one: one[0])
    family, _, _, _, address = found[0]
    # asyncio sets TCP_NODELAY only on sockets whose protocol is given as TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(1024)
    except OSError as exc:
        listener.close()
        if exc.errno == errno.EADDRINUSE:
            problem = "is in use by another program (another Chowda?). Stop that program"
        elif exc.errno == errno.EACCES:
            problem = "is not permitted for this user: ports below 1024 need root. Start Chowda as root"
        else:
            problem = f"cannot be used ({exc.strerror}). Correct CHOWDA_HOST"
        raise ConfigurationError(
            f"Port {port} on {host} {problem}, or choose another port with CHOWDA_PORT (0: any free port)."
        ) from None
    return listener


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def http_address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
