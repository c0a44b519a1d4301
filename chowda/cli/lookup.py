"""What people call things: an app, a pipeline, a batch or a collection by its name, or by its ID."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from chowda.errors import BadUserInput, NotFound

if TYPE_CHECKING:
    from chowda.client import App, Batch, Chowda, Collection, Pages, Pipeline


class Named(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


def app_named(chowda: Chowda, told: str) -> App:
    from chowda.client import AppFilter

    return _named("app", told, chowda.apps(filter=AppFilter(names=[told])), chowda.app, chowda.apps())


def pipeline_named(chowda: Chowda, told: str) -> Pipeline:
    from chowda.client import PipelineFilter

    by_name = chowda.pipelines(filter=PipelineFilter(names=[told], archived=None))
    return _named("pipeline", told, by_name, chowda.pipeline, chowda.pipelines())


def batch_named(chowda: Chowda, told: str) -> Batch:
    from chowda.client import BatchFilter

    by_name = chowda.batches(filter=BatchFilter(names=[told]))
    return _named("batch", told, by_name, chowda.batch, chowda.batches(), "batches")


def collection_named(chowda: Chowda, told: str) -> Collection:
    from chowda.client import CollectionFilter

    by_name = chowda.collections(filter=CollectionFilter(names=[told]))
    return _named("collection", told, by_name, chowda.collection, chowda.collections())


def _named(
    noun: str,
    told: str,
    by_name: Pages[N],
    by_id: Callable[[str], N],
    everything: Pages[N],
    plural: str | None = None,
) -> N:
    """The one with this name or, where none has it, this ID.

    Raises NotFound, which tells what comes near, and BadUserInput where several have the name.
    """
    plural = plural or f"{noun}s"
    found = by_name.first(10)
    if len(found) > 1:
        ids = ", ".join(item.id for item in found)
        raise BadUserInput(f"There are {len(found)} {plural} named {told!r}. Say which by its ID: {ids}.")
    if found:
        return found[0]
    try:
        return by_id(told)
    except NotFound:
        names = [item.name for item in everything.first(500)]
        raise NotFound(not_found_message(noun, told, names)) from None


def not_found_message(noun: str, name: str, names: list[str]) -> str:
    """Says which names come near, or which there are."""
    missing = f"There is no {noun} named {name!r}"
    if not names:
        return f"{missing}, and no other {noun} either."
    # Compared without case, which get_close_matches counts as a difference.
    folded = {known.casefold(): known for known in names}
    near = [folded[key] for key in difflib.get_close_matches(name.casefold(), folded, n=3)]
    if near:
        return f"{missing}. Did you mean {' or '.join(map(repr, near))}?"
    shown = ", ".join(map(repr, sorted(names)[:10]))
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return f"{missing}. There are: {shown}{more}."
