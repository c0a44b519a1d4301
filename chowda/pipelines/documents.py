"""Pipelines as YAML or JSON documents, to keep in version control, to edit, and to move to another Chowda.

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

`app` is the app's identifier. If several apps have that identifier, `name` selects one. `retry` is the step's retry
policy; without it, the default policy applies, and without `codes`, the default codes.
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
    """A reason why a document cannot be imported. `line` and `step` count from 1; None if unknown."""

    message: str
    step: int | None = None
    line: int | None = None
    hint: Hint | None = None

    @property
    def summary(self) -> str:
        """The place and the message, without the hint."""
        where = [f"line {self.line}"] if self.line else []
        where += [f"step {self.step}"] if self.step else []
        text = f"{', '.join(where)}: {self.message}" if where else self.message
        return text[:1].upper() + text[1:]

    def __str__(self) -> str:
        return f"{self.summary} {self.hint.api_sentence}" if self.hint else self.summary


@dataclass(frozen=True, slots=True)
class DocumentStep:
    """A step of a document. One of `app` (identifier or name), `endpoint` and `image` names the app."""

    app: str | None = None
    name: str | None = None
    endpoint: str | None = None
    image: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    retry: Policy | None = None
    line: int | None = None

    @property
    def app_text(self) -> str:
        """How the document names the app."""
        return self.app or self.endpoint or self.image or self.name or ""


@dataclass(frozen=True, slots=True)
class PipelineDocument:
    """The content of a document, its problems, and the keys that Chowda ignores."""

    name: str | None
    description: str | None
    steps: Sequence[DocumentStep]
    problems: Sequence[Problem] = ()
    ignored: Sequence[str] = ()
    values_are_text: bool = False
    "Parameter values may be text, as on a command line: 'true', '250'."


def write_document(document: PipelineDocument, version: int, format: DocumentFormat) -> str:
    """A version of a pipeline as text that can be imported."""
    value: dict[str, Any] = {"chowda": KIND, "name": document.name}
    if document.description is not None:
        value["description"] = document.description
    value |= {"version": version, "steps": [_step_value(step) for step in document.steps]}
    if format is DocumentFormat.JSON:
        return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    return yaml_core.write(value)


def _step_value(step: DocumentStep) -> dict[str, Any]:
    value: dict[str, Any] = {"app": step.app, "name": step.name}
    if step.parameters:
        value["parameters"] = dict(step.parameters)
    if step.retry is not None:
        value["retry"] = {key: item for key, item in step.retry.stored.items() if item is not None}
    return value


def read_text(text: str, format: DocumentFormat | None = None) -> tuple[Any, dict[int, int]]:
    """The value of a document, and the lines of its objects, by id(). Detects the format if it is None.

    Raises BadUserInput, which names the line.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > LIMIT_CHARACTERS:
        raise BadUserInput(
            f"The document has {len(text):,} characters; at most {LIMIT_CHARACTERS:,} are allowed."
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
        raise BadUserInput("The document has an invalid number, or is nested too deeply.") from None
    except BadUserInput as exc:
        raise BadUserInput(f"The document can't be read as {format}: {exc.message}") from None


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise BadUserInput(f"the key {repeated!r} occurs twice in one object.")
    return value


def read_document(value: Any, lines: Mapping[int, int]) -> PipelineDocument:
    """The pipeline in a value from `read_text`. Does not raise: errors are in its `problems`."""
    if not isinstance(value, dict):
        example = '"chowda: pipeline", "name: …" and "steps: …"'
        problem = Problem(f"A pipeline document must be an object with {example}.")
        return PipelineDocument(None, None, (), [problem])
    problems = [
        Problem(f"the key {key!r} is unknown{_suggestion(key, KEYS)}.", line=lines.get(id(value)))
        for key in value
        if key not in KEYS
    ]
    if value.get("chowda", KIND) != KIND:
        problems.append(Problem(f"the document has the kind {value['chowda']!r:.60}, not {KIND!r}."))
    items = value.get("steps")
    if not isinstance(items, list) or not items:
        problems.append(Problem("the document has no steps. Add a list under 'steps'."))
        items = []
    steps = [_step(number, item, lines, problems) for number, item in enumerate(items, start=1)]
    return PipelineDocument(
        name=_text("name", value, problems),
        description=_text("description", value, problems),
        steps=steps,
        problems=problems,
    )


def _step(number: int, value: Any, lines: Mapping[int, int], problems: list[Problem]) -> DocumentStep:
    if isinstance(value, str):
        return DocumentStep(app=value)
    line = lines.get(id(value))
    if not isinstance(value, dict):
        problems.append(Problem("a step must be an object with 'app' and 'parameters'.", number, line))
        return DocumentStep(line=line)
    problems += [
        Problem(f"the key {key!r} is unknown{_suggestion(key, STEP_KEYS)}.", number, line)
        for key in value
        if key not in STEP_KEYS
    ]
    parameters = value.get("parameters")
    if parameters is not None and not isinstance(parameters, dict):
        problems.append(Problem("'parameters' must be an object.", number, line))
        parameters = None
    app, name = (_text(key, value, problems, number, line) for key in ("app", "name"))
    if not app and not name:
        problems.append(Problem("it names no app. Add the app's identifier under 'app'.", number, line))
    try:
        retry = _retry(value.get("retry"))
    except BadUserInput as exc:
        problems.append(Problem(exc.message, number, line))
        retry = None
    return DocumentStep(app=app, name=name, parameters=parameters or {}, retry=retry, line=line)


def _retry(value: Any) -> Policy | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadUserInput(f"'retry' must be an object with 'attempts' and 'codes', not {value!r:.60}.")
    unknown = next((key for key in value if key not in RETRY_KEYS), None)
    if unknown is not None:
        raise BadUserInput(f"in 'retry' the key {unknown!r} is unknown{_suggestion(unknown, RETRY_KEYS)}.")
    attempts, codes = value.get("attempts"), value.get("codes")
    if attempts is not None and type(attempts) is not int:
        raise BadUserInput(f"retry.attempts must be a whole number, not {attempts!r:.60}.")
    if codes is not None and not isinstance(codes, list):
        raise BadUserInput(f"retry.codes must be a list of codes, not {codes!r:.60}.")
    for code in codes or ():
        if code not in list(StepErrorCode):
            suggestion = _suggestion(str(code), [known.value for known in StepErrorCode])
            raise BadUserInput(f"retry.codes: the code {code!r:.60} is unknown{suggestion}.")
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
    text = value.get(key)
    if text is None or isinstance(text, str):
        return text
    problems.append(Problem(f"{key!r} must be text, not {text!r:.60}.", step, line))
    return None


def _suggestion(key: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(known)}"
