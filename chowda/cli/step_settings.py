"""Values for parameters of a pipeline's steps, as people type them: `2.threshold=0.5`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from chowda.errors import BadUserInput

FORM = re.compile(r"(?P<position>[1-9][0-9]*)\.(?P<name>[^=]+)=(?P<value>.*)", re.DOTALL)

Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="STEP.NAME=VALUE",
        help="A parameter of a step, counted from 1. VALUE is JSON, or text where it is none; several times: a list.",
    ),
]


def by_step(told: Sequence[str] | None) -> dict[int, dict[str, Any]]:
    """Each step's parameters. Raises BadUserInput."""
    found: dict[int, dict[str, Any]] = {}
    for setting in told or ():
        form = FORM.fullmatch(setting)
        if form is None:
            raise BadUserInput(f"{setting!r} sets no parameter; it looks like 2.threshold=0.5.")
        of_step = found.setdefault(int(form["position"]), {})
        name, value = form["name"].strip(), _value(form["value"])
        if name in of_step:
            before = of_step[name]
            of_step[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            of_step[name] = value
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
