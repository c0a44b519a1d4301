"""The videos are what media.json says they are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import av
import numpy as np
from conftest import EXAMPLES, Media, run_script

SCRIPT = EXAMPLES / "media" / "make_media.py"
FILE_NAME = re.compile(r"^cpb[-_/]aacip[-_/].+\.mp[34]$")


def test_each_file_name_yields_its_guid(media: Media) -> None:
    assert len(media.items) == 3
    for guid in media.items:
        name = media.path(guid).name
        assert FILE_NAME.match(name)
        assert "cpb-aacip-" + re.split(r"[_.]", name.removesuffix(".mp4")[10:])[0] == guid


def test_each_video_has_picture_and_sound_of_the_length_that_is_written_down(media: Media) -> None:
    for guid, item in media.items.items():
        with av.open(str(media.path(guid))) as container:
            kinds = {stream.type: stream for stream in container.streams}
            assert set(kinds) == {"video", "audio"}
            assert (kinds["video"].width, kinds["video"].height) == (item["width"], item["height"])
            for stream in kinds.values():
                assert abs(float(stream.duration * stream.time_base) * 1000 - item["durationMs"]) <= 50
        assert media.path(guid).stat().st_size < 1_000_000


def test_bars_come_with_a_tone_of_1_khz(media: Media) -> None:
    guid, (bars,) = next((guid, found) for guid in media.items if (found := media.segments(guid, "bars")))
    assert bars["startMs"] == 0
    with av.open(str(media.path(guid))) as container:
        rate = container.streams.audio[0].rate
        heard = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    second = heard[rate : 2 * rate]
    loudest = int(np.abs(np.fft.rfft(second)).argmax())  # one bin is one hertz
    assert abs(loudest - 1000) <= 2


def test_the_videos_differ_in_what_they_have(media: Media) -> None:
    has = {
        guid: {label for label in ("bars", "slate", "chyron") if media.segments(guid, label)}
        for guid in media.items
    }
    assert sorted(map(sorted, has.values())) == [
        ["bars", "chyron"],
        ["bars", "chyron", "slate"],
        ["chyron", "slate"],
    ]
    slates = [segment for guid in media.items for segment in media.segments(guid, "slate")]
    for field in ("title", "date", "tape"):
        assert len({slate[field] for slate in slates}) == len(slates)
        assert all(any(slate[field] in line for line in slate["lines"]) for slate in slates)


def test_made_again_they_are_the_same_and_only_what_is_damaged_is_made_anew(
    media: Media, tmp_path: Path
) -> None:
    for guid in media.items:
        (tmp_path / media.path(guid).name).write_bytes(media.path(guid).read_bytes())
    (tmp_path / "media.json").write_bytes((media.folder / "media.json").read_bytes())
    *whole, damaged = (media.path(guid).name for guid in media.items)
    content = (tmp_path / damaged).read_bytes()
    (tmp_path / damaged).write_bytes(content[:1000])
    again = run_script(SCRIPT, "--out", tmp_path)
    assert again.returncode == 0, again.stderr
    assert f"made {tmp_path / damaged}" in again.stdout
    for name in whole:
        assert f"kept {tmp_path / name}" in again.stdout
    assert (tmp_path / damaged).read_bytes() == content
    assert json.loads((tmp_path / "media.json").read_text())["media"] == list(media.items.values())
