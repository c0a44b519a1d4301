"""Locations: one rule for imports, directory scans and the API."""

from __future__ import annotations

import io
from pathlib import Path
from urllib.parse import urlparse

import pytest

from chowda.errors import BadUserInput
from chowda.guid_rule import GuidRule
from chowda.media.import_rows import Defaults, RowFormat, read_rows
from chowda.media.locations import check_location, join_location

INTAKE = Path(__file__).parents[4] / "shared" / "data" / "intake"


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("C:\\media\\a.mp4", "is 'C:\\\\media\\\\a.mp4', a Windows path, which apps cannot open"),
        ("file:///C:/a.mp4", "a Windows path"),
        ("file:C:\\a.mp4", "a Windows path"),
        ("\\\\nas\\a.mp4", "a Windows path"),
        ("Note: see shelf 4.mp4", "not a complete URI. Enter a URI"),
        ("urn:uuid:1", "not a complete URI"),
        ("http:/h/a.mp4", "not a complete URI"),
        ("https://", "not a complete URI"),
        ("https:///a.mp4", "a URL without a host"),
        ("file:a.mp4", "a file URI without an absolute path"),
        ("file://", "a file URI without an absolute path"),
        ("file://media/a.mp4", "on the host 'media', but apps ignore the host"),
        ("file:///a#1.mp4", "cannot open a path that contains '#'"),
        ("/a?.mp4", "cannot open a path that contains '?'"),
        ("media/a.mp4", "neither a URI nor an absolute path"),
        ("~/a.mp4", "neither a URI nor an absolute path"),
        ("https://[::1/a.mp4", "not a valid URI"),
    ],
)
def test_location_that_apps_cannot_open_is_refused(location: str, reason: str) -> None:
    with pytest.raises(BadUserInput) as caught:
        check_location("The location", location)
    assert reason in caught.value.message
    [bad] = read_rows(io.BytesIO(f"guid,location\na,{location}\n".encode()), RowFormat.CSV, Defaults(RULE))
    assert getattr(bad, "reason", None) == caught.value.message


RULE = GuidRule.parse("aapb")


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("file:///a b%20c.mp4", "/a b%20c.mp4"),
        ("file://localhost/a.mp4", "/a.mp4"),
        ("file:/a.mp4", "/a.mp4"),
        ("FILE:///a;b&c=d+e.mp4", "/a;b&c=d+e.mp4"),
        ("file:////nas/a.mp4", "//nas/a.mp4"),
    ],
)
def test_file_location_is_the_path_that_apps_open(location: str, path: str) -> None:
    assert check_location("The location", location) == location
    assert urlparse(location).path == path, "as in mmif-python"


@pytest.mark.parametrize(
    "location", ["baapb://cpb-aacip-1.video", "https://h:8080/a%20b.mp4?x#y", "/a:b/C:/x.mp4"]
)
def test_other_locations_are_accepted(location: str) -> None:
    assert check_location("The location", location) == location


def test_scanned_names_are_percent_encoded_only_in_urls() -> None:
    assert join_location("file:///media/", "a b/1%.mp4") == "file:///media/a b/1%.mp4"
    assert join_location("https://h/media", "a b/#1?.mp4") == "https://h/media/a%20b/%231%3F.mp4"


def test_intake_file_with_windows_paths() -> None:
    path = INTAKE / "windows-paths.csv"
    if not path.exists():
        pytest.skip("windows-paths.csv is not in ../shared/data/intake")
    rows = list(read_rows(io.BytesIO(path.read_bytes()), RowFormat.CSV, Defaults(RULE)))
    assert [row.line for row in rows if hasattr(row, "reason")] == list(range(2, 10))
