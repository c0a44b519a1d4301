"""Parameters that are too long for the request line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from app_caller import Caller
from fake_clams import FakeClams

from chowda.clams.runtimes import app_request
from chowda.errors import StepErrorCode

PARAMETERS: list[dict[str, Any]] = [
    {"name": "labels", "type": "string", "multivalued": True, "default": []},
    {"name": "map", "type": "map", "multivalued": True, "default": []},
    {"name": "flag", "type": "boolean", "default": True},
    {"name": "big", "type": "integer", "default": 1},
]
LONG = {"labels": ["é" * 500, "b" * 3000], "map": {"S": "slate"}, "flag": False, "big": 10**30}


def fake(mmif_version: str = "1.2.0", **options: Any) -> FakeClams:
    return FakeClams(mmif_version=mmif_version, parameters=PARAMETERS, **options)


async def test_long_parameters_are_sent_in_an_envelope(tmp_path: Path) -> None:
    with fake() as app:
        caller = Caller(app, tmp_path)
        await caller(LONG)
        (call,) = app.calls
        assert call.envelope
        assert call.parameters == LONG
        assert call.body_bytes > caller.input.stat().st_size
        assert call.locations == ["file:///data/cpb-aacip-1.mp4"]


async def test_envelope_support_is_probed_once(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(app_request, "_accepts_envelope", {})
    with fake() as app:
        caller = Caller(app, tmp_path)
        await caller(LONG)
        await caller(LONG)
        assert app_request._accepts_envelope == {(app.url, app.identifier): True}
        app.takes_envelope = False
        failure = await caller.failure(LONG)
        assert "Invalid input data" in failure.message, "the result of the first probe is used"


async def test_newer_app_without_envelope_support_fails_before_the_call(tmp_path: Path) -> None:
    with fake(takes_envelope=False) as app:
        caller = Caller(app, tmp_path)
        failure = await caller.failure(LONG)
        assert failure.code is StepErrorCode.APP_ERROR
        assert "shorten them, 'labels' first" in failure.message
        assert app.calls == []


async def test_older_app_is_not_probed(tmp_path: Path) -> None:
    with fake("1.1.0") as app:
        app.refuse_connections()
        failure = await Caller(app, tmp_path).failure(LONG)
        assert failure.code is StepErrorCode.APP_ERROR
        assert "request line of" in failure.message


async def test_app_that_is_away_during_the_probe_is_unreachable(tmp_path: Path) -> None:
    with fake() as app:
        app.refuse_connections()
        assert (await Caller(app, tmp_path).failure(LONG)).code is StepErrorCode.APP_UNREACHABLE


@pytest.mark.parametrize(("over", "envelope"), [(0, False), (1, True)])
async def test_envelope_is_used_only_above_the_request_line_limit(
    tmp_path: Path, over: int, envelope: bool
) -> None:
    """The fake app, like gunicorn, answers a request line of 4,095 bytes with 414."""
    with fake() as app:
        value = "x" * (4094 - len("POST /?labels= HTTP/1.1") + over)
        await Caller(app, tmp_path)({"labels": value})
        assert app.calls[0].envelope == envelope
        assert app.calls[0].parameters["labels"] in (value, [value])
