"""Checks the MMIF of an app's answer and of an upload."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

from chowda.clams.mmif import MediaDocument, MmifOutline, ViewError, media_location, outline
from chowda.clams.vocabulary import document_type_uri, same_type, type_name
from chowda.errors import BadUserInput, StepErrorCode, StepFailure

_TRACEBACK = re.compile(r"Traceback \(most recent call last\):[^\S\n]*(?:\n(?:[ \t].*)?(?=\n|\Z))*")


def same_app(identifier: str, other: str) -> bool:
    """Whether both identify the same app and version. A slash at the end and http or https do not matter."""
    return _app_key(identifier) == _app_key(other)


def _app_key(identifier: str) -> str:
    return re.sub(r"^https?://", "", identifier.strip().rstrip("/"), flags=re.IGNORECASE)


def error_in_successful_answer(
    sent: MmifOutline, answer: MmifOutline, app_identifier: str
) -> StepFailure | None:
    """Return the APP_ERROR in an answer with status 200: a new error in a view of this app, or None.

    An app writes its error into its own earlier view if there is one, so earlier views count too.
    """
    before = {(view.id, view.error) for view in sent.views}
    for view in answer.views:
        if view.error and same_app(view.app, app_identifier) and (view.id, view.error) not in before:
            return _app_error(view.error)
    return None


def error_in_failed_answer(sent: MmifOutline, answer: MmifOutline, app_identifier: str) -> StepFailure | None:
    """Return the APP_ERROR in an answer with an error status, or None. The app's identifier may have changed."""
    before = {(view.id, view.error) for view in sent.views}
    for view in reversed(answer.views):
        if view.error and (same_app(view.app, app_identifier) or (view.id, view.error) not in before):
            return _app_error(view.error)
    return None


def _app_error(error: ViewError) -> StepFailure:
    """The message is the app's own; the stack trace is only in the detail."""
    message = one_line(re.sub(r"^<class '([\w.]+)'>: ", r"\1: ", error.message))
    detail = "\n".join(part for part in (error.message, error.stack_trace) if part)
    return StepFailure(StepErrorCode.APP_ERROR, f"The app failed: {message}", detail)


def one_line(text: str) -> str:
    """Return an app's message in one line. Of a traceback only the last line, the error itself, stays."""
    line = " ".join(_TRACEBACK.sub(" ", text).split())
    return line if line or not text.strip() else "only a traceback (see the detail)"


def check_answer(sent: MmifOutline, answer: MmifOutline, app_identifier: str) -> None:
    """Raise StepFailure unless the answer is valid.

    Checked in this order: WRONG_DOCUMENTS (the rest is about another file), APP_ERROR, LOST_VIEWS, NO_NEW_VIEW.

    Earlier views are compared by id and app only, since some apps add annotations to views of other apps. A new view
    may be empty or contain only warnings: the app found nothing (SDK 1.8 writes an EmptyOutputWarning, earlier SDKs an
    empty view).
    """
    sent_documents, documents = _document_keys(sent), _document_keys(answer)
    if sent_documents != documents:
        raise StepFailure(
            StepErrorCode.WRONG_DOCUMENTS,
            f"The app's answer has other documents than those sent: {_join(documents - sent_documents)} "
            f"instead of {_join(sent_documents - documents)}. Some apps do this when calls overlap. If it happens "
            "again, lower the app's maxConcurrency and report it to the app's developers.",
        )
    if failure := error_in_successful_answer(sent, answer, app_identifier):
        raise failure
    kept = {(view.id, _app_key(view.app)) for view in answer.views}
    lost = [view for view in sent.views if (view.id, _app_key(view.app)) not in kept]
    if lost:
        raise StepFailure(
            StepErrorCode.LOST_VIEWS,
            f"The app's answer lacks {len(lost)} of {len(sent.views)} views that were sent: "
            + ", ".join(f"{_cut(view.id)} of {_cut(view.app)}" for view in lost[:5])
            + ("." if len(lost) <= 5 else ", …"),
        )
    earlier = {view.id for view in sent.views}
    new = [view for view in answer.views if view.id not in earlier]
    if not any(same_app(view.app, app_identifier) for view in new):
        others = sorted({view.app for view in new})
        raise StepFailure(
            StepErrorCode.NO_NEW_VIEW,
            f"The app's answer has no new view by {app_identifier}"
            + (
                f", only by {', '.join(map(_cut, others[:5]))}: register the app again if it was replaced."
                if others
                else "."
            ),
        )


def _document_keys(mmif: MmifOutline) -> set[tuple[str, str, str | None]]:
    """Return id, type and location of each document, normalized across SDK versions.

    An SDK may return a path as a percent-encoded file URI, and a type in another generation of the vocabulary.
    """
    return {
        (document.id, type_name(document.type), _comparable_location(document.location))
        for document in mmif.documents
    }


def _comparable_location(location: str | None) -> str | None:
    if not location:
        return None
    if location.startswith("/"):
        return f"file://{location}"
    return unquote(location) if location.startswith("file:") else location


def _join(documents: set[tuple[str, str, str | None]]) -> str:
    items = sorted(
        f"{_cut(identifier)} ({_cut(location or kind)})" for identifier, kind, location in documents
    )
    return ", ".join(items[:3]) + (", …" if len(items) > 3 else "") if items else "none"


def _cut(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}…"


def check_upload(path: Path, guid: str, documents: Sequence[MediaDocument]) -> MmifOutline:
    """Read an uploaded MMIF for this media file.

    Each of its documents must be a document of the file, by type and location. Ids may differ, and documents may be
    missing. Raises BadUserInput if it is not MMIF, has no document, or has a document of another file.
    """
    try:
        upload = outline(path, "The upload")
    except StepFailure as exc:
        raise BadUserInput(exc.message) from None
    if not upload.documents:
        raise BadUserInput(f"The MMIF has no documents. It needs at least one document of {guid}.")
    known = [
        (document_type_uri(kind, "1.2.0"), _comparable_location(media_location(location)))
        for kind, location, _ in documents
    ]
    for document in upload.documents:
        location = _comparable_location(document.location)
        if not any(
            same_type(document.type, uri) and location == known_location for uri, known_location in known
        ):
            raise BadUserInput(
                f"The MMIF's document {_cut(document.id)} ({_cut(type_name(document.type))}, "
                f"{_cut(str(document.location))}) is not a document of {guid}, which has "
                + ", ".join(f"{kind} {location}" for kind, location, _ in documents)
            )
    return upload
