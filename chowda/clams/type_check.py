"""Checks that each app of a pipeline gets its required input types, across vocabulary versions.

Properties of an input (a label, `representatives`: "?") are not compared: the actual output of an app depends on its
parameters and on the media.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from chowda.clams.metadata import AppMetadata, TypeSpec
from chowda.clams.vocabulary import DOCUMENT_NAMES, type_name, type_names
from chowda.enums import DocumentType
from chowda.errors import BadUserInput

ANY_DOCUMENT: tuple[DocumentType, ...] = tuple(DocumentType)
"For a pipeline whose media files are not known yet."

_ANY_DOCUMENT_NAME = "Document"


@dataclass(frozen=True, slots=True)
class MissingInput:
    one_of: tuple[str, ...]
    "Type URIs. One of them is enough."

    def __str__(self) -> str:
        return " or ".join(type_names(self.one_of))


@dataclass(frozen=True, slots=True)
class InputSource:
    """An input of a step and where it comes from."""

    one_of: tuple[str, ...]
    "Type URIs. One of them is enough."
    required: bool
    from_documents: bool
    from_steps: tuple[int, ...]
    "Positions of earlier steps."


@dataclass(frozen=True, slots=True)
class UnmetStep:
    """A step with a missing input."""

    position: int
    message: str


def missing_inputs(metadata: AppMetadata, available: Iterable[str]) -> list[MissingInput]:
    """Return the app's required inputs that are not among these type URIs (or short names).

    One type of an inner list is enough. An input with `required: false` is never missing.
    """
    names = _names_of(available)
    return [
        MissingInput(tuple(spec.type for spec in alternatives))
        for alternatives in map(alternatives_of, metadata.input)
        if is_required(alternatives) and not _is_among(alternatives, names)
    ]


def alternatives_of(app_input: TypeSpec | list[TypeSpec]) -> list[TypeSpec]:
    """Return the types of an input; the app needs one of them."""
    return [app_input] if isinstance(app_input, TypeSpec) else app_input


def is_required(alternatives: Sequence[TypeSpec]) -> bool:
    return bool(alternatives) and not any(spec.required is False for spec in alternatives)


def input_sources(steps: Sequence[AppMetadata]) -> list[list[InputSource]]:
    """Return the inputs of each step, for a pipeline that may get any media document (see check_pipeline)."""
    documents = _names_of(DOCUMENT_NAMES.values())
    outputs = [_names_of(spec.type for spec in step.output) for step in steps]
    return [
        [
            InputSource(
                one_of=tuple(spec.type for spec in alternatives),
                required=is_required(alternatives),
                from_documents=_is_among(alternatives, documents),
                from_steps=tuple(
                    earlier
                    for earlier, output in enumerate(outputs[: position - 1], start=1)
                    if _is_among(alternatives, output)
                ),
            )
            for alternatives in map(alternatives_of, step.input)
        ]
        for position, step in enumerate(steps, start=1)
    ]


def check_pipeline(
    steps: Sequence[AppMetadata],
    document_types: Iterable[DocumentType] = ANY_DOCUMENT,
    present: Iterable[str] = (),
) -> None:
    """Raise BadUserInput if neither the documents nor an earlier step provide a required input of a step.

    Omit `document_types` for a pipeline that may get any document. Before a start, pass the types of the media file's
    documents and, unless it starts from a blank MMIF, the type URIs in its MMIF (MmifOutline.types) as `present`.
    """
    for step in unmet_steps(steps, document_types, present):
        raise BadUserInput(step.message)


def unmet_steps(
    steps: Sequence[AppMetadata],
    document_types: Iterable[DocumentType] = ANY_DOCUMENT,
    present: Iterable[str] = (),
) -> Iterator[UnmetStep]:
    """Yield every step that check_pipeline rejects, in order. Later steps may still use the output of such a step."""
    documents = sorted({DOCUMENT_NAMES[kind] for kind in document_types})
    present = tuple(present)
    available = {*documents, *present}
    for position, step in enumerate(steps, start=1):
        if missing := missing_inputs(step, available):
            yield UnmetStep(
                position,
                f"Step {position} ({step.name}) needs {' and '.join(map(str, missing))}, which neither the media "
                "documents nor an earlier step provide. "
                + _describe_available(documents, present, steps[: position - 1]),
            )
        available.update(spec.type for spec in step.output)


def _names_of(uris: Iterable[str]) -> set[str]:
    """Return the short names. A type of document also counts as Document."""
    names = {type_name(uri) for uri in uris}
    return names | {_ANY_DOCUMENT_NAME} if names.intersection(DOCUMENT_NAMES.values()) else names


def _is_among(alternatives: Sequence[TypeSpec], names: Container[str]) -> bool:
    return any(type_name(spec.type) in names for spec in alternatives)


def _describe_available(
    documents: Sequence[str], present: Iterable[str], earlier: Sequence[AppMetadata]
) -> str:
    sources = [f"documents: {', '.join(documents) or 'none'}"]
    if names := _names(present):
        sources.append(f"the MMIF it starts from: {names}")
    sources += [
        f"step {position} ({step.name}): {_names(spec.type for spec in step.output) or 'nothing'}"
        for position, step in enumerate(earlier, start=1)
    ]
    return f"Available: from {'; from '.join(sources)}."


def _names(uris: Iterable[str]) -> str:
    return ", ".join(sorted({type_name(uri) for uri in uris}))
