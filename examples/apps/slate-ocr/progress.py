"""Answers GET /progress/{id} while a request runs, as Chowda requests it: {"percent": 0..100}.

The id is the X-Request-ID of the running POST. All processes of a served app share the memory with the percentages,
because another process may answer than the one that works. An unknown id has 0 percent: its POST may not have
arrived yet. On the command line the same percentage is printed as a line `CHOWDA-PROGRESS <percent>`.
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

Report = Callable[[float], None]  # takes a percentage
SECONDS_BETWEEN = 0.2  # no client requests it more often


def _ignore(percent: float) -> None:
    """The report of a call without an id."""


_report: ContextVar[Report] = ContextVar("report", default=_ignore)


def report_to(report: Report) -> Token[Report]:
    """Make `report` receive the percentages of this thread's calls."""
    return _report.set(report)


def reporter() -> Report:
    """A function for the running request. It takes shares from 0 to 1 and reports some of them as percentages."""
    report, latest = _report.get(), 0.0

    def report_share(share: float) -> None:
        nonlocal latest
        now = time.monotonic()
        if now - latest >= SECONDS_BETWEEN:
            latest = now
            report(round(100 * max(0.0, min(1.0, share)), 1))

    return report_share


class Board:
    """Percentages by request id, for all processes that are forked from the one that created it.

    The table has no locks, so a killed process holds none, and no files, so none stay behind: the digest of an
    id determines its place. If two running requests share a place (one chance in thousands), the first one
    shows 0 percent.
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
    """Add the route, and make every POST and PUT with an X-Request-ID report under that id."""
    board = Board()

    @flask_app.before_request
    def begin() -> None:
        request_id = request.headers.get("X-Request-ID")
        if request.method in ("POST", "PUT") and request_id:
            board.write(request_id, 0)
            g.request_id = request_id
            g.report_token = report_to(lambda percent: board.write(request_id, percent))

    @flask_app.teardown_request
    def end(_: BaseException | None) -> None:
        if "report_token" in g:
            _report.reset(g.report_token)
            board.forget(g.request_id)

    @flask_app.get("/progress/<path:request_id>")
    def progress(request_id: str) -> Any:
        return jsonify(percent=board.read(request_id))
