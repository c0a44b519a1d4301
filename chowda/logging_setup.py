"""Structured logs of all Chowda processes, on stderr: readable lines on a terminal, otherwise one JSON object a line.

Log records of libraries (uvicorn, SQLAlchemy, dramatiq) take the same form. Secrets are masked at the end, after
tracebacks have been rendered as text.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

from chowda.errors import ConfigurationError

MASK = "***"

SECRET_NAMES = re.compile(
    r"(?i)^(.*[_-])?(password|passwd|pgpassword|secret|token|api[_-]?key|access[_-]?key|credentials?"
    r"|authorization|cookie|signature)$"
)
_URL_PASSWORD = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^\s:/@'\"]*):[^\s/'\"]+@")
_ASSIGNED = re.compile(
    r"(?i)((?:password|passwd|secret|token|api[_-]?key|access[_-]?key|access[_-]?key[_-]?id|credential"
    r"|signature)['\"]?\s*[=:]\s*['\"]?)[^\s&'\",;)]+"
)
_AUTHORIZATION = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/-]{6,}=*")

QUIET = ("uvicorn", "httpx", "httpcore", "asyncio", "websockets", "sqlalchemy", "alembic.runtime.plugins")
"Libraries that log every call at INFO."
SILENT = ("pika",)
"Libraries that log an error with tracebacks and raise it too."


def mask_secrets(text: str) -> str:
    """The text with *** for passwords in URLs, values of password=, token: etc., and Authorization headers."""
    text = _URL_PASSWORD.sub(rf"\1:{MASK}@", text)
    text = _AUTHORIZATION.sub(rf"\1 {MASK}", text)
    return _ASSIGNED.sub(rf"\1{MASK}", text)


def _masked(value: Any) -> Any:
    match value:
        case str():
            return mask_secrets(value)
        case bytes():
            return mask_secrets(value.decode(errors="replace"))
        case Mapping():
            return {
                key: MASK if isinstance(key, str) and SECRET_NAMES.match(key) else _masked(item)
                for key, item in value.items()
            }
        case list() | tuple() | set() | frozenset():
            return [_masked(item) for item in value]
        case None | bool() | int() | float():
            return value
        case _:
            return mask_secrets(str(value))


def _mask_event(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    internal = {key: event.pop(key) for key in ("_record", "_from_structlog") if key in event}
    event.pop("color_message", None)  # uvicorn's copy of the message with colour codes
    return {**_masked(event), **internal}


def configure_logs(level: str, process: str, stream: TextIO | None = None) -> None:
    """Sends the logs of this process to `stream` (default: stderr). `process` is its kind: api, worker, up.

    Raises ConfigurationError for an unknown level.
    """
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ConfigurationError(
            f"CHOWDA_LOG_LEVEL is {level!r}; use one of DEBUG, INFO, WARNING, ERROR, CRITICAL."
        )
    stream = stream or sys.stderr
    on_terminal = stream.isatty()

    def name_process(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault("process", process)
        return event

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        name_process,
    ]
    rendered: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if on_terminal
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.processors.StackInfoRenderer(),
                structlog.processors.format_exc_info,
                _mask_event,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                rendered,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    logging.captureWarnings(True)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    for name in SILENT:
        logging.getLogger(name).setLevel(number if number <= logging.DEBUG else logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
