"""Answers GET /progress/{id} while a request runs, as Chowda asks it: {"percent": 0..100}.

The id is the X-Request-ID of the running POST. Percents lie in a folder of small files, since a served app
may be several processes and the one that is asked need not be the one that works. An id nobody has heard of
has 0 percent: its POST may still be on its way. On the command line the same goes to a line
`CHOWDA-PROGRESS <percent>`.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextvars import ContextVar, Token
from pathlib import Path
from typing import Any

from flask import Flask, g, jsonify, request

Tell = Callable[[float], None]  # is told a percentage
SECONDS_BETWEEN = 0.2  # nobody looks more often


def _nobody(percent: float) -> None:
    """Whom a call tells that came without an id."""


_tell: ContextVar[Tell] = ContextVar("tell", default=_nobody)


def report_to(tell: Tell) -> Token[Tell]:
    """From now on, in this thread, `report` tells `tell`."""
    return _tell.set(tell)


def reporter() -> Tell:
    """A function for the running request, to be told shares from 0 to 1; it passes on some as percents."""
    tell, latest = _tell.get(), 0.0

    def report(share: float) -> None:
        nonlocal latest
        now = time.monotonic()
        if now - latest >= SECONDS_BETWEEN:
            latest = now
            tell(round(100 * max(0.0, min(1.0, share)), 1))

    return report


class Board:
    """Percents by request id, for all processes that descend from the one that made it."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="clams-app-progress-"))
        self._owner = os.getpid()
        atexit.register(self._remove)

    def write(self, request_id: str, percent: float) -> None:
        path = self._path(request_id)
        unfinished = path.with_suffix(f".{os.getpid()}")
        unfinished.write_text(str(percent))
        unfinished.replace(path)

    def read(self, request_id: str) -> float:
        try:
            return float(self._path(request_id).read_text())
        except FileNotFoundError:
            return 0.0

    def forget(self, request_id: str) -> None:
        self._path(request_id).unlink(missing_ok=True)

    def _path(self, request_id: str) -> Path:
        # An id is whatever a client sent: its digest is a safe name for a file.
        return self._folder / hashlib.sha256(request_id.encode()).hexdigest()

    def _remove(self) -> None:
        if os.getpid() == self._owner:  # a worker process inherits this, but must not clean up for the others
            shutil.rmtree(self._folder, ignore_errors=True)


def serve(flask_app: Flask) -> None:
    """Adds the route, and lets every POST and PUT with an X-Request-ID report under it."""
    board = Board()

    @flask_app.before_request
    def begin() -> None:
        request_id = request.headers.get("X-Request-ID")
        if request.method in ("POST", "PUT") and request_id:
            board.write(request_id, 0)
            g.request_id = request_id
            g.told = report_to(lambda percent: board.write(request_id, percent))

    @flask_app.teardown_request
    def end(_: BaseException | None) -> None:
        if "told" in g:
            _tell.reset(g.told)
            board.forget(g.request_id)

    @flask_app.get("/progress/<path:request_id>")
    def progress(request_id: str) -> Any:
        return jsonify(percent=board.read(request_id))
