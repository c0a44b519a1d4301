"""The server's messages in words of the command line, with the way out."""

from __future__ import annotations

import re

from chowda.errors import ChowdaError, NotFound

LISTS = {
    "app": "chowda apps list",
    "pipeline": "chowda pipelines list",
    "media file": "chowda media list",
    "collection": "chowda collections list",
    "batch": "chowda batches list",
    "batch run": "chowda runs list",
    "pipeline run": "chowda runs files",
    "MMIF": "chowda mmif list",
}
AS_TYPED = {
    "under another `name`, or with `asNewVersion: true`": "with another --name, or with --as-new-version",
    "updatePipeline with archived: true": "chowda pipelines archive",
    "updatePipeline with archived: false": "chowda pipelines unarchive",
    "addMediaFiles": "chowda media add",
    "with pipelineId": "with --pipeline",
    "with fromStep": "with --from-step",
}
"What the API calls something, and what it is called here."
MISSING = re.compile(r"There is no (?P<noun>[A-Za-z ]+?)(?: and no [a-z ]+)? with the (?:ID|GUID) ")


def typed(message: str) -> str:
    """With options and commands in place of the API's arguments and mutations."""
    for name, here in AS_TYPED.items():
        message = message.replace(name, here)
    return message


def with_way_out(exc: ChowdaError) -> str:
    """For what was not found: how to list what there is."""
    form = MISSING.match(exc.message) if isinstance(exc, NotFound) else None
    command = LISTS.get(form["noun"]) if form else None
    return f"{typed(exc.message)}{f' `{command}` lists what there is.' if command else ''}"
