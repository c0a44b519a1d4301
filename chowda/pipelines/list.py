"""Lists of pipelines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select, tuple_

from chowda.models import Pipeline, PipelineStep
from chowda.pagination.filters import Keys, Period, contains_text, has_name, in_keys, in_period
from chowda.pagination.keyset import ListSpec, Order


@dataclass(frozen=True, slots=True)
class PipelineFilter:
    names: tuple[str, ...] | None = None
    text: str | None = None
    apps: Keys = None
    archived: bool | None = False
    "Only archived pipelines, only others, or None for all."
    created: Period | None = None


def conditions(filter: PipelineFilter) -> Sequence[ColumnElement[bool]]:
    found = [
        *has_name(Pipeline.name, filter.names),
        *contains_text([Pipeline.name, Pipeline.description], filter.text),
        *in_period(Pipeline.created_at, filter.created),
    ]
    if filter.apps is not None:
        steps = select(PipelineStep.pipeline_id, PipelineStep.version).where(
            *in_keys(PipelineStep.clams_app_id, filter.apps)
        )
        found.append(tuple_(Pipeline.id, Pipeline.version).in_(steps))
    if filter.archived is not None:
        found.append(Pipeline.archived_at.is_not(None) if filter.archived else Pipeline.archived_at.is_(None))
    return found


PIPELINES = ListSpec(
    "pipelines",
    Pipeline,
    {"NAME": Order((Pipeline.name,)), "CREATED": Order((Pipeline.id,))},
    conditions,
)
