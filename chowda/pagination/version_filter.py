"""Versions of apps: which outputs count as an app's, and which are older than a version.

What an app calls itself (http://apps.clams.ai/swt-detection/v8.9) is a family and a version. An app that was
registered twice, at two endpoints or in two versions, is one family. Versions are compared by the database's
version_order: number by number, v8.9 < v8.10; v8 = v8.0; a pre-release (v1.0-rc1) is older than its release, and
what has no number in it is older than all that have.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from chowda.errors import BadUserInput
from chowda.models import AppIdentifier, ClamsApp
from chowda.pagination.filters import Keys, one_of
from chowda.text_checks import check_line


def identifiers_of(apps: Keys, at_least: str | None = None) -> ColumnElement[Any]:
    """The keys of all that the families of these apps have called themselves, from a version on.

    As an array, so that they are looked up once, before the list is planned around them.
    """
    own = aliased(AppIdentifier)
    families = (
        select(own.family)
        .join(ClamsApp, ClamsApp.identifier == own.identifier)
        .where(*one_of(ClamsApp.id, apps))
    )
    keys = select(AppIdentifier.id).where(AppIdentifier.family.in_(families))
    if at_least is not None:
        keys = keys.where(_at_least(at_least))
    return func.array(keys.scalar_subquery())


def _at_least(version: str) -> ColumnElement[bool]:
    """That an identifier's version is this one or a newer one. BadUserInput for what holds no number."""
    check_line("The version", version, 100)
    if not any(character.isascii() and character.isdigit() for character in version):
        raise BadUserInput(f"The version {version!r} holds no number: it looks like v8.9.")
    return AppIdentifier.version_order >= func.version_order(version)
