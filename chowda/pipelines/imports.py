"""Import pipelines: finds the apps that a document names, and reports all problems at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.apps.registry import refuse_unusable, require_apps, same_app
from chowda.clams.metadata import parse_metadata
from chowda.clams.parameters import check_parameters, from_text
from chowda.errors import BadUserInput, ChowdaError, Hint
from chowda.models import ClamsApp, Pipeline
from chowda.pipelines.diff import StepChange, compare
from chowda.pipelines.documents import DocumentStep, PipelineDocument, Problem
from chowda.pipelines.retry_policy import Policy
from chowda.pipelines.service import (
    KEEP,
    CheckedStep,
    NewPipeline,
    NewStep,
    PipelineChange,
    check_steps,
    create_pipeline,
    same_steps,
    steps_of,
    update_pipeline,
)
from chowda.text_checks import check_name

SHOWN_PROBLEMS = 10


class PipelineOutcome(StrEnum):
    """The result of an import, or of its dry run."""

    CREATED = "CREATED"  # a new pipeline
    NEW_VERSION = "NEW_VERSION"  # a new version of the pipeline with this name
    UNCHANGED = "UNCHANGED"  # the pipeline with this name has these steps
    REFUSED = "REFUSED"  # the document has problems


@dataclass(frozen=True, slots=True)
class ImportedStep:
    """`wanted` is how the document names the app. If none was found, `choices` are similar apps."""

    position: int
    wanted: str
    app: ClamsApp | None
    parameters: dict[str, Any]
    retry: Policy | None = None
    choices: Sequence[ClamsApp] = ()


@dataclass(frozen=True, slots=True)
class PipelineImport:
    """`pipeline` is None if the document was refused, or if a dry run would create a pipeline."""

    outcome: PipelineOutcome
    name: str | None
    steps: Sequence[ImportedStep]
    problems: Sequence[Problem]
    ignored: Sequence[str]
    changes: Sequence[StepChange]
    pipeline: Pipeline | None


async def import_pipeline(
    session: AsyncSession,
    document: PipelineDocument,
    *,
    name: str | None = None,
    chosen: Mapping[int, int] | None = None,
    as_new_version: bool = False,
    dry_run: bool = False,
) -> PipelineImport:
    """Create or update a pipeline from a document. A dry run only reports the result and the problems.

    `name` replaces the document's name. `chosen`, apps by position, replace the apps of the document. Raises
    BadUserInput, with all problems in its extensions, unless it is a dry run. Raises NotFound for a chosen app.
    """
    problems = list(document.problems)
    name = _name(name if name is not None else document.name, problems) if document.steps else None
    steps = await _resolve(session, document, chosen or {}, problems)
    existing = await session.scalar(select(Pipeline).where(Pipeline.name == name)) if name else None
    changes: list[StepChange] = []
    outcome = PipelineOutcome.CREATED
    if not problems:
        try:
            checked = await check_steps(session, name or "", _new_steps(steps))
        except ChowdaError as exc:  # problems between steps
            problems.append(Problem(exc.message))
        else:
            if existing is not None:
                outcome, changes = await _compare_with(session, existing, checked, as_new_version, problems)
    if problems:
        if not dry_run:
            raise refusal(problems)
        return PipelineImport(PipelineOutcome.REFUSED, name, steps, problems, document.ignored, (), None)
    pipeline = existing
    if not dry_run and outcome is not PipelineOutcome.UNCHANGED:
        pipeline = await _write(session, existing, name or "", document, steps)
    return PipelineImport(outcome, name, steps, (), document.ignored, changes, pipeline)


def refusal(problems: Sequence[Problem]) -> BadUserInput:
    """The first problems in the message, all in the extensions."""
    extensions = {
        "problems": [
            {"message": str(problem), "step": problem.step, "line": problem.line} for problem in problems
        ]
    }
    if len(problems) == 1:
        [problem] = problems
        return BadUserInput(
            f"The pipeline was not imported. {problem.summary}", extensions, hint=problem.hint
        )
    first = " ".join(map(str, problems[:SHOWN_PROBLEMS]))
    more = f" And {len(problems) - SHOWN_PROBLEMS} more." if len(problems) > SHOWN_PROBLEMS else ""
    return BadUserInput(f"The pipeline was not imported. {first}{more}", extensions)


def _name(name: str | None, problems: list[Problem]) -> str | None:
    if name is None or not name.strip():
        problems.append(Problem("the document has no name. Set one with `name`."))
        return None
    try:
        return check_name("The pipeline's name", name)
    except BadUserInput as exc:
        problems.append(Problem(exc.message))
        return None


async def _resolve(
    session: AsyncSession, document: PipelineDocument, chosen: Mapping[int, int], problems: list[Problem]
) -> list[ImportedStep]:
    """Each step with its app, and with parameters in the app's types. Adds to `problems`."""
    apps = list(await session.scalars(select(ClamsApp).order_by(ClamsApp.id)))
    by_id = await require_apps(session, list(chosen.values()))
    beyond = next((position for position in chosen if not 1 <= position <= len(document.steps)), None)
    if beyond is not None:
        problems.append(
            Problem(
                f"`apps` names step {beyond}; the number of steps in the document is {len(document.steps)}."
            )
        )
    steps = []
    for position, wanted in enumerate(document.steps, start=1):
        found, choices, problem = (
            (by_id[chosen[position]], [], None) if position in chosen else find_app(wanted, apps)
        )
        if problem is not None:
            problems.append(Problem(problem, position, wanted.line))
        parameters = dict(wanted.parameters)
        if found is not None:
            metadata = parse_metadata(found.description)
            if document.values_are_text:
                parameters = from_text(metadata, parameters)
            try:
                refuse_unusable([found], to_run=False)
                check_parameters(metadata, parameters)
            except ChowdaError as exc:
                problems.append(Problem(exc.message, position, wanted.line))
        steps.append(ImportedStep(position, wanted.app_text, found, parameters, wanted.retry, choices))
    return steps


Found = tuple[ClamsApp | None, list[ClamsApp], str | None]
"The app; or similar apps, and the problem."


def find_app(wanted: DocumentStep, apps: Sequence[ClamsApp]) -> Found:
    """Find an app by endpoint or image, else by identifier (the name decides between several), else by name.

    Another version of the app does not match; it is returned as a choice.
    """
    if wanted.endpoint is not None:
        return _by_endpoint(wanted.endpoint, apps)
    if wanted.image is not None:
        return _by_image(wanted.image, apps)
    text = wanted.app or wanted.name
    if text is None:
        return None, [], None  # read_document has reported it
    same = [app for app in apps if app.identifier.rstrip("/") == text.rstrip("/")]
    if len(same) > 1:
        named = [app for app in same if app.name == wanted.name]
        runnable = [app for app in same if app.active and app.endpoint is not None]
        same = named or (runnable if len(runnable) == 1 else same)
    same = same or [app for app in apps if app.name == text]
    if len(same) == 1:
        return same[0], [], None
    if same:
        return (
            None,
            same,
            f"{len(same)} apps match {text}: {_choices(same)}. Choose one with `apps`, or add its name.",
        )
    other = [app for app in apps if same_app(app.identifier, text) or app.name == wanted.name]
    return _not_found(text, other)


def _by_endpoint(endpoint: str, apps: Sequence[ClamsApp]) -> Found:
    at = [app for app in apps if app.endpoint and app.endpoint.rstrip("/") == endpoint.strip().rstrip("/")]
    if at:
        return at[0], [], None
    return (
        None,
        [],
        f"no app is registered at {endpoint[:300]}. Register it, or choose another app with `apps`.",
    )


def _by_image(image: str, apps: Sequence[ClamsApp]) -> Found:
    """The image ghcr.io/clamsproject/app-swt-detection:v8.3 matches the identifier …/swt-detection/v8.3."""
    bare, _, tag = image.strip().rpartition("/")[2].partition("@")[0].partition(":")
    short = bare.removeprefix("app-")
    same = [
        app
        for app in apps
        if app.image == image or (tag and app.identifier.lower().endswith(f"/{short}/{tag}".lower()))
    ]
    if len(same) == 1:
        return same[0], [], None
    if same:
        return (
            None,
            same,
            f"{len(same)} apps match the image {image}: {_choices(same)}. Choose one with `apps`.",
        )
    other = [app for app in apps if f"/{short.lower()}/" in app.identifier.lower()]
    return _not_found(f"the image {image[:300]}", other)


def _not_found(what: str, other: list[ClamsApp]) -> Found:
    if not other:
        return None, [], f"no app is registered for {what[:300]}. Register it, or import its metadata."
    return (
        None,
        other,
        f"no app is registered for {what[:300]}, but there is {_choices(other)}. To use it, choose it with `apps`.",
    )


def _choices(apps: Sequence[ClamsApp]) -> str:
    return ", ".join(f"{app.name!r} ({app.identifier})" for app in apps[:5])


def _new_steps(steps: Sequence[ImportedStep]) -> list[NewStep]:
    return [NewStep(step.app.id, step.parameters, step.retry) for step in steps if step.app is not None]


async def _compare_with(
    session: AsyncSession,
    existing: Pipeline,
    steps: Sequence[CheckedStep],
    as_new_version: bool,
    problems: list[Problem],
) -> tuple[PipelineOutcome, list[StepChange]]:
    """The outcome for a document whose name a pipeline already has."""
    kept = (await steps_of(session, [existing.id]))[existing.id]
    if same_steps(steps, kept):
        return PipelineOutcome.UNCHANGED, []
    if not as_new_version:
        problems.append(
            Problem(
                f"a pipeline named {existing.name!r} already exists with other steps.",
                hint=Hint.RENAME_OR_ADD_VERSION,
            )
        )
    return PipelineOutcome.NEW_VERSION, compare(kept, steps)


async def _write(
    session: AsyncSession,
    existing: Pipeline | None,
    name: str,
    document: PipelineDocument,
    steps: Sequence[ImportedStep],
) -> Pipeline:
    new = _new_steps(steps)
    if existing is None:
        return await create_pipeline(session, NewPipeline(name, document.description, new, "Imported."))
    return await update_pipeline(
        session,
        existing.id,
        PipelineChange(
            description=document.description if document.description is not None else KEEP,
            steps=new,
            note="Imported.",
            expected_version=existing.version,
        ),
    )
