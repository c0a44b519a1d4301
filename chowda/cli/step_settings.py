"""Parameters of a pipeline's steps as options: `2.threshold=0.5`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from chowda.errors import BadUserInput

SETTING = re.compile(r"(?P<position>[1-9][0-9]*)\.(?P<name>[^=]+)=(?P<value>.*)", re.DOTALL)

StepSettings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="STEP.NAME=VALUE",
        help="A parameter of a step; steps count from 1. VALUE is JSON, else text. Repeat the option for a list.",
    ),
]


def parameters_by_step(settings: Sequence[str] | None) -> dict[int, dict[str, Any]]:
    """Raises BadUserInput."""
    by_step: dict[int, dict[str, Any]] = {}
    for setting in settings or ():
        match = SETTING.fullmatch(setting)
        if match is None:
            raise BadUserInput(f"{setting!r} is not a parameter of a step. Write it like 2.threshold=0.5.")
        parameters = by_step.setdefault(int(match["position"]), {})
        name, value = match["name"].strip(), _parse_value(match["value"])
        if name in parameters:
            previous = parameters[name]
            parameters[name] = [*previous, value] if isinstance(previous, list) else [previous, value]
        else:
            parameters[name] = value
    return by_step


def _parse_value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
