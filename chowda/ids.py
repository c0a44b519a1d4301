"""The opaque IDs of the API: a kind and a number in base 36, e.g. brun-2s."""

from __future__ import annotations

import re
from enum import StrEnum

from chowda.errors import NotFound

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
FORM = re.compile(r"(?P<kind>[a-z]+)-(?P<number>[1-9a-z][0-9a-z]{0,12})", re.ASCII)
LARGEST = 2**63 - 1


class Kind(StrEnum):
    """What an ID refers to. The value is the ID's prefix."""

    APP = "app"
    PIPELINE = "pipe"
    BATCH = "batch"
    BATCH_RUN = "brun"
    PIPELINE_RUN = "prun"
    STEP_RUN = "srun"
    MMIF = "mmif"
    EVENT = "event"
    COLLECTION = "coll"
    MEDIA_FILE = "file"  # no public ID: clients refer to media files by GUID

    @property
    def noun(self) -> str:
        return {
            Kind.APP: "app",
            Kind.PIPELINE: "pipeline",
            Kind.BATCH: "batch",
            Kind.BATCH_RUN: "batch run",
            Kind.PIPELINE_RUN: "pipeline run",
            Kind.STEP_RUN: "step run",
            Kind.MMIF: "MMIF",
            Kind.EVENT: "event",
            Kind.COLLECTION: "collection",
            Kind.MEDIA_FILE: "media file",
        }[self]

    def counted(self, count: int) -> str:
        """A number and the noun, for a message: 1 batch, 1,000 batches."""
        ending = "" if count == 1 or self is Kind.MMIF else "es" if self is Kind.BATCH else "s"
        return f"{count:,} {self.noun}{ending}"


def opaque(kind: Kind, number: int) -> str:
    """The ID of the row with this key."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return f"{kind}-{digits}"


def number_of(kind: Kind, opaque_id: str) -> int | None:
    """The key in an ID; None if it is not an ID of this kind."""
    form = FORM.fullmatch(opaque_id)
    if form is None or form["kind"] != kind:
        return None
    number = int(form["number"], 36)
    return number if number <= LARGEST else None


def not_found(kind: Kind, opaque_id: str) -> NotFound:
    return NotFound(
        f"There is no {kind.noun} with the ID {opaque_id[:80]!r}.", {"id": opaque_id[:80], "kind": kind.name}
    )


def require(kind: Kind, opaque_id: str) -> int:
    """The key in an ID. Raises NotFound if it is not an ID of this kind."""
    number = number_of(kind, opaque_id)
    if number is None:
        raise not_found(kind, opaque_id)
    return number
