"""The served app finds in each video what media.json says is there, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Media, Served, frames, video_mmif
from mmif import AnnotationTypes, Mmif

SAMPLE_RATE_MS = 500
TOLERANCE_MS = SAMPLE_RATE_MS + 40  # a scene is known to begin and end between two samples


def test_every_bar_slate_and_chyron_is_found_at_its_time_and_nothing_else(
    media: Media, with_scenes: dict[str, str]
) -> None:
    for guid, item in media.items.items():
        found = frames(Mmif(with_scenes[guid]))
        truth = item["segments"]
        assert [label for label, _, _ in found] == [segment["label"] for segment in truth], guid
        for (label, start, end), segment in zip(found, truth, strict=True):
            assert segment["startMs"] <= start <= segment["startMs"] + TOLERANCE_MS, (guid, label)
            assert segment["endMs"] - TOLERANCE_MS <= end < segment["endMs"], (guid, label)


def test_a_video_without_a_slate_has_none_and_one_without_bars_has_none(
    media: Media, with_scenes: dict[str, str]
) -> None:
    for absent in ("slate", "bars"):
        without = [guid for guid in media.items if not media.segments(guid, absent)]
        assert len(without) == 1
        found = {label for label, _, _ in frames(Mmif(with_scenes[without[0]]))}
        assert found
        assert absent not in found


def test_each_timeframe_has_a_score_its_timepoints_and_one_of_them_as_representative(
    media: Media, with_scenes: dict[str, str]
) -> None:
    for guid in media.items:
        mmif = Mmif(with_scenes[guid])
        (view,) = mmif.views
        assert view.metadata.app.endswith("/scenes-with-text/v1.0")
        for frame in view.get_annotations(AnnotationTypes.TimeFrame):
            label = frame.get_property("label")
            assert frame.get_property("document") == "d1"
            assert frame.get_property("classification")[label] > 0.5
            targets = frame.get_property("targets")
            (representative,) = frame.get_property("representatives")
            assert representative in targets
            times = [mmif[target].get_property("timePoint") for target in targets]
            assert times == sorted(times)
            assert {mmif[target].get_property("label") for target in targets} == {label}


def test_only_the_asked_labels_are_written(media: Media, scenes_app: Served) -> None:
    guid = next(iter(media.items))
    assert all(media.segments(guid, label) for label in ("bars", "slate", "chyron"))
    some = frames(scenes_app.run(media.mmif(guid), labels=["slate", "bars"]))
    assert {label for label, _, _ in some} == {"bars", "slate"}


def test_scenes_shorter_than_the_minimum_are_left_out(
    media: Media, scenes_app: Served, with_scenes: dict[str, str]
) -> None:
    guid = list(media.items)[2]
    everything = frames(Mmif(with_scenes[guid]))
    longest = max(end - start for _, start, end in everything)
    kept = frames(scenes_app.run(media.mmif(guid), minFrameDuration=longest))
    assert kept == [frame for frame in everything if frame[2] - frame[1] >= longest]
    assert frames(scenes_app.run(media.mmif(guid), minFrameDuration=longest + 1)) == []


def test_a_finer_sample_rate_finds_the_same_scenes_with_closer_bounds(
    media: Media, scenes_app: Served
) -> None:
    guid = list(media.items)[2]
    fine = frames(scenes_app.run(media.mmif(guid), sampleRate=200))
    truth = media.items[guid]["segments"]
    assert [label for label, _, _ in fine] == [segment["label"] for segment in truth]
    for (_, start, end), segment in zip(fine, truth, strict=True):
        assert abs(start - segment["startMs"]) <= 240
        assert abs(end - segment["endMs"]) <= 240


def test_where_nothing_is_found_the_app_says_so_in_a_view_of_its_own(
    media: Media, scenes_app: Served
) -> None:
    guid = next(guid for guid in media.items if not media.segments(guid, "slate"))
    mmif = scenes_app.run(media.mmif(guid), labels="slate")
    (view,) = mmif.views
    assert view.metadata.app.endswith("/scenes-with-text/v1.0")
    assert view.metadata.warnings == ["UserWarning: found no slate in d1"]
    assert len(view.annotations) == 0


def test_a_document_type_of_an_older_vocabulary_is_understood(
    media: Media, scenes_app: Served, with_scenes: dict[str, str]
) -> None:
    guid = list(media.items)[2]
    older = video_mmif(media.path(guid), "1.1.0", "http://mmif.clams.ai/vocabulary/VideoDocument/v1")
    assert frames(scenes_app.run(older)) == frames(Mmif(with_scenes[guid]))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"labels": ["slate", "credits"]}, "labels has 'credits'; use one or more of bars, slate, chyron"),
        ({"sampleRate": 0}, "sampleRate is 0; use 1 or more"),
        ({"minFrameDuration": -5}, "minFrameDuration is -5; use 0 or more"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_an_error_view_with_the_reason(
    media: Media, scenes_app: Served, parameters: dict[str, object], message: str
) -> None:
    response = scenes_app.post(media.mmif(next(iter(media.items))), **parameters)
    assert response.status_code == 500
    assert message in error_of(response.text)


def test_a_missing_file_is_an_error_view_with_its_path(tmp_path: Path, scenes_app: Served) -> None:
    response = scenes_app.post(video_mmif(tmp_path / "cpb-aacip-000-nosuchfile.mp4"))
    assert response.status_code == 500
    assert str(tmp_path / "cpb-aacip-000-nosuchfile.mp4") in error_of(response.text)


def test_a_file_that_is_no_video_is_an_error_view_with_its_path(tmp_path: Path, scenes_app: Served) -> None:
    path = tmp_path / "cpb-aacip-000-justwords1.mp4"
    path.write_text("these are words\n" * 100)
    response = scenes_app.post(video_mmif(path))
    assert response.status_code == 500
    assert str(path) in error_of(response.text)


def test_an_mmif_without_a_video_is_an_error_view(scenes_app: Served) -> None:
    empty = {"metadata": {"mmif": "http://mmif.clams.ai/1.2.0"}, "documents": [], "views": []}
    response = scenes_app.post(json.dumps(empty))
    assert response.status_code == 500
    assert "no VideoDocument" in error_of(response.text)


def error_of(body: str) -> str:
    (view,) = Mmif(body).views
    assert len(view.annotations) == 0
    return str(view.metadata.error["message"])
