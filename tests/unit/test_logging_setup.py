from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from chowda.errors import ConfigurationError
from chowda.logging_setup import configure_logs, mask_secrets


@pytest.fixture(autouse=True)
def restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("connecting to postgresql://chowda:hunter2@db/chowda", "hunter2"),
        ("connecting to amqp://user:p@ss@rabbit:5672/", "p@ss"),
        ("redis://:hunter2@cache", "hunter2"),
        ("host=db password=hunter2 dbname=chowda", "hunter2"),
        ('{"token": "hunter2"}', "hunter2"),
        ("AWS_SECRET_ACCESS_KEY=hunter2", "hunter2"),
        ("GET https://bucket/key?X-Amz-Signature=hunter2&x=1", "hunter2"),
        ("Authorization: Bearer hunter2hunter2", "hunter2"),
        ("Authorization: Basic aHVudGVyMg==", "aHVudGVyMg"),
    ],
)
def test_secrets_in_text_are_masked(text: str, secret: str) -> None:
    assert secret not in mask_secrets(text)
    assert "***" in mask_secrets(text)


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1:8000/mmif/7", "postgresql://chowda@db/chowda", "step 7 of 9: done at 10:30"]
)
def test_text_without_secrets_is_unchanged(text: str) -> None:
    assert mask_secrets(text) == text


def test_line_is_a_json_object_with_level_time_and_process() -> None:
    stream = io.StringIO()
    configure_logs("INFO", "worker", stream)
    structlog.get_logger("chowda.engine.step_outcome").info("step.finished", step_run_id=7)
    [line] = lines(stream)
    assert line["event"] == "step.finished"
    assert (line["level"], line["process"], line["step_run_id"]) == ("info", "worker", 7)
    assert str(line["timestamp"]).endswith("Z")


def test_library_records_have_the_same_form_and_are_masked() -> None:
    stream = io.StringIO()
    configure_logs("INFO", "api", stream)
    logging.getLogger("some.library").warning("lost %s", "postgresql://u:hunter2@h/d")
    [line] = lines(stream)
    assert line["event"] == "lost postgresql://u:***@h/d"
    assert line["logger"] == "some.library"


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["file", "terminal"])
def test_tracebacks_and_values_with_secret_names_are_masked(stream: io.StringIO) -> None:
    configure_logs("INFO", "api", stream)
    try:
        int("password=hunter2")
    except ValueError:
        structlog.get_logger("x").exception(
            "failed", broker={"password": "hunter2"}, tokens=["Bearer hunter2"]
        )
    assert "hunter2" not in stream.getvalue()
    assert "Traceback" in stream.getvalue()


def test_terminal_gets_readable_lines() -> None:
    stream = Terminal()
    configure_logs("INFO", "api", stream)
    structlog.get_logger("x").info("api.ready")
    assert "api.ready" in stream.getvalue()
    with pytest.raises(json.JSONDecodeError):
        lines(stream)


def test_records_below_the_level_are_dropped() -> None:
    stream = io.StringIO()
    configure_logs("warning", "api", stream)
    structlog.get_logger("x").info("too little")
    logging.getLogger("y").info("too little")
    assert stream.getvalue() == ""


def test_unknown_level_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'LOUD'"):
        configure_logs("LOUD", "api")
