"""Runs the `chowda` command in this process."""

from __future__ import annotations

import io
import json
import sys
from typing import Any, NamedTuple

import pytest
from typer.main import get_command

from chowda.cli.main import app, main

BUILT = get_command(app)
"Built once: Typer would build all commands at each call, which takes longer than most commands."


class Outcome(NamedTuple):
    """The exit status and the output."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.out.splitlines()]


class Command:
    """Call it with the arguments of a command. `stdin` sets the standard input of the next command."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        monkeypatch.setattr("chowda.cli.main.app", BUILT)
        monkeypatch.delenv("COLUMNS", raising=False)
        self._capsys = capsys

    def stdin(self, text: str) -> None:
        self._monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    def __call__(self, *arguments: str) -> Outcome:
        self._monkeypatch.setattr(sys, "argv", ["chowda", *arguments])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ending:
            main()
        captured = self._capsys.readouterr()
        code = ending.value.code
        return Outcome(code if isinstance(code, int) else int(code is not None), captured.out, captured.err)
