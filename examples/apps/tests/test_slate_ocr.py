"""The served app reads what stands in the frames that the first app found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Media, Served, alike, texts
from mmif import AnnotationTypes, DocumentTypes, Mmif


def truth(media: Media, guid: str, *labels: str) -> list[tuple[str, list[str]]]:
    segments = [segment for label in labels for segment in media.segments(guid, label)]
    ordered = sorted(segments, key=lambda segment: segment["startMs"])
    return [(segment["label"], alike(segment["lines"])) for segment in ordered]


def read(mmif: Mmif) -> list[tuple[str, list[str]]]:
    return [(label, alike(lines)) for label, lines in texts(mmif)]


def test_every_slate_and_chyron_is_read_to_the_letter(
    media: Media, ocr_app: Served, with_scenes: dict[str, str]
) -> None:
    for guid in media.items:
        mmif = ocr_app.run(with_scenes[guid])
        assert read(mmif) == truth(media, guid, "slate", "chyron"), guid


def test_a_text_is_aligned_with_its_timeframe_and_the_timepoint_it_was_read_from(
    media: Media, ocr_app: Served, with_scenes: dict[str, str]
) -> None:
    guid = next(iter(media.items))
    mmif = ocr_app.run(with_scenes[guid], frameType="slate")
    before, view = mmif.views
    assert before.metadata.app.endswith("/scenes-with-text/v1.0")
    assert view.metadata.app.endswith("/slate-ocr/v1.0")
    (text,) = view.get_annotations(DocumentTypes.TextDocument)
    assert text.get_property("document") == "d1"
    assert 0.9 < text.get_property("confidence") <= 1
    sources = {
        mmif[alignment.get_property("source")].at_type.shortname: mmif[alignment.get_property("source")]
        for alignment in view.get_annotations(AnnotationTypes.Alignment)
        if alignment.get_property("target") == text.id
    }
    assert set(sources) == {"TimeFrame", "TimePoint"}
    assert sources["TimeFrame"].get_property("label") == "slate"
    assert sources["TimeFrame"].get_property("representatives") == [sources["TimePoint"].id]
    assert text.get_property("origins") == [sources["TimePoint"].id]


def test_only_timeframes_of_the_asked_types_are_read(
    media: Media, ocr_app: Served, with_scenes: dict[str, str]
) -> None:
    guid = next(iter(media.items))
    assert read(ocr_app.run(with_scenes[guid], frameType="chyron")) == truth(media, guid, "chyron")
    both = ocr_app.run(with_scenes[guid], frameType=["bars", "slate"])
    assert read(both) == truth(media, guid, "slate")  # bars were looked at, and have no text


def test_a_video_without_a_slate_yields_no_slate_text_and_the_app_says_so(
    media: Media, ocr_app: Served, with_scenes: dict[str, str]
) -> None:
    guid = next(guid for guid in media.items if not media.segments(guid, "slate"))
    mmif = ocr_app.run(with_scenes[guid], frameType="slate")
    assert texts(mmif) == []
    assert mmif.views[-1].metadata.app.endswith("/slate-ocr/v1.0")
    assert "read no text" in mmif.views[-1].metadata.warnings[0]


def test_bars_and_moving_scenes_yield_no_text(media: Media, ocr_app: Served) -> None:
    for guid in media.items:
        shown = [(segment["startMs"], segment["endMs"]) for segment in media.items[guid]["segments"]]
        last = max(end for _, end in shown)
        bars = [(start, end) for start, end in shown if start == 0]
        for start, end in [*bars, (last + 100, media.items[guid]["durationMs"] - 100)]:
            mmif = ocr_app.run(with_frame(media.mmif(guid), start, end), frameType="scene")
            assert texts(mmif) == [], (guid, start, end)


def test_the_earlier_view_is_left_as_it_was(ocr_app: Served, with_scenes: dict[str, str]) -> None:
    mmif = list(with_scenes.values())[2]
    for parameters in ({}, {"frameType": "credits"}):  # with text found, and without
        after = json.loads(ocr_app.run(mmif, **parameters).serialize())
        assert after["views"][0] == json.loads(mmif)["views"][0]
        assert after["documents"] == json.loads(mmif)["documents"]
        assert len(after["views"]) == 2


def test_a_timeframe_with_bounds_alone_is_read_in_its_middle(media: Media, ocr_app: Served) -> None:
    guid = next(iter(media.items))
    (slate,) = media.segments(guid, "slate")
    mmif = ocr_app.run(with_frame(media.mmif(guid), slate["startMs"], slate["endMs"]), frameType="scene")
    assert read(mmif) == [("scene", alike(slate["lines"]))]
    assert len(list(mmif.views[-1].get_annotations(AnnotationTypes.Alignment))) == 1


def test_bounds_in_frames_mean_the_same_as_in_milliseconds(media: Media, ocr_app: Served) -> None:
    guid = next(iter(media.items))
    (slate,) = media.segments(guid, "slate")
    per_ms = media.items[guid]["fps"] / 1000
    start, end = (round(slate[side] * per_ms) for side in ("startMs", "endMs"))
    mmif = ocr_app.run(with_frame(media.mmif(guid), start, end, "frames"), frameType="scene")
    assert read(mmif) == [("scene", alike(slate["lines"]))]


def test_the_sdks_sampling_mode_decides_which_pictures_are_read(
    media: Media, ocr_app: Served, scenes_app: Served
) -> None:
    guid = next(iter(media.items))
    coarse = scenes_app.run(media.mmif(guid), sampleRate=1500, labels="slate").serialize()
    (frame,) = Mmif(coarse).views[0].get_annotations(AnnotationTypes.TimeFrame)
    assert len(frame.get_property("targets")) > 1
    everything = ocr_app.run(coarse, tfSamplingMode="all")
    assert read(everything) == len(frame.get_property("targets")) * truth(media, guid, "slate")
    assert read(ocr_app.run(coarse, tfSamplingMode="single")) == truth(media, guid, "slate")


def test_text_of_less_confidence_than_asked_is_left_out(ocr_app: Served, with_scenes: dict[str, str]) -> None:
    mmif = next(iter(with_scenes.values()))
    assert texts(ocr_app.run(mmif, frameType="slate"))
    assert texts(ocr_app.run(mmif, frameType="slate", minConfidence=1)) == []


@pytest.mark.parametrize("value", [-0.1, 1.5])
def test_a_confidence_that_makes_no_sense_is_an_error_view(
    ocr_app: Served, with_scenes: dict[str, str], value: float
) -> None:
    response = ocr_app.post(next(iter(with_scenes.values())), minConfidence=value)
    assert response.status_code == 500
    error = Mmif(response.text).views[-1].metadata.error["message"]
    assert f"minConfidence is {value:g}; use a number from 0 to 1" in error


def test_a_file_that_has_gone_since_is_an_error_view_with_its_path(
    media: Media, ocr_app: Served, with_scenes: dict[str, str], tmp_path: Path
) -> None:
    guid = next(iter(media.items))
    gone = tmp_path / "cpb-aacip-000-nolongerhe.mp4"
    moved = with_scenes[guid].replace(media.path(guid).as_uri(), gone.as_uri())
    response = ocr_app.post(moved)
    assert response.status_code == 500
    assert str(gone) in Mmif(response.text).views[-1].metadata.error["message"]


def with_frame(mmif: str, start: int, end: int, unit: str = "milliseconds") -> str:
    """As written by an app that knows TimeFrames with bounds only, of the label `scene`."""
    whole = Mmif(mmif)
    view = whole.new_view()
    view.metadata.app = "http://apps.clams.ai/some-segmenter/v1"
    view.new_contain(AnnotationTypes.TimeFrame, document="d1", timeUnit=unit)
    view.new_annotation(AnnotationTypes.TimeFrame, start=start, end=end, label="scene")
    return whole.serialize()
