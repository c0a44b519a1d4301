"""Pipelines as documents, to keep beside other things, to change in an editor, and to carry to another Chowda.

    chowda: pipeline
    name: Slates and their text
    steps:
      - app: http://apps.clams.ai/swt-detection/v8.9
        name: Scenes-with-text Detection
        parameters:
          tpSampleRate: 500
        retry:
          attempts: 5
          codes: [APP_BUSY, APP_ERROR]

An app is named by its identifier; its name here, where several have one identifier, says which one is meant.
`retry` is the step's retry policy, where it has one of its own; without `codes` those of the table count.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from chowda.errors import BadUserInput, Hint, StepErrorCode
from chowda.pipelines import yaml_core
from chowda.pipelines.retry_policy import ATTEMPTS, Policy

LIMIT_CHARACTERS = 4 * 1024**2
KIND = "pipeline"
KEYS = ("chowda", "name", "description", "version", "steps")
STEP_KEYS = ("app", "name", "parameters", "retry")
RETRY_KEYS = ("attempts", "codes")


class DocumentFormat(StrEnum):
    YAML = "YAML"
    JSON = "JSON"


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a document from being imported. `line` and `step` count from 1, where they are known."""

    message: str
    step: int | None = None
    line: int | None = None
    hint: Hint | None = None

    @property
    def summary(self) -> str:
        """Where and what it is, without the hint."""
        where = [f"line {self.line}"] if self.line else []
        where += [f"step {self.step}"] if self.step else []
        text = f"{', '.join(where)}: {self.message}" if where else self.message
        return text[:1].upper() + text[1:]

    def __str__(self) -> str:
        return f"{self.summary} {self.hint.api_sentence}" if self.hint else self.summary


@dataclass(frozen=True, slots=True)
class WantedStep:
    """A step as a document names it: by one of `app` (identifier or name), `endpoint` and `image`."""

    app: str | None = None
    name: str | None = None
    endpoint: str | None = None
    image: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    retry: Policy | None = None
    line: int | None = None

    @property
    def shown(self) -> str:
        return self.app or self.endpoint or self.image or self.name or ""


@dataclass(frozen=True, slots=True)
class PipelineDocument:
    """What a document says, with what is wrong with it, and the keys that say nothing to Chowda."""

    name: str | None
    description: str | None
    steps: Sequence[WantedStep]
    problems: Sequence[Problem] = ()
    ignored: Sequence[str] = ()
    values_are_text: bool = False
    "Parameters may be given as a command line has them: 'true', '250'."


def write_document(document: PipelineDocument, version: int, format: DocumentFormat) -> str:
    """A pipeline, in one of its versions, as text that can be imported again."""
    value: dict[str, Any] = {"chowda": KIND, "name": document.name}
    if document.description is not None:
        value["description"] = document.description
    value |= {"version": version, "steps": [_written(step) for step in document.steps]}
    if format is DocumentFormat.JSON:
        return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    return yaml_core.write(value)


def _written(step: WantedStep) -> dict[str, Any]:
    written: dict[str, Any] = {"app": step.app, "name": step.name}
    if step.parameters:
        written["parameters"] = dict(step.parameters)
    if step.retry is not None:
        written["retry"] = {key: value for key, value in step.retry.kept.items() if value is not None}
    return written


def read_text(text: str, format: DocumentFormat | None = None) -> tuple[Any, dict[int, int]]:
    """The value in a document, and the lines of its objects, by id(); the format is found out if it is not said.

    Raises BadUserInput, with the line.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > LIMIT_CHARACTERS:
        raise BadUserInput(
            f"The document has {len(text):,} characters; at most {LIMIT_CHARACTERS:,} are taken."
        )
    if format is None:
        format = DocumentFormat.JSON if text.lstrip()[:1] in ("{", "[") else DocumentFormat.YAML
    try:
        if format is DocumentFormat.YAML:
            return yaml_core.read(text)
        return json.loads(text, object_pairs_hook=_object), {}
    except json.JSONDecodeError as exc:
        raise BadUserInput(
            f"The document is not JSON: line {exc.lineno}, column {exc.colno}: {exc.msg}."
        ) from None
    except (ValueError, RecursionError):
        raise BadUserInput("The document has a number that can't be read, or is nested too deeply.") from None
    except BadUserInput as exc:
        raise BadUserInput(f"The document can't be read as {format}: {exc.message}") from None


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadUserInput(f"the key {twice!r} stands there twice in one object.")
    return read


def read_document(value: Any, lines: Mapping[int, int]) -> PipelineDocument:
    """What `read_text` gave, as a pipeline; whatever is wrong with it is in its problems."""
    if not isinstance(value, dict):
        example = '"chowda: pipeline", "name: …" and "steps: …"'
        return _hopeless(f"A pipeline's document is an object with {example}; this is something else.")
    problems = [
        Problem(f"the key {key!r} is unknown{_near(key, KEYS)}.", line=lines.get(id(value)))
        for key in value
        if key not in KEYS
    ]
    if value.get("chowda", KIND) != KIND:
        problems.append(Problem(f"the document is of the kind {value['chowda']!r:.60}, not {KIND!r}."))
    given = value.get("steps")
    if not isinstance(given, list) or not given:
        problems.append(Problem("the document has no steps: give it a list under 'steps'."))
        given = []
    steps = [_step(number, step, lines, problems) for number, step in enumerate(given, start=1)]
    return PipelineDocument(
        name=_text("name", value, problems),
        description=_text("description", value, problems),
        steps=steps,
        problems=problems,
    )


def _hopeless(message: str) -> PipelineDocument:
    return PipelineDocument(None, None, (), [Problem(message)])


def _step(number: int, given: Any, lines: Mapping[int, int], problems: list[Problem]) -> WantedStep:
    if isinstance(given, str):
        return WantedStep(app=given)
    line = lines.get(id(given))
    if not isinstance(given, dict):
        problems.append(Problem("a step is an object with 'app' and 'parameters'.", number, line))
        return WantedStep(line=line)
    problems += [
        Problem(f"the key {key!r} is unknown{_near(key, STEP_KEYS)}.", number, line)
        for key in given
        if key not in STEP_KEYS
    ]
    parameters = given.get("parameters")
    if parameters is not None and not isinstance(parameters, dict):
        problems.append(Problem("'parameters' must be an object.", number, line))
        parameters = None
    app, name = (_text(key, given, problems, number, line) for key in ("app", "name"))
    if not app and not name:
        problems.append(Problem("it names no app: give its identifier under 'app'.", number, line))
    try:
        retry = _retry(given.get("retry"))
    except BadUserInput as exc:
        problems.append(Problem(exc.message, number, line))
        retry = None
    return WantedStep(app=app, name=name, parameters=parameters or {}, retry=retry, line=line)


def _retry(given: Any) -> Policy | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        raise BadUserInput(f"'retry' must be an object with 'attempts' and 'codes', not {given!r:.60}.")
    strange = next((key for key in given if key not in RETRY_KEYS), None)
    if strange is not None:
        raise BadUserInput(f"in 'retry' the key {strange!r} is unknown{_near(strange, RETRY_KEYS)}.")
    attempts, codes = given.get("attempts"), given.get("codes")
    if attempts is not None and type(attempts) is not int:
        raise BadUserInput(f"retry.attempts must be a whole number, not {attempts!r:.60}.")
    if codes is not None and not isinstance(codes, list):
        raise BadUserInput(f"retry.codes must be a list of codes, not {codes!r:.60}.")
    for code in codes or ():
        if code not in list(StepErrorCode):
            near = _near(str(code), [known.value for known in StepErrorCode])
            raise BadUserInput(f"retry.codes: the code {code!r:.60} is unknown{near}.")
    policy = Policy(
        attempts if attempts is not None else ATTEMPTS,
        frozenset(map(StepErrorCode, codes)) if codes is not None else None,
    )
    policy.check()
    return policy


def _text(
    key: str,
    value: Mapping[str, Any],
    problems: list[Problem],
    step: int | None = None,
    line: int | None = None,
) -> str | None:
    given = value.get(key)
    if given is None or isinstance(given, str):
        return given
    problems.append(Problem(f"{key!r} must be text, not {given!r:.60}.", step, line))
    return None


def _near(key: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"
