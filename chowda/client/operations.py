"""The GraphQL operations of the client, each a function with typed results."""

from __future__ import annotations

import difflib
from collections.abc import AsyncIterator
from typing import Any, Literal

from chowda.client.session import Session
from chowda.client.states import (
    BatchRunState,
    ChangedFile,
    Failure,
    FileMmif,
    FileRun,
    Named,
    RunStatus,
    read,
)
from chowda.errors import BadUserInput, NotFound

PAGE = 200
COUNTS = "counts { total waiting running finished failed canceled }"
RUN = f"""
fragment Run on BatchRun {{
  id status percent createdAt startedAt endedAt
  batch {{ id name }}
  pipeline {{ id name }}
  {COUNTS}
  steps {{ position percent app {{ name }} {COUNTS} }}
}}
"""
FILE_RUN = """
fragment FileRun on PipelineRun {
  id status
  mediaFile { guid }
  steps { position status app { name } error { code message } }
}
"""
NAMED = """
query ($name: String!, $id: ID!) {{
  named: {plural}(filter: {{names: [$name]}}) {{ nodes {{ id name }} }}
  byId: {noun}(id: $id) {{ id name }}
}}
"""
NAMES = "query {{ named: {plural}(first: 500) {{ nodes {{ id name }} }} }}"
PLURALS = {"pipeline": "pipelines", "batch": "batches"}
START = "mutation ($input: StartBatchInput!) { startBatch(input: $input) { ...Run } }" + RUN
RUN_WITH_CURSOR = "query ($id: ID!) { batchRun(id: $id) { cursor ...Run } }" + RUN
LATEST = "query ($first: Int!) { batchRuns(first: $first) { nodes { ...Run } } }" + RUN
FAILED_FILES = (
    "query ($id: ID!, $first: Int!) { batchRun(id: $id) {"
    " pipelineRuns(first: $first, status: FAILED) { edges { node { ...FileRun } } } } }" + FILE_RUN
)
MMIFS = """
query ($id: ID!, $first: Int!, $after: String) {
  batchRun(id: $id) {
    pipelineRuns(first: $first, after: $after) {
      edges { node { ...FileMmif } }
      pageInfo { hasNextPage endCursor }
    }
  }
  pipelineRun(id: $id) { ...FileMmif }
}
fragment FileMmif on PipelineRun { mediaFile { guid } mmif { sha256 size url } }
"""
CHANGED_FILE = "fragment ChangedFile on PipelineRun { id mediaFile { guid } status paused }"
WHICH = "query ($id: ID!) { batchRun(id: $id) { id } pipelineRun(id: $id) { id } }"
CHANGE = "mutation ($id: ID!) {{ run: {action}BatchRun(id: $id) {{ ...Run }} }}" + RUN.replace(
    "{", "{{"
).replace("}", "}}")
CHANGE_FILE = (
    "mutation ($id: ID!) {{ run: {action}PipelineRun(id: $id) {{ ...ChangedFile }} }}"
    + CHANGED_FILE.replace("{", "{{").replace("}", "}}")
)
RETRY_FROM = (
    "mutation ($id: ID!, $fromStep: Int!) { run: retryBatchRun(id: $id, fromStep: $fromStep) { ...Run } }"
    + RUN
)
RETRY_FILE_FROM = (
    "mutation ($id: ID!, $fromStep: Int!) {"
    " run: retryPipelineRun(id: $id, fromStep: $fromStep) { ...ChangedFile } }" + CHANGED_FILE
)
RUN_CHANGES = "subscription ($id: ID!) { batchRun(id: $id) { stale asOf ...Run } }" + RUN
FILE_CHANGES = (
    "subscription ($id: ID!, $after: String) { pipelineRuns(batchRunId: $id, after: $after) {"
    " cursor stale asOf pipelineRuns { ...FileRun } } }" + FILE_RUN
)

Action = Literal["cancel", "pause", "resume", "retry"]


async def named(session: Session, noun: Literal["pipeline", "batch"], name: str) -> Named:
    """The one with this name or, where none has it, this ID.

    Raises NotFound, which tells what comes near, and BadUserInput where several have the name.
    """
    plural = PLURALS[noun]
    data = await session.execute(NAMED.format(noun=noun, plural=plural), name=name, id=name)
    found = [read(Named, item) for item in data["named"]["nodes"]]
    if len(found) > 1:
        ids = ", ".join(item.id for item in found)
        raise BadUserInput(f"There are {len(found)} {plural} named {name!r}. Say which by its ID: {ids}.")
    if found:
        return found[0]
    if data["byId"] is not None:
        return read(Named, data["byId"])
    everything = await session.execute(NAMES.format(plural=plural))
    raise NotFound(not_found_message(noun, name, [item["name"] for item in everything["named"]["nodes"]]))


async def start_batch(
    session: Session, batch_id: str, pipeline_id: str, idempotency_key: str | None, priority: int
) -> BatchRunState:
    given: dict[str, Any] = {
        "batchId": batch_id,
        "pipelineId": pipeline_id,
        "idempotencyKey": idempotency_key,
        "priority": priority,
    }
    data = await session.execute(START, input=given)
    return read(BatchRunState, data["startBatch"])


async def batch_run(session: Session, run_id: str) -> tuple[BatchRunState, str]:
    """Its state and the cursor that its feed goes on from. Raises NotFound."""
    data = (await session.execute(RUN_WITH_CURSOR, id=run_id))["batchRun"]
    if data is None:
        raise NotFound(f"There is no batch run with the ID {run_id!r}. `chowda status` lists the latest.")
    return read(BatchRunState, data), data["cursor"]


async def latest_runs(session: Session, first: int) -> list[BatchRunState]:
    """Newest first."""
    data = await session.execute(LATEST, first=first)
    return [read(BatchRunState, run) for run in data["batchRuns"]["nodes"]]


async def change(
    session: Session, action: Action, run_id: str, from_step: int | None = None
) -> BatchRunState | ChangedFile:
    """Of a batch run, or of the one file of a pipeline run. `from_step`: of a retry. Raises NotFound."""
    which = await session.execute(WHICH, id=run_id)
    if which["batchRun"] is None and which["pipelineRun"] is None:
        raise NotFound(f"There is no batch run and no pipeline run with the ID {run_id!r}.")
    of_file = which["pipelineRun"] is not None
    if from_step is None:
        document = (CHANGE_FILE if of_file else CHANGE).format(action=action)
        data = await session.execute(document, id=run_id)
    else:
        data = await session.execute(
            RETRY_FILE_FROM if of_file else RETRY_FROM, id=run_id, fromStep=from_step
        )
    return read(ChangedFile, data["run"]) if of_file else read(BatchRunState, data["run"])


async def failed_files(session: Session, run_id: str, first: int) -> list[FileRun]:
    """The first so many files of the batch run that failed."""
    data = (await session.execute(FAILED_FILES, id=run_id, first=first))["batchRun"]
    return [read(FileRun, edge["node"]) for edge in data["pipelineRuns"]["edges"]] if data else []


def failures_of(run: FileRun) -> list[Failure]:
    return [
        Failure(
            pipeline_run_id=run.id,
            guid=run.media_file.guid,
            position=step.position,
            app=step.app.name,
            code=step.error.code if step.error else "",
            message=step.error.message if step.error else "",
        )
        for step in run.steps
        if step.status is RunStatus.FAILED
    ]


async def mmifs(session: Session, run_id: str) -> AsyncIterator[FileMmif]:
    """The newest good MMIF of each file of a batch run, or of the one of a pipeline run. Raises NotFound."""
    after: str | None = None
    while True:
        data = await session.execute(MMIFS, id=run_id, first=PAGE, after=after)
        if data["pipelineRun"] is not None:
            yield read(FileMmif, data["pipelineRun"])
            return
        if data["batchRun"] is None:
            raise NotFound(f"There is no batch run and no pipeline run with the ID {run_id!r}.")
        page: dict[str, Any] = data["batchRun"]["pipelineRuns"]
        for edge in page["edges"]:
            yield read(FileMmif, edge["node"])
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


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
