"""Limits on the size of a GraphQL document. Only the limit on the request body applies to variables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)

from chowda.errors import LimitExceeded

TOKENS_LIMIT = 10_000
"Of the document. Long lists belong in variables."
DEPTH_LIMIT = 20
ALIASES_LIMIT = 100
FIELDS_LIMIT = 2_000
"Counts a fragment wherever it is spread."
ROOT_FIELDS_LIMIT = 30


@dataclass(slots=True)
class Size:
    depth: int = 0
    aliases: int = 0
    fields: int = 0

    def add(self, other: Size) -> None:
        self.depth = max(self.depth, other.depth)
        self.aliases += other.aliases
        self.fields += other.fields


class DocumentLimits(ValidationRule):
    """Refuses operations that are too deep or too broad, before any resolver runs."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._fragments: dict[str, Size] = {}

    def enter_document(self, node: DocumentNode, *_: Any) -> None:
        for definition in node.definitions:
            if isinstance(definition, OperationDefinitionNode):
                self._check(definition)

    def _check(self, operation: OperationDefinitionNode) -> None:
        root = self._measure(operation.selection_set, depth=0)
        for name, value, limit in (
            ("levels of fields", root.depth, DEPTH_LIMIT),
            ("aliases", root.aliases, ALIASES_LIMIT),
            ("fields", root.fields, FIELDS_LIMIT),
            ("fields at its root", len(operation.selection_set.selections), ROOT_FIELDS_LIMIT),
        ):
            if value > limit:
                message = f"The operation has {value:,} {name}; at most {limit:,} are allowed."
                self.report_error(GraphQLError(message, operation, original_error=LimitExceeded(message)))

    def _measure(self, selections: SelectionSetNode | None, depth: int) -> Size:
        """The size below a selection set at this depth.

        Each fragment is measured once. Another rule refuses fragments that contain themselves.
        """
        size = Size()
        if selections is None or depth > DEPTH_LIMIT * 10:
            return size
        for selection in selections.selections:
            match selection:
                case FieldNode():
                    inner = self._measure(selection.selection_set, depth + 1)
                    size.add(
                        Size(inner.depth + 1, inner.aliases + (selection.alias is not None), inner.fields + 1)
                    )
                case FragmentSpreadNode():
                    size.add(self._fragment(selection.name.value, depth + 1))
                case InlineFragmentNode():
                    size.add(self._measure(selection.selection_set, depth + 1))
        return size

    def _fragment(self, name: str, depth: int) -> Size:
        if name not in self._fragments:
            self._fragments[name] = Size()
            fragment = self.context.get_fragment(name)
            if isinstance(fragment, FragmentDefinitionNode):
                self._fragments[name] = self._measure(fragment.selection_set, depth)
        return self._fragments[name]
