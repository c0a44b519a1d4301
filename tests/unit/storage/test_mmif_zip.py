from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import tracemalloc
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chowda.mmif_file_names import mmif_file_name
from chowda.storage import mmif_zip as module
from chowda.storage.mmif_zip import ZipEntry, mmif_zip

SHARED_DATA = Path(__file__).parents[4] / "shared" / "data"


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def entries(contents: dict[str, bytes]) -> AsyncIterator[ZipEntry]:
    for guid, data in contents.items():
        yield ZipEntry(guid, chunks(data[: len(data) // 2], data[len(data) // 2 :]), len(data))


async def whole(contents: dict[str, bytes]) -> bytes:
    return b"".join([chunk async for chunk in mmif_zip(entries(contents))])


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


async def test_each_file_is_named_by_its_guid() -> None:
    contents = {"cpb-aacip-507-0r9m32nr3f": b'{"views": []}', "cpb-aacip-003a721989d": b"{}"}

    files = unzipped(await whole(contents))

    assert files == {"cpb-aacip-507-0r9m32nr3f.mmif": b'{"views": []}', "cpb-aacip-003a721989d.mmif": b"{}"}


async def test_empty_archive_opens() -> None:
    assert unzipped(await whole({})) == {}


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
async def test_unzip_reports_no_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ZIP64_FROM_BYTES", 1000)
    path = tmp_path / "mmif.zip"
    path.write_bytes(await whole({"small": b"{}", "large": json.dumps(list(range(100_000))).encode()}))

    done = subprocess.run(["unzip", "-t", str(path)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "No errors detected" in done.stdout


async def test_large_file_is_written_as_zip64(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "ZIP64_FROM_BYTES", 1000)
    data = json.dumps(list(range(1000))).encode()

    zipped = await whole({"small": b"{}", "large": data})

    assert unzipped(zipped) == {"small.mmif": b"{}", "large.mmif": data}
    zip64_field = b"\x01\x00\x10\x00"
    assert zipped.count(zip64_field) == 1


async def test_archive_with_more_files_than_a_plain_zip_allows_opens() -> None:
    async def many() -> AsyncIterator[ZipEntry]:
        for number in range(66_000):
            yield ZipEntry(f"cpb-aacip-{number}", chunks(b"{}"), 2)

    zipped = b"".join([chunk async for chunk in mmif_zip(many())])

    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        assert len(archive.namelist()) == 66_000
        assert archive.read("cpb-aacip-65999.mmif") == b"{}"


async def test_guids_with_special_characters_get_safe_distinct_names() -> None:
    unsafe = ["../../etc/passwd", "a/b", "a b", "a\\b", ".hidden", "", "-rf", "ü"]
    unsafe += ["x" * 300, "x" * 300 + "y", "a\n"]
    contents = {guid: guid.encode() for guid in unsafe}

    files = unzipped(await whole(contents))

    assert sorted(files.values()) == sorted(contents.values())
    for name in files:
        assert Path(name).name == name
        assert name[0] not in ".-"
        assert name.endswith(".mmif")
        assert len(name.encode()) <= 255
        assert re.fullmatch(r"[\w.-]+", name, re.ASCII)


async def test_guids_that_differ_only_in_case_get_distinct_names() -> None:
    files = unzipped(await whole({"cpb-ABC": b"1", "cpb-abc": b"2", "cpb-Abc": b"3"}))

    assert files == {"cpb-ABC.mmif": b"1", "cpb-abc-2.mmif": b"2", "cpb-Abc-3.mmif": b"3"}


def test_name_of_a_guid_is_stable_and_distinct() -> None:
    assert mmif_file_name("a/b") == mmif_file_name("a/b")
    assert mmif_file_name("a/b") != mmif_file_name("a b")
    assert mmif_file_name("a/b") != mmif_file_name("a_b") == "a_b.mmif"


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="no shared/data beside the checkout")
def test_aapb_guids_are_unchanged() -> None:
    guids = (SHARED_DATA / "aapb-guids.txt").read_text().split()

    assert guids
    assert [mmif_file_name(guid) for guid in guids] == [f"{guid}.mmif" for guid in guids]


async def test_large_archive_is_streamed_in_constant_memory() -> None:
    block = json.dumps(list(range(30_000))).encode()
    rounds = 150

    async def large() -> AsyncIterator[ZipEntry]:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(rounds):
                yield block

        for number in range(4):
            yield ZipEntry(f"cpb-aacip-{number}", parts(), rounds * len(block))

    sizes: list[int] = []
    tracemalloc.start()
    try:
        async for chunk in mmif_zip(large()):
            sizes.append(len(chunk))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert 10_000_000 < sum(sizes) < 4 * rounds * len(block) / 2
    assert max(sizes) < 1_000_000
    assert peak_bytes < 4_000_000


async def test_broken_entry_leaves_an_archive_that_does_not_open() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"{" * 2_000_000
        raise ConnectionResetError("store is gone")

    async def two() -> AsyncIterator[ZipEntry]:
        yield ZipEntry("whole", chunks(b"{}"), 2)
        yield ZipEntry("broken", broken(), 2_000_001)

    sent = bytearray()
    with pytest.raises(ConnectionResetError, match="store is gone"):
        async for chunk in mmif_zip(two()):
            sent += chunk

    assert not zipfile.is_zipfile(io.BytesIO(bytes(sent)))
