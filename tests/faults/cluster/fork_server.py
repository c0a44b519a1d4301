"""Starts processes of Chowda by forking one process that has imported all modules.

Importing takes seconds in each of five processes, which would be most of the duration of the fault tests. Each fork
runs its command in its own session with its own environment.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path

PR_SET_PDEATHSIG = 1
MESSAGE_BYTES = 256 * 1024


class ForkServer:
    """The server and all processes that it started end with this process."""

    def __init__(self) -> None:
        self._socket, server_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with server_end:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(server_end.fileno())], pass_fds=[server_end.fileno()]
            )

    def start(self, command: str, environment: Mapping[str, str], output: int, listener: int | None) -> int:
        """Start `chowda <command>` and return its pid. It inherits the socket `listener` as CHOWDA_LISTEN_FD."""
        request = json.dumps({"command": command, "environment": dict(environment)}).encode()
        descriptors = [output] if listener is None else [output, listener]
        socket.send_fds(self._socket, [request], descriptors)
        return int(self._socket.recv(MESSAGE_BYTES))

    def stop(self) -> None:
        self._socket.close()
        self._process.wait()


def serve(requests: socket.socket) -> None:
    import chowda.api.server
    import chowda.cli.main
    import chowda.workers.process  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no one waits for the forks
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, MESSAGE_BYTES, 2)
        if not message:
            return
        if (pid := os.fork()) == 0:
            requests.close()
            run_command(json.loads(message), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        requests.send(str(pid).encode())


def run_command(request: dict[str, dict[str, str]], descriptors: list[int]) -> None:
    """Run the command in the forked process. Never returns."""
    from chowda.cli.main import main
    from chowda.listen_socket import INHERITED

    status = 1
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.environ.update(request["environment"])
        for descriptor in (1, 2):
            os.dup2(descriptors[0], descriptor)
        if len(descriptors) > 1:
            os.environ[INHERITED] = str(descriptors[1])
        sys.argv = ["chowda", str(request["command"])]
        main()
        status = 0
    except SystemExit as exc:
        status = exc.code if isinstance(exc.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    # `python <file>` puts this directory first; Chowda is an installed package.
    sys.path.remove(str(Path(__file__).parent))
    serve(socket.socket(fileno=int(sys.argv[1])))
