"""Error messages on the terminal: the server's message, with what to do in terms of the command line."""

from __future__ import annotations

from chowda.errors import ChowdaError, Hint

LIST_COMMANDS = {
    "APP": "chowda apps list",
    "PIPELINE": "chowda pipelines list",
    "MEDIA_FILE": "chowda media list",
    "COLLECTION": "chowda collections list",
    "BATCH": "chowda batches list",
    "BATCH_RUN": "chowda runs list",
    "PIPELINE_RUN": "chowda runs files",
    "MMIF": "chowda mmif list",
}
"By `extensions.kind` of a NOT_FOUND error."
REFERENCES = {
    Hint.ACTIVATE_APP: "`chowda apps activate`",
    Hint.SET_ENDPOINT: "`chowda apps update --endpoint`",
    Hint.ADD_MEDIA_FILE: "`chowda media add`",
    Hint.ARCHIVE_PIPELINE: "`chowda pipelines archive`",
    Hint.UNARCHIVE_PIPELINE: "`chowda pipelines unarchive`",
    Hint.CHOOSE_PIPELINE: "--pipeline",
    Hint.CHOOSE_FIRST_STEP: "--from-step",
    Hint.RENAME_OR_ADD_VERSION: "--name, --as-new-version",
}
"The command or option that follows a hint."


def error_message(exc: ChowdaError) -> str:
    """For a NOT_FOUND error, ends in the command that lists what exists."""
    message = _with_hint(exc)
    command = LIST_COMMANDS.get(exc.extensions.get("kind", ""))
    return f"{message} `{command}` lists what exists." if command else message


def _with_hint(exc: ChowdaError) -> str:
    try:
        hint = Hint(exc.extensions["hint"])
    except (KeyError, ValueError):  # no hint, or one of a newer server
        return exc.message
    return f"{exc.extensions['summary']} {hint.action} ({REFERENCES[hint]})."
