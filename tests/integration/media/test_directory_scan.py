"""Scanning a directory for media files."""

from __future__ import annotations

import hashlib
import struct
import wave
import zlib
from pathlib import Path

import pytest

from chowda.errors import BadUserInput
from chowda.guid_rule import GuidRule
from chowda.media.directory_scan import FoundMedia, UnreadableMedia, scan

AAPB, STEM = GuidRule.parse("aapb"), GuidRule.parse("stem")


def write_wav(path: Path, seconds: float) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"\0\0" * int(8000 * seconds))


def write_png(path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0\0"))
        + chunk(b"IEND", b"")
    )


def test_scan_finds_media_and_reports_unreadable_files(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    (root / "tapes 1970").mkdir(parents=True)
    (root / ".trash").mkdir()
    write_wav(root / "tapes 1970" / "one.wav", 2.5)
    write_wav(root / ".trash" / "gone.wav", 1)
    write_png(root / "still.png")
    (root / "words.txt").write_text("words")
    (root / "list.csv").write_text("a,b")
    (root / "empty.mp4").touch()
    (root / "broken.mp4").write_bytes(b"this is no film " * 100)
    (root / "odd?.mp4").write_bytes(b"x")
    (root / "nowhere.mp4").symlink_to(root / "not-there.mp4")
    (root / "loop").symlink_to(root)
    found = list(scan(root, STEM))
    media = {item.guid: item for item in found if isinstance(item, FoundMedia)}
    assert set(media) == {"one", "still", "words"}
    one = media["one"].document
    assert (one.type, one.duration_seconds, one.size_bytes) == ("AUDIO", 2.5, 40_044)
    assert one.location == f"file://{root}/tapes 1970/one.wav"
    assert (media["still"].document.type, media["still"].document.duration_seconds) == ("IMAGE", None)
    assert media["still"].document.mime == "image/png"
    assert media["words"].row() == {
        "guid": "words",
        "location": f"file://{root}/words.txt",
        "type": "TEXT",
        "mime": "text/plain",
        "size_bytes": 5,
    }
    reasons = {item.path.name: item.reason for item in found if isinstance(item, UnreadableMedia)}
    assert reasons == {
        "empty.mp4": "it is empty",
        "broken.mp4": "there is no video in it",
        "odd?.mp4": f"the location is 'file://{root}/odd?.mp4', but apps cannot open a path that contains '?'. "
        "Rename the file.",
        "nowhere.mp4": "no such file or directory",
    }


def test_location_prefix_replaces_the_directory(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    write_wav(tmp_path / "a" / "cpb-aacip-1x.wav", 1)
    [found] = scan(tmp_path, AAPB, location_prefix="file:///media/", checksum=True)
    assert isinstance(found, FoundMedia)
    assert (found.document.location, found.guid) == ("file:///media/a/cpb-aacip-1x.wav", None)
    digest = hashlib.sha256((tmp_path / "a" / "cpb-aacip-1x.wav").read_bytes()).hexdigest()
    assert found.document.checksum == f"sha256:{digest}"
    with pytest.raises(BadUserInput, match="is not a directory"):
        list(scan(tmp_path / "nowhere", AAPB))
