"""Whether the apps of a pipeline get what they take: types alone are compared, across vocabulary versions.

Properties that an app lists for an input (a label, `representatives`: "?") are not compared: what an app
will give depends on its parameters and on the media, so a difference on paper says little.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from chowda.clams.metadata import AppMetadata, TypeSpec
from chowda.clams.vocabulary import DOCUMENT_NAMES, type_name, type_names
from chowda.enums import DocumentType
from chowda.errors import BadUserInput

ANY_DOCUMENT: tuple[DocumentType, ...] = tuple(DocumentType)
"Where it is not known yet which media files will come."

_ANY_DOCUMENT_NAME = "Document"


@dataclass(frozen=True, slots=True)
class MissingInput:
    one_of: tuple[str, ...]
    "Type URIs; one of them would do."

    def __str__(self) -> str:
        return " or ".join(type_names(self.one_of))


@dataclass(frozen=True, slots=True)
class InputSource:
    """An input of a step, and who gives it."""

    one_of: tuple[str, ...]
    "Type URIs; one of them will do."
    required: bool
    from_documents: bool
    from_steps: tuple[int, ...]
    "Positions of earlier steps."


@dataclass(frozen=True, slots=True)
class Lack:
    """A step that does not get what it takes."""

    position: int
    message: str


def missing_inputs(metadata: AppMetadata, available: Iterable[str]) -> list[MissingInput]:
    """The app's required inputs that are not among these type URIs (or short names).

    Of an inner list any one will do; an input with `required: false` is never missing.
    """
    names = _names_of(available)
    return [
        MissingInput(tuple(spec.type for spec in alternatives))
        for alternatives in map(alternatives_of, metadata.input)
        if is_required(alternatives) and not _is_among(alternatives, names)
    ]


def alternatives_of(wanted: TypeSpec | list[TypeSpec]) -> list[TypeSpec]:
    """The types of which an input takes one."""
    return [wanted] if isinstance(wanted, TypeSpec) else wanted


def is_required(alternatives: Sequence[TypeSpec]) -> bool:
    return bool(alternatives) and not any(spec.required is False for spec in alternatives)


def input_sources(steps: Sequence[AppMetadata]) -> list[list[InputSource]]:
    """Of each step its inputs, when any media document may come: see check_pipeline."""
    documents = _names_of(DOCUMENT_NAMES.values())
    gives = [_names_of(spec.type for spec in step.output) for step in steps]
    return [
        [
            InputSource(
                one_of=tuple(spec.type for spec in alternatives),
                required=is_required(alternatives),
                from_documents=_is_among(alternatives, documents),
                from_steps=tuple(
                    earlier
                    for earlier, given in enumerate(gives[: position - 1], start=1)
                    if _is_among(alternatives, given)
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
    """Refuses a pipeline in which an app lacks an input that neither the documents nor an earlier step give.

    When a pipeline is made, any document may come: leave `document_types` out. When it is started, give the
    types that a media file has; and, if it does not start from a blank MMIF, in `present` the type URIs
    that its MMIF holds (MmifOutline.types).
    Raises BadUserInput, which says which step lacks what, and what there would be.
    """
    for lack in lacks(steps, document_types, present):
        raise BadUserInput(lack.message)


def lacks(
    steps: Sequence[AppMetadata],
    document_types: Iterable[DocumentType] = ANY_DOCUMENT,
    present: Iterable[str] = (),
) -> Iterator[Lack]:
    """What check_pipeline refuses, all of it, in order. What a step lacks does not keep it from giving."""
    documents = sorted({DOCUMENT_NAMES[kind] for kind in document_types})
    present = tuple(present)
    given = {*documents, *present}
    for position, step in enumerate(steps, start=1):
        if missing := missing_inputs(step, given):
            yield Lack(
                position,
                f"Step {position} ({step.name}) needs {' and '.join(map(str, missing))}, which neither the media "
                f"documents nor an earlier step give. {_offer(documents, present, steps[: position - 1])}",
            )
        given.update(spec.type for spec in step.output)


def _names_of(uris: Iterable[str]) -> set[str]:
    """Short names; a kind of document stands for any document too."""
    names = {type_name(uri) for uri in uris}
    return names | {_ANY_DOCUMENT_NAME} if names.intersection(DOCUMENT_NAMES.values()) else names


def _is_among(alternatives: Sequence[TypeSpec], names: Container[str]) -> bool:
    return any(type_name(spec.type) in names for spec in alternatives)


def _offer(documents: Sequence[str], present: Iterable[str], earlier: Sequence[AppMetadata]) -> str:
    offers = [f"documents: {', '.join(documents) or 'none'}"]
    if held := _names(present):
        offers.append(f"the MMIF it starts from: {held}")
    offers += [
        f"step {position} ({step.name}): {_names(spec.type for spec in step.output) or 'nothing'}"
        for position, step in enumerate(earlier, start=1)
    ]
    return f"There is, from {'; from '.join(offers)}."


def _names(uris: Iterable[str]) -> str:
    return ", ".join(sorted({type_name(uri) for uri in uris}))
