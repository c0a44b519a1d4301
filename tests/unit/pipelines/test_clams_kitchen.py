from __future__ import annotations

import re
from typing import Any

import pytest

from chowda.errors import BadUserInput
from chowda.pipelines.clams_kitchen import is_recipe, read_batch, read_recipe

RECIPE: dict[str, Any] = {
    "id": "FILL",
    "name": "swt and whisper",
    "results_dir": "stovetop/FILL",
    "parallel": 4,
    "clams_apps": [
        {"image": "ghcr.io/clamsproject/app-swt-detection:v8.9", "gpus": "all"},
        {"endpoint": "http://localhost:5001"},
    ],
    "clams_params": [{"tpSampleRate": "250"}, {}],
    "post_procs": [{"name": "visaid_builder"}],
}


def test_recipe_is_recognized_by_its_keys() -> None:
    assert is_recipe(RECIPE)
    assert is_recipe({"clams_endpoints": []})
    assert not is_recipe({"name": "p", "steps": []})
    assert not is_recipe([RECIPE])


def test_apps_and_parameters_are_read_and_other_keys_are_named() -> None:
    document = read_recipe(RECIPE)
    assert document.problems == []
    assert document.name == "swt and whisper"
    assert [(step.image, step.endpoint, step.parameters) for step in document.steps] == [
        ("ghcr.io/clamsproject/app-swt-detection:v8.9", None, {"tpSampleRate": "250"}),
        (None, "http://localhost:5001", {}),
    ]
    assert document.ignored == ["id", "results_dir", "parallel", "post_procs", "clams_apps[1].gpus"]


def test_older_recipe_uses_images_before_endpoints() -> None:
    both = {
        "id": "old",
        "clams_endpoints": ["http://h:1"],
        "clams_images": ["x:v1"],
        "clams_params": [{"a": 1}],
    }
    for run_cli in (True, False):
        read = read_recipe(both | {"clams_run_cli": run_cli})
        assert (read.steps[0].image, read.name) == ("x:v1", "old")
        assert read.ignored == ["clams_endpoints", *([] if run_cli else ["clams_run_cli"])]
    del both["clams_images"]
    for endpoints in (both, both | {"clams_run_cli": False}):
        assert (read_recipe(endpoints).steps[0].endpoint, read_recipe(endpoints).ignored) == (
            "http://h:1",
            [],
        )
    [problem, *_] = read_recipe(both | {"clams_run_cli": True}).problems
    assert "no apps. Add a list under 'clams_images'" in problem.message


def test_keys_without_an_effect_are_named() -> None:
    keys = {"clams_run_cli": True, "start_after_item": 2, "end_after_item": 5, "include_only_items": [3]}
    assert read_recipe({"id": "x", "clams_apps": ["A"]} | keys).ignored == list(keys)
    both = {"image": "x:v1", "endpoint": "http://h:1"}
    read = read_recipe({"id": "x", "clams_apps": [both]})
    assert (read.steps[0].endpoint, read.steps[0].image, read.ignored) == (
        "http://h:1",
        None,
        ["clams_apps[1].image"],
    )


def test_apps_may_be_plain_strings() -> None:
    apps = ["http://apps.clams.ai/swt-detection/v8.9", "Whisper", "ghcr.io/x/app-y:v1"]
    read = read_recipe({"clams_apps": apps}).steps
    assert [(step.app, step.image) for step in read] == [(apps[0], None), (apps[1], None), (None, apps[2])]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"clams_apps": []}, "no apps"),
        ({"clams_apps": None}, "no apps"),
        ({"clams_params": [{}]}, "2 apps under 'clams_apps', and 1 sets of parameters"),
        ({"clams_params": {"a": 1}}, "and no list of parameters"),
        ({"clams_params": [{}, "x"]}, "Step 2: its parameters must be an object, not 'x'"),
        ({"clams_apps": [{"gpus": "all"}, 5]}, "Step 1: .* names no app"),
    ],
)
def test_problems_of_a_recipe_are_reported(changes: dict[str, Any], problem: str) -> None:
    assert any(re.search(problem, str(found)) for found in read_recipe(RECIPE | changes).problems)


def test_placeholder_id_is_not_used_as_the_name() -> None:
    assert read_recipe({"id": "FILL", "clams_apps": ["x"]}).name is None


def test_batch_definition_has_guids_and_names_ignored_columns() -> None:
    text = '\ufeffasset_id,sonyci_id,"media_filename"\r\ncpb-aacip-1,x,"a, b.mp4"\r\n\r\n cpb-aacip-2 ,,\r\n'
    read = read_batch(text)
    assert read.guids == ["cpb-aacip-1", "cpb-aacip-2"]
    assert read.ignored == ["sonyci_id", "media_filename"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "first column of a batch definition must be 'asset_id'; it is ''"),
        ("guid,asset_id\n1,2", "must be 'asset_id'; it is 'guid'"),
        ("asset_id,file\na,b\n,c", "Line 3: The row has no GUID"),
        ('asset_id\n"' + "x" * 200_000, "Line 2: A value in line 2 has more than 100,000 characters"),
    ],
)
def test_invalid_batch_definition_is_refused_with_its_line(text: str, complaint: str) -> None:
    with pytest.raises(BadUserInput, match=complaint):
        read_batch(text)
