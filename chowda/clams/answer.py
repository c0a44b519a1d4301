"""What must hold for the MMIF that an app answers with, and for one that a person uploads."""

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
    """Whether both name the same app and version; a slash at the end and http or https don't matter."""
    return _app_key(identifier) == _app_key(other)


def _app_key(identifier: str) -> str:
    return re.sub(r"^https?://", "", identifier.strip().rstrip("/"), flags=re.IGNORECASE)


def told_error(sent: MmifOutline, answer: MmifOutline, app_identifier: str) -> StepFailure | None:
    """The APP_ERROR that an answer with a good status carries: an error view of this app that was not sent as such.

    An app writes its error onto its own earlier view if there is one, so earlier views count too.
    """
    before = {(view.id, view.error) for view in sent.views}
    for view in answer.views:
        if view.error and same_app(view.app, app_identifier) and (view.id, view.error) not in before:
            return _app_error(view.error)
    return None


def told_failure(sent: MmifOutline, answer: MmifOutline, app_identifier: str) -> StepFailure | None:
    """The APP_ERROR of an answer with an error status: also by an app whose identifier has changed since."""
    before = {(view.id, view.error) for view in sent.views}
    for view in reversed(answer.views):
        if view.error and (same_app(view.app, app_identifier) or (view.id, view.error) not in before):
            return _app_error(view.error)
    return None


def _app_error(error: ViewError) -> StepFailure:
    """In the app's own words; the stack trace is for the detail alone."""
    message = for_a_person(re.sub(r"^<class '([\w.]+)'>: ", r"\1: ", error.message))
    detail = "\n".join(part for part in (error.message, error.stack_trace) if part)
    return StepFailure(StepErrorCode.APP_ERROR, f"The app failed: {message}", detail)


def for_a_person(told: str) -> str:
    """An app's own words in one line, without tracebacks: of those only the last line, the error itself, stays."""
    words = " ".join(_TRACEBACK.sub(" ", told).split())
    return words if words or not told.strip() else "nothing but a traceback, which the detail holds"


def check_answer(sent: MmifOutline, answer: MmifOutline, app_identifier: str) -> None:
    """Raises StepFailure unless the answer is a good one.

    The order: WRONG_DOCUMENTS (what else it says is about another file), APP_ERROR, LOST_VIEWS, NO_NEW_VIEW.

    Earlier views are compared by id and app alone, since some apps add annotations to views of others.
    A new view that is empty, or has warnings alone, is good: that is how apps say that they ran and found
    nothing (SDK 1.8 leaves a view with an EmptyOutputWarning, earlier ones an empty view).
    """
    sent_documents, documents = _document_keys(sent), _document_keys(answer)
    if sent_documents != documents:
        raise StepFailure(
            StepErrorCode.WRONG_DOCUMENTS,
            f"The app answered about other documents than those sent: {_listed(documents - sent_documents)} "
            f"instead of {_listed(sent_documents - documents)}. Apps do so when calls overlap; if it comes "
            "back, lower the app's maxConcurrency and tell its maker.",
        )
    if failure := told_error(sent, answer, app_identifier):
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
    """Id, type and location of each document, in a form that survives what SDKs of any age do to them.

    A plain path may come back as a percent-encoded file URI, a type in another generation of the vocabulary.
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


def _listed(documents: set[tuple[str, str, str | None]]) -> str:
    shown = sorted(
        f"{_cut(identifier)} ({_cut(location or kind)})" for identifier, kind, location in documents
    )
    return ", ".join(shown[:3]) + (", …" if len(shown) > 3 else "") if shown else "none"


def _cut(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}…"


def check_upload(path: Path, guid: str, documents: Sequence[MediaDocument]) -> MmifOutline:
    """Reads a MMIF made elsewhere that is to become this media file's newest.

    Each of its documents must be one of the file's, by type and location; ids are free, some may be left out.
    Raises BadUserInput if it is not MMIF, has no document, or has one of another file.
    """
    try:
        found = outline(path, "The upload")
    except StepFailure as exc:
        raise BadUserInput(exc.message) from None
    if not found.documents:
        raise BadUserInput(f"The MMIF has no documents; those of {guid} were expected.")
    known = [
        (document_type_uri(kind, "1.2.0"), _comparable_location(media_location(location)))
        for kind, location, _ in documents
    ]
    for document in found.documents:
        location = _comparable_location(document.location)
        if not any(same_type(document.type, uri) and location == place for uri, place in known):
            raise BadUserInput(
                f"The MMIF's document {_cut(document.id)} ({_cut(type_name(document.type))}, "
                f"{_cut(str(document.location))}) is none of those of {guid}: "
                + ", ".join(f"{kind} {location}" for kind, location, _ in documents)
            )
    return found
