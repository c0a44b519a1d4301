"""Keys of step runs: the key of the pipeline run times STEP_KEY_STRIDE, plus the position of the step from 1 on.

The next step of a file has the next key, and all steps of a file are one range of the primary key.
"""

from __future__ import annotations

STEP_KEY_STRIDE = 1000
"More than a pipeline has steps. It is part of every stored key, so it never changes."


def pipeline_run_id_of(step_run_id: int) -> int:
    return step_run_id // STEP_KEY_STRIDE


def steps_of(pipeline_run_id: str, step_run_id: str = "s.id") -> str:
    """SQL: whether this step run is one of this pipeline run. The primary key serves it."""
    return (
        f"{step_run_id} > {pipeline_run_id} * {STEP_KEY_STRIDE} "
        f"AND {step_run_id} < ({pipeline_run_id} + 1) * {STEP_KEY_STRIDE}"
    )
