"""Starts parts of Chowda from one process that has imported everything.

Five processes that each import for seconds before they do anything would be most of what the fault tests cost. A
part is a process all the same: forked, in a session of its own, with its own environment, and it runs the command.
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
    """Ends with this process, and with it all that it started."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())], pass_fds=[theirs.fileno()]
            )

    def start(self, part: str, environment: Mapping[str, str], output: int, listener: int | None) -> int:
        """The pid of `chowda <part>`; `listener` is a socket that it inherits as CHOWDA_LISTEN_FD."""
        request = json.dumps({"part": part, "environment": dict(environment)}).encode()
        descriptors = [output] if listener is None else [output, listener]
        socket.send_fds(self._socket, [request], descriptors)
        return int(self._socket.recv(MESSAGE_BYTES))

    def end(self) -> None:
        self._socket.close()
        self._process.wait()


def serve(requests: socket.socket) -> None:
    import chowda.api.server
    import chowda.cli.main
    import chowda.workers.process  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them here
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, MESSAGE_BYTES, 2)
        if not message:
            return
        if (pid := os.fork()) == 0:
            requests.close()
            become(json.loads(message), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        requests.send(str(pid).encode())


def become(request: dict[str, dict[str, str]], descriptors: list[int]) -> None:
    """Never returns."""
    from chowda.cli.main import main
    from chowda.listen_socket import INHERITED

    status = 1
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.environ.update(request["environment"])
        for standard in (1, 2):
            os.dup2(descriptors[0], standard)
        if len(descriptors) > 1:
            os.environ[INHERITED] = str(descriptors[1])
        sys.argv = ["chowda", str(request["part"])]
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
    # `python file` puts this folder first; the package is installed.
    sys.path.remove(str(Path(__file__).parent))
    serve(socket.socket(fileno=int(sys.argv[1])))
