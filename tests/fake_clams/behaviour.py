"""How the fake app answers calls, and what it records of each."""

from __future__ import annotations

from typing import Any

import msgspec


class Behaviour(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The answer to matching calls: by number (from 1), by a GUID in the body, at most `times` times."""

    kind: str = "good"
    calls: list[int] | None = None
    guid: str | None = None
    times: int | None = None
    seconds: float | None = None
    status: int = 503
    retry_after: str | None = None
    date: str | None = None
    message: str = "it went wrong"
    views: int = 3
    size_bytes: int = 1 << 30
    location: str = "http://127.0.0.1:9/elsewhere"

    def matches(self, number: int, body: bytes) -> bool:
        return (
            (self.calls is None or number in self.calls)
            and (self.times is None or self.times > 0)
            and (self.guid is None or self.guid.encode() in body)
        )


class Call(msgspec.Struct):
    """One POST. Times are time.monotonic() of the app's process."""

    number: int = 0
    kind: str = "good"
    request_id: str | None = None
    parameters: dict[str, Any] = {}
    envelope: bool = False
    body_bytes: int = 0
    locations: list[str] = []
    mmif_version: str = ""
    started: float = 0.0
    ended: float | None = None
    hung_up: bool = False
