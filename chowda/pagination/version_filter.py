"""Versions of apps: which outputs count as an app's, and which are older than a version.

An app's identifier (http://apps.clams.ai/swt-detection/v8.9) consists of a family and a version. An app that is
registered twice, at two endpoints or in two versions, is one family. The database's function version_order compares
versions number by number: v8.9 < v8.10, v8 = v8.0. A pre-release (v1.0-rc1) is older than its release, and a version
without a number is older than all others.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from chowda.errors import BadUserInput
from chowda.models import AppIdentifier, ClamsApp
from chowda.pagination.filters import Keys, in_keys
from chowda.text_checks import check_line


def identifiers_of(apps: Keys, at_least: str | None = None) -> ColumnElement[Any]:
    """The keys of all identifiers of these apps' families, from a version on.

    An array, so that the keys are looked up once, before the list around it is planned. Raises BadUserInput for a
    version without a number.
    """
    own = aliased(AppIdentifier)
    families = (
        select(own.family)
        .join(ClamsApp, ClamsApp.identifier == own.identifier)
        .where(*in_keys(ClamsApp.id, apps))
    )
    keys = select(AppIdentifier.id).where(AppIdentifier.family.in_(families))
    if at_least is not None:
        keys = keys.where(_at_least(at_least))
    return func.array(keys.scalar_subquery())


def _at_least(version: str) -> ColumnElement[bool]:
    check_line("The version", version, 100)
    if not any(character.isascii() and character.isdigit() for character in version):
        raise BadUserInput(f"The version {version!r} has no number. Write it like v8.9.")
    return AppIdentifier.version_order >= func.version_order(version)
