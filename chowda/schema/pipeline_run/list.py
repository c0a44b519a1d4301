"""The list of pipeline runs."""

from __future__ import annotations

from chowda.runs import pipeline_run_list
from chowda.schema.connection import NodeList
from chowda.schema.pipeline_run.dataloaders import build_pipeline_runs

PIPELINE_RUNS = NodeList(pipeline_run_list.PIPELINE_RUNS, build_pipeline_runs)
