"""How large a GraphQL document may be. Values that come as variables are bounded by the body's size alone."""

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
"Of the document: long lists belong into variables."
DEPTH_LIMIT = 20
ALIASES_LIMIT = 100
FIELDS_LIMIT = 2_000
"With fragments written out wherever they are spread."
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
    """Refuses operations that are too deep or too broad, before anything is read."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._fragments: dict[str, Size] = {}

    def enter_document(self, node: DocumentNode, *_: Any) -> None:
        for definition in node.definitions:
            if isinstance(definition, OperationDefinitionNode):
                self._check(definition)

    def _check(self, operation: OperationDefinitionNode) -> None:
        root = self._measure(operation.selection_set, within=0)
        for what, value, limit in (
            ("levels of fields", root.depth, DEPTH_LIMIT),
            ("aliases", root.aliases, ALIASES_LIMIT),
            ("fields", root.fields, FIELDS_LIMIT),
            ("fields at its root", len(operation.selection_set.selections), ROOT_FIELDS_LIMIT),
        ):
            if value > limit:
                message = f"The operation has {value:,} {what}; at most {limit:,} are allowed."
                self.report_error(GraphQLError(message, operation, original_error=LimitExceeded(message)))

    def _measure(self, selections: SelectionSetNode | None, within: int) -> Size:
        """Fragments are measured once each; one that contains itself is the business of another rule."""
        size = Size()
        if selections is None or within > DEPTH_LIMIT * 10:
            return size
        for selection in selections.selections:
            match selection:
                case FieldNode():
                    inner = self._measure(selection.selection_set, within + 1)
                    size.add(
                        Size(inner.depth + 1, inner.aliases + (selection.alias is not None), inner.fields + 1)
                    )
                case FragmentSpreadNode():
                    size.add(self._fragment(selection.name.value, within + 1))
                case InlineFragmentNode():
                    size.add(self._measure(selection.selection_set, within + 1))
        return size

    def _fragment(self, name: str, within: int) -> Size:
        if name not in self._fragments:
            self._fragments[name] = Size()
            fragment = self.context.get_fragment(name)
            if isinstance(fragment, FragmentDefinitionNode):
                self._fragments[name] = self._measure(fragment.selection_set, within)
        return self._fragments[name]
