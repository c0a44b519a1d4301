"""Answers GET /progress/{id} while a request runs, as Chowda asks it: {"percent": 0..100}.

The id is the X-Request-ID of the running POST. Percents lie in memory that all processes of a served app share,
since the one that is asked need not be the one that works. An id nobody has heard of has 0 percent: its POST
may still be on its way. On the command line the same goes to a line `CHOWDA-PROGRESS <percent>`.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
import time
from collections.abc import Callable
from contextvars import ContextVar, Token
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
    """Percents by request id, for all processes that are forked from the one that made it.

    A table without locks, so that a process that is killed leaves none held, and without files, so that none
    stay behind: an id's place follows from its digest. Should two running requests fall on one place (a
    chance of one in thousands), the one that wrote first is told to have 0 percent.
    """

    PLACES = 4096
    ENTRY = struct.Struct("=32sd")  # the id's SHA-256 and the percentage

    def __init__(self) -> None:
        self._table = mmap.mmap(-1, self.PLACES * self.ENTRY.size)

    def write(self, request_id: str, percent: float) -> None:
        digest, place = self._find(request_id)
        self.ENTRY.pack_into(self._table, place, digest, percent)

    def read(self, request_id: str) -> float:
        digest, place = self._find(request_id)
        owner, percent = self.ENTRY.unpack_from(self._table, place)
        return float(percent) if owner == digest else 0.0

    def forget(self, request_id: str) -> None:
        self.write(request_id, 0.0)

    def _find(self, request_id: str) -> tuple[bytes, int]:
        digest = hashlib.sha256(request_id.encode()).digest()
        return digest, int.from_bytes(digest[:8], "big") % self.PLACES * self.ENTRY.size


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
