"""How a command comes by the server that it asks, and by options that it shares with others.

What a command needs is imported in it, here as in all files beside this one: `chowda --help` shall wait for no library.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec, get_type_hints

import typer

if TYPE_CHECKING:
    from chowda.client import Chowda

P = ParamSpec("P")
Url = Annotated[
    str, typer.Option("--url", envvar="CHOWDA_URL", help="Where Chowda is.", rich_help_panel="Server")
]
DEFAULT_URL = "http://127.0.0.1:8000"


class Options:
    """A base of frozen dataclasses: each field is an option of the command that takes one."""


def asks(command: Callable[Concatenate[Chowda, P], None]) -> Callable[..., None]:
    """For Typer: the command gets a Chowda, which is where its --url says, and Options made of its options."""

    @functools.wraps(command)
    def asked(*, url: str, **given: Any) -> None:
        from chowda.client import Chowda

        with Chowda(url) as chowda:
            run(chowda, **_gathered(hints, given))

    run: Callable[..., None] = command
    hints = get_type_hints(command, localns={"Chowda": object}, include_extras=True)
    _, *parameters = inspect.signature(command).parameters.values()
    spread = [option for parameter in parameters for option in _spread(parameter, hints[parameter.name])]
    spread.sort(key=lambda option: option.default is not option.empty)
    spread.append(_option("url", Url, DEFAULT_URL))
    asked.__signature__ = inspect.Signature(spread)  # type: ignore[attr-defined]
    asked.__annotations__ = {option.name: option.annotation for option in spread}
    del asked.__dict__["__wrapped__"]
    return asked


def _spread(parameter: inspect.Parameter, hint: Any) -> Iterator[inspect.Parameter]:
    if not _is_options(hint):
        yield _option(parameter.name, hint, parameter.default)
        return
    hints = get_type_hints(hint, include_extras=True)
    defaults = {field.name: field.default for field in dataclasses.fields(hint)}
    for part in hint.__mro__:  # its own options before those that it shares
        for name in vars(part).get("__annotations__", ()):
            default = inspect.Parameter.empty if defaults[name] is dataclasses.MISSING else defaults[name]
            yield _option(name, hints[name], default)


def _option(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _is_options(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Options)


def _gathered(hints: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    gathered = dict(given)
    for name, hint in hints.items():
        if _is_options(hint):
            gathered[name] = hint(
                **{field.name: gathered.pop(field.name) for field in dataclasses.fields(hint)}
            )
    return gathered
