"""Files of clams-kitchen: recipes (job configurations, JSON) and batch definitions (CSV).

A recipe names its apps under `clams_apps` (objects with `image` or `endpoint`), or, in older ones, under
`clams_images` or `clams_endpoints`. Under `clams_params` it has one object of parameters for each app, whose values
are often text. A batch definition is a CSV whose column `asset_id` holds the GUIDs.
Source: github.com/WGBH-MLA/clams-kitchen, run_job.py and its sample recipes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chowda.errors import BadUserInput
from chowda.guid_rule import BOM
from chowda.media.delimited_text import lines_of_text, plain_name, read_table
from chowda.media.guid_parsing import guids_of_rows
from chowda.pipelines.documents import DocumentStep, PipelineDocument, Problem

APP_KEYS = ("clams_apps", "clams_images", "clams_endpoints")
SIGNS = frozenset({*APP_KEYS, "clams_params", "clams_run_cli"})
UNSET_NAME = "FILL"
"The placeholder for an id in the sample recipes."
COLUMN = "asset_id"
LIMIT_CHARACTERS = 16 * 1024**2


@dataclass(frozen=True, slots=True)
class BatchDefinition:
    """`ignored`: the columns that Chowda does not use."""

    guids: list[str]
    ignored: list[str]


def is_recipe(value: Any) -> bool:
    return isinstance(value, dict) and not SIGNS.isdisjoint(value)


def read_recipe(recipe: Mapping[str, Any]) -> PipelineDocument:
    """The pipeline in a recipe. `ignored` names the keys that Chowda does not use; never parameters."""
    problems: list[Problem] = []
    key = _apps_key(recipe)
    name_key = "name" if _filled(recipe.get("name")) else "id"
    used = {key, "clams_params", name_key}
    if key == "clams_images" and recipe.get("clams_run_cli", True):
        used.add("clams_run_cli")
    if key == "clams_endpoints" and not recipe.get("clams_run_cli"):
        used.add("clams_run_cli")
    ignored = [other for other in recipe if other not in used]
    apps = recipe.get(key, [])
    if not isinstance(apps, list) or not apps:
        problems.append(Problem(f"the recipe has no apps. Add a list under {key!r}."))
        apps = []
    parameters = recipe.get("clams_params")
    if parameters is None:
        parameters = [{}] * len(apps)
    if not isinstance(parameters, list) or len(parameters) != len(apps):
        count = f"{len(parameters)} sets" if isinstance(parameters, list) else "no list"
        problems.append(
            Problem(
                f"the recipe has {len(apps)} apps under {key!r}, and {count} of parameters under 'clams_params'."
            )
        )
        parameters = [{}] * len(apps)
    steps = []
    for number, (app, values) in enumerate(zip(apps, parameters, strict=True), start=1):
        if values is not None and not isinstance(values, dict):
            problems.append(Problem(f"its parameters must be an object, not {values!r:.60}.", number))
            values = None
        steps.append(_step(number, key, app, values or {}, ignored, problems))
    name = recipe.get(name_key)
    return PipelineDocument(
        name=name if _filled(name) else None,
        description=None,
        steps=steps,
        problems=problems,
        ignored=ignored,
        values_are_text=True,
    )


def _filled(name: Any) -> bool:
    return isinstance(name, str) and name.strip() not in ("", UNSET_NAME)


def _apps_key(recipe: Mapping[str, Any]) -> str:
    """The key that lists the apps, chosen as clams-kitchen's code does.

    Of the older keys, images come before endpoints, whatever `clams_run_cli` says; if it is true, endpoints do not
    count at all.
    """
    if "clams_apps" in recipe or SIGNS.isdisjoint(recipe):
        return "clams_apps"
    if "clams_images" in recipe or recipe.get("clams_run_cli"):
        return "clams_images"
    return "clams_endpoints" if "clams_endpoints" in recipe else "clams_apps"


def _step(
    number: int,
    key: str,
    app: Any,
    parameters: Mapping[str, Any],
    ignored: list[str],
    problems: list[Problem],
) -> DocumentStep:
    if isinstance(app, dict):
        ignored += [f"{key}[{number}].{other}" for other in app if other not in ("image", "endpoint")]
        for way in ("endpoint", "image"):
            if isinstance(app.get(way), str):
                if way == "endpoint" and "image" in app:
                    ignored.append(f"{key}[{number}].image")
                return DocumentStep(**{way: app[way]}, parameters=parameters)
    if isinstance(app, str):
        if key == "clams_images" or (":" in app and "://" not in app):
            return DocumentStep(image=app, parameters=parameters)
        if key == "clams_endpoints":
            return DocumentStep(endpoint=app, parameters=parameters)
        return DocumentStep(app=app, parameters=parameters)
    problems.append(Problem(f"{app!r:.60} names no app. Add 'image' or 'endpoint'.", number))
    return DocumentStep(parameters=parameters)


def read_batch(text: str) -> BatchDefinition:
    """The GUIDs of a batch definition, in order. Blank rows are left out.

    Raises BadUserInput, with line numbers, if the first column is not asset_id, and for rows that cannot be read.
    """
    if len(text) > LIMIT_CHARACTERS:
        raise BadUserInput(
            f"The batch definition has {len(text):,} characters; at most {LIMIT_CHARACTERS:,} are allowed."
        )
    table = (
        read_table(lines_of_text(text.lstrip(BOM)), {plain_name(COLUMN)}.__contains__)
        if text.strip()
        else None
    )
    first = table.header[0] if table else ""
    if table is None or plain_name(first) != plain_name(COLUMN):
        raise BadUserInput(
            f"The first column of a batch definition must be {COLUMN!r}; it is {first[:60]!r}."
        )
    return BatchDefinition(guids_of_rows(table.rows, 0), list(table.header[1:]))
