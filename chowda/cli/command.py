"""What all commands share: the connection to the server, and groups of options.

The modules of this package import libraries inside functions, so that `chowda --help` does not wait for them.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

if TYPE_CHECKING:
    from chowda.client import Chowda

DEFAULT_URL = "http://127.0.0.1:8000"
INTERRUPTED = 130
"The exit status that shells use for a program that Ctrl-C stopped."
Url = Annotated[
    str,
    typer.Option("--url", envvar="CHOWDA_URL", help="The address of the server.", rich_help_panel="Server"),
]


def connect(url: str) -> Chowda:
    """A client, to be used as a context manager."""
    from chowda.client import Chowda

    return Chowda(url)


class OptionGroup:
    """Base of frozen dataclasses whose fields are options. See option_groups."""

    @property
    def is_set(self) -> bool:
        """Whether any option differs from its default."""
        return self != type(self)()


def option_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Lets a command take option groups.

    Typer reads the options of a command from the signature of its function, and can't share several options between
    commands. This decorator declares a signature (PEP 362) in which the fields of a group replace the parameter. When
    the command runs, the group is created from its options:

        @dataclass(frozen=True)
        class Period(OptionGroup):
            since: Annotated[datetime | None, typer.Option()] = None
            until: Annotated[datetime | None, typer.Option()] = None

        @app.command("list")
        @option_groups
        def list_batches(period: Period, url: Url = DEFAULT_URL) -> None: ...  # --since, --until, --url
    """
    hints = get_type_hints(command, include_extras=True)
    groups = {name: hint for name, hint in hints.items() if _is_group(hint)}
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        if name in groups:
            parameters += _fields_as_parameters(groups[name])
        else:
            parameters.append(parameter.replace(kind=parameter.KEYWORD_ONLY, annotation=hints[name]))

    @functools.wraps(command)
    def run(**options: Any) -> None:
        for name, group in groups.items():
            options[name] = group(
                **{field.name: options.pop(field.name) for field in dataclasses.fields(group)}
            )
        command(**options)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _is_group(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, OptionGroup)


def _fields_as_parameters(group: Any) -> Iterator[inspect.Parameter]:
    """The group's own fields first, then those that it inherits: --help lists them in this order."""
    hints = get_type_hints(group, include_extras=True)
    fields = {field.name: field for field in dataclasses.fields(group)}
    for class_ in group.__mro__:
        for name in vars(class_).get("__annotations__", ()):
            yield inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                annotation=hints[name],
                default=fields[name].default,
            )
