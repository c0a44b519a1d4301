"""Whether the apps of a pipeline get what they take: types alone are compared, across vocabulary versions.

Properties that an app lists for an input (a label, `representatives`: "?") are not compared: what an app
will give depends on its parameters and on the media, so a difference on paper says little.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chowda.clams.metadata import AppMetadata, TypeSpec
from chowda.clams.vocabulary import DOCUMENT_NAMES, type_name
from chowda.errors import BadUserInput
from chowda.models.status import DocumentType

ANY_DOCUMENT: tuple[DocumentType, ...] = tuple(DocumentType)
"Where it is not known yet which media files will come."

_ANY_DOCUMENT_NAME = "Document"


@dataclass(frozen=True, slots=True)
class MissingInput:
    one_of: tuple[str, ...]
    "Type URIs; one of them would do."

    def __str__(self) -> str:
        return " or ".join(dict.fromkeys(type_name(uri) for uri in self.one_of))


def missing_inputs(metadata: AppMetadata, available: Iterable[str]) -> list[MissingInput]:
    """The app's required inputs that are not among these type URIs (or short names).

    Of an inner list any one will do; an input with `required: false` is never missing.
    """
    names = {type_name(uri) for uri in available}
    if any(name in names for name in DOCUMENT_NAMES.values()):
        names.add(_ANY_DOCUMENT_NAME)
    missing = []
    for wanted in metadata.input:
        alternatives = [wanted] if isinstance(wanted, TypeSpec) else wanted
        if not alternatives or any(spec.required is False for spec in alternatives):
            continue
        if not any(type_name(spec.type) in names for spec in alternatives):
            missing.append(MissingInput(tuple(spec.type for spec in alternatives)))
    return missing


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
    documents = sorted({DOCUMENT_NAMES[kind] for kind in document_types})
    present = tuple(present)
    given = {*documents, *present}
    for position, step in enumerate(steps, start=1):
        if missing := missing_inputs(step, given):
            raise BadUserInput(
                f"Step {position} ({step.name}) needs {' and '.join(map(str, missing))}, which neither the media "
                f"documents nor an earlier step give. {_offer(documents, present, steps[: position - 1])}"
            )
        given.update(spec.type for spec in step.output)


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
