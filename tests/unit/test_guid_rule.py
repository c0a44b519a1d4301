"""The GUID in a file name, by each rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from chowda.config import Settings, load_settings
from chowda.errors import ConfigurationError
from chowda.guid_rule import GuidRule

GUIDS = Path(__file__).parents[3] / "shared" / "data" / "aapb-guids.txt"
AAPB = GuidRule.parse("aapb")


@pytest.mark.parametrize(
    ("name", "guid"),
    [
        ("cpb-aacip_507-0r9m32nr3f_dupe.mp4", "cpb-aacip-507-0r9m32nr3f"),
        ("cpb-aacip-003a721989d.h264.mp4", "cpb-aacip-003a721989d"),
        ("notes.mp4", None),
        ("\ufeff  cpb-aacip-01042c99044.mp3", "cpb-aacip-01042c99044"),
        ("cpb_aacip/507-zw18k75z4h.mp4", "cpb-aacip-507-zw18k75z4h"),
        ("cpb-aacip-507-0r9m32nr3f.wav", None),
        ("cpb-aacip-507-0r9m32nr3f.mp4.part", None),
        ("cpb-aacip-_.mp4", None),
        ("my-cpb-aacip-507-0r9m32nr3f.mp4", None),
        ("cpb/aacip/15-2b8v980h97.mp4", "cpb-aacip-15-2b8v980h97"),
        ("cpb-aacip-37-99n2zck4.j2k.mp4", "cpb-aacip-37-99n2zck4"),
    ],
)
def test_aapb_rule(name: str, guid: str | None) -> None:
    assert AAPB.guid_of_name(name) == guid


@pytest.mark.skipif(not GUIDS.exists(), reason="no shared/data beside the checkout")
def test_aapb_rule_finds_every_real_guid() -> None:
    guids = GUIDS.read_text().split()
    assert len(guids) > 4000
    assert [AAPB.guid_of_location(f"file:///data/{guid}.h264.mp4") for guid in guids] == guids


@pytest.mark.parametrize(
    ("location", "guid"),
    [
        ("/mnt/x/cpb-aacip-1a.mp4", "cpb-aacip-1a"),
        ("file:///mnt/cpb/aacip/507-1a.mp4", "cpb-aacip-507-1a"),
        ("https://example.org/media/cpb-aacip%2D1a.mp4?token=1#t", "cpb-aacip-1a"),
        ("file:///mnt/a #1/cpb-aacip-1a.mp4", "cpb-aacip-1a"),
        ("http://[/cpb-aacip-1a.mp4", "cpb-aacip-1a"),
    ],
)
def test_guid_of_location_reads_the_last_segment(location: str, guid: str) -> None:
    assert AAPB.guid_of_location(location) == guid


def test_stem_and_regular_expression_rules() -> None:
    assert GuidRule.parse("stem").guid_of_location("/a/tape.12.mov") == "tape.12"
    assert GuidRule.parse("stem").guid_of_name(".mp4") == ".mp4"
    barcode = GuidRule.parse(r"^(?P<guid>[A-Z]{2}\d{6})")
    assert barcode.guid_of_name("XY123456_a.mov") == "XY123456"
    assert barcode.guid_of_name("tape.mov") is None


@pytest.mark.parametrize(
    ("text", "message"), [("[", "nor a regular expression"), (r"\d+", r"no group named guid")]
)
def test_invalid_rule_is_refused_when_settings_are_loaded(
    text: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        GuidRule.parse(text)
    monkeypatch.setenv("CHOWDA_GUID_RULE", text)
    with pytest.raises(ConfigurationError, match=f"CHOWDA_GUID_RULE: .*{message}"):
        load_settings()
    assert Settings(guid_rule="stem").guid_rule == "stem"
