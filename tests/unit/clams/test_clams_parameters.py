from __future__ import annotations

from factories import app_metadata

from chowda.clams.metadata import AppMetadata, parse_metadata
from chowda.clams.parameters import effective_parameters, from_text


def described(*parameters: dict[str, object]) -> AppMetadata:
    return parse_metadata(app_metadata("app", parameters=list(parameters)))


def test_what_is_in_force_is_what_is_given_else_the_apps_default_in_the_apps_order() -> None:
    metadata = described(
        {"name": "a", "type": "integer", "default": 0},
        {"name": "b", "type": "string", "default": "x"},
        {"name": "needed", "type": "string"},
        {"name": "old", "type": "boolean", "default": 0},
    )
    effective = effective_parameters(metadata, {"b": "y", "gone": 1})
    assert effective == {"a": 0, "b": "y", "old": False, "gone": 1}
    assert list(effective) == ["a", "b", "old", "gone"]
    assert effective["old"] is False


def test_one_value_of_many_is_shown_as_a_list_and_a_map_as_an_object() -> None:
    metadata = described(
        {"name": "labels", "type": "string", "multivalued": True, "default": []},
        {"name": "names", "type": "map", "multivalued": True, "default": []},
    )
    assert effective_parameters(metadata, {}) == {"labels": [], "names": {}}
    given = {"labels": "slate", "names": ["S:slate", "-:a:b"]}
    assert effective_parameters(metadata, given) == {"labels": ["slate"], "names": {"S": "slate", "-": "a:b"}}


def test_values_that_came_as_text_get_the_types_of_the_parameters() -> None:
    metadata = described(
        {"name": "flag", "type": "boolean", "default": False},
        {"name": "count", "type": "integer", "default": 1},
        {"name": "share", "type": "number", "default": 0.5},
        {"name": "model", "type": "string", "default": "tiny"},
        {"name": "many", "type": "integer", "multivalued": True, "default": []},
    )
    given = {"flag": "True", "count": "250", "share": "0.05", "model": 5, "many": ["1", "x"], "unknown": "1"}
    read = from_text(metadata, given)
    assert read == {"flag": True, "count": 250, "share": 0.05, "model": "5", "many": [1, "x"], "unknown": "1"}
    assert from_text(metadata, {"count": "2.5", "flag": "yes"}) == {"count": "2.5", "flag": "yes"}
