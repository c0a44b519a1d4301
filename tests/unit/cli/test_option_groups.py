from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Annotated

import typer

from chowda.cli.command import OptionGroup, option_groups


@dataclass(frozen=True)
class Period(OptionGroup):
    since: Annotated[str | None, typer.Option()] = None


@dataclass(frozen=True)
class Filters(Period):
    text: Annotated[str, typer.Option()] = "any"


calls: list[object] = []


@option_groups
def command(name: Annotated[str, typer.Argument()], filters: Filters, limit: int = 50) -> None:
    """A command."""
    calls.append((name, filters, limit))


def test_the_fields_of_a_group_replace_its_parameter() -> None:
    parameters = inspect.signature(command).parameters

    assert list(parameters) == ["name", "text", "since", "limit"]
    assert parameters["text"].default == "any"
    assert parameters["name"].default is inspect.Parameter.empty


def test_a_command_receives_its_group() -> None:
    command(name="x", text="spring", since=None, limit=2)

    assert calls.pop() == ("x", Filters(text="spring"), 2)


def test_a_group_is_set_if_an_option_differs_from_its_default() -> None:
    assert not Filters().is_set
    assert Filters(since="2026-01-31").is_set


def test_a_command_leads_to_its_function() -> None:
    assert command.__name__ == "command"
    assert inspect.unwrap(command).__code__.co_name == "command"
