"""Finds an app, a pipeline, a batch or a collection by its name or ID."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from chowda.errors import BadUserInput, NotFound

if TYPE_CHECKING:
    from chowda.client import App, Batch, Chowda, Collection, Pages, Pipeline

SUGGESTIONS_LIMIT = 500
"Names that are compared with an unknown one."
NAMES_SHOWN = 10


class Named(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


def find_app(chowda: Chowda, name_or_id: str) -> App:
    from chowda.client import AppFilter

    by_name = chowda.apps(filter=AppFilter(names=[name_or_id]))
    return _find("app", name_or_id, by_name, chowda.app, chowda.apps())


def find_pipeline(chowda: Chowda, name_or_id: str) -> Pipeline:
    from chowda.client import PipelineFilter

    by_name = chowda.pipelines(filter=PipelineFilter(names=[name_or_id], archived=None))
    return _find("pipeline", name_or_id, by_name, chowda.pipeline, chowda.pipelines())


def find_batch(chowda: Chowda, name_or_id: str) -> Batch:
    from chowda.client import BatchFilter

    by_name = chowda.batches(filter=BatchFilter(names=[name_or_id]))
    return _find("batch", name_or_id, by_name, chowda.batch, chowda.batches(), "batches")


def find_collection(chowda: Chowda, name_or_id: str) -> Collection:
    from chowda.client import CollectionFilter

    by_name = chowda.collections(filter=CollectionFilter(names=[name_or_id]))
    return _find("collection", name_or_id, by_name, chowda.collection, chowda.collections())


def app_ids(chowda: Chowda, names_or_ids: Sequence[str] | None) -> list[str]:
    return [find_app(chowda, name_or_id).id for name_or_id in names_or_ids or ()]


def pipeline_ids(chowda: Chowda, names_or_ids: Sequence[str] | None) -> list[str]:
    return [find_pipeline(chowda, name_or_id).id for name_or_id in names_or_ids or ()]


def batch_ids(chowda: Chowda, names_or_ids: Sequence[str] | None) -> list[str]:
    return [find_batch(chowda, name_or_id).id for name_or_id in names_or_ids or ()]


def collection_ids(chowda: Chowda, names_or_ids: Sequence[str] | None) -> list[str]:
    return [find_collection(chowda, name_or_id).id for name_or_id in names_or_ids or ()]


def _find(
    noun: str,
    name_or_id: str,
    by_name: Pages[N],
    by_id: Callable[[str], N],
    everything: Pages[N],
    plural: str | None = None,
) -> N:
    """The item with this name or, if there is none, with this ID.

    Raises NotFound with similar names, and BadUserInput if several items have the name.
    """
    plural = plural or f"{noun}s"
    matches = by_name.first(10)
    if len(matches) > 1:
        ids = ", ".join(item.id for item in matches)
        raise BadUserInput(
            f"There are {len(matches)} {plural} named {name_or_id!r}. Use the ID of one of them: {ids}."
        )
    if matches:
        return matches[0]
    try:
        return by_id(name_or_id)
    except NotFound:
        names = [item.name for item in everything.first(SUGGESTIONS_LIMIT)]
        raise NotFound(not_found_message(noun, name_or_id, names)) from None


def not_found_message(noun: str, name: str, names: list[str]) -> str:
    """Suggests similar names, or lists the names that exist."""
    missing = f"There is no {noun} named {name!r}"
    if not names:
        return f"{missing}, and no other {noun} either."
    # get_close_matches counts a difference in case, so that names are compared without it.
    names_by_key = {known.casefold(): known for known in names}
    similar = [names_by_key[key] for key in difflib.get_close_matches(name.casefold(), names_by_key, n=3)]
    if similar:
        return f"{missing}. Did you mean {' or '.join(map(repr, similar))}?"
    shown = ", ".join(map(repr, sorted(names)[:NAMES_SHOWN]))
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return f"{missing}. There are: {shown}{more}."
