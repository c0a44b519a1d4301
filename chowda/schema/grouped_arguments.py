"""Arguments that several fields share: said once, and given to each resolver as one value."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import strawberry

R = TypeVar("R")

Resolver = Callable[..., Awaitable[R]]


def optional(name: str, kind: Any) -> inspect.Parameter:
    """An argument that may be left out, and null."""
    return argument(name, kind | None, strawberry.UNSET)


def argument(name: str, kind: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)


def gathered(
    into: str, arguments: Sequence[inspect.Parameter], gather: Callable[..., Any]
) -> Callable[[Resolver[R]], Resolver[R]]:
    """Clients give these arguments; the resolver takes what `gather` makes of them as the one called `into`."""

    def decorate(resolve: Resolver[R]) -> Resolver[R]:
        @functools.wraps(resolve)
        async def resolver(*self: Any, **given: Any) -> R:
            told = {each.name: given.pop(each.name, each.default) for each in arguments}
            return await resolve(*self, **given, **{into: gather(**told)})

        signature = inspect.signature(resolve)
        shown: list[inspect.Parameter] = []
        for each in signature.parameters.values():
            if each.name == into:
                shown += arguments
            else:
                own = each.name in {"self", "info"}
                shown.append(each if own else each.replace(kind=inspect.Parameter.KEYWORD_ONLY))
        resolver.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]
        return resolver

    return decorate
