from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from scripted_server import ScriptedServer, file_run

from chowda.client import AsyncChowda, BadUserInput, DownloadedMmifs, NotFound, mmif_files

MMIF = b'{"metadata": {"mmif": "http://mmif.clams.ai/1.1.0"}, "documents": [], "views": []}'


class Counting:
    """A progress bar that counts its calls."""

    def __init__(self) -> None:
        self.files_found = self.files_done = self.size_bytes = 0

    def file_found(self) -> None:
        self.files_found += 1

    def bytes_received(self, size_bytes: int) -> None:
        self.size_bytes += size_bytes

    def file_done(self) -> None:
        self.files_done += 1


@pytest.fixture(autouse=True)
def batch_run(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mmif_files, "RETRY_SECONDS", 0.01)
    server.add_run()


async def download(server: ScriptedServer, directory: Path, run_id: str = "brun-1") -> DownloadedMmifs:
    async with AsyncChowda(server.url) as chowda:
        return await chowda.download_mmifs(run_id, directory, Counting())


async def test_every_file_of_a_batch_run_is_downloaded_to_its_guid(
    server: ScriptedServer, tmp_path: Path
) -> None:
    server.page_limit = 3
    server.files["brun-1"] = [
        file_run(number, mmif=server.add_mmif(f"m{number}", MMIF + b" " * number)) for number in range(10)
    ]
    progress = Counting()

    async with AsyncChowda(server.url) as chowda:
        downloaded = await chowda.download_mmifs("brun-1", tmp_path / "a" / "b", progress)

    for number in range(10):
        assert (tmp_path / "a" / "b" / f"cpb-aacip-{number:03}.mmif").read_bytes() == MMIF + b" " * number
    assert len(list((tmp_path / "a" / "b").iterdir())) == 10
    assert [file.guid for file in downloaded.files] == [f"cpb-aacip-{number:03}" for number in range(10)]
    assert {file.state for file in downloaded.files} == {"fetched"}
    assert (progress.files_found, progress.files_done) == (10, 10)
    assert progress.size_bytes == sum(file.size for file in downloaded.files)


async def test_the_file_of_a_pipeline_run_is_downloaded(server: ScriptedServer, tmp_path: Path) -> None:
    server.files["brun-1"] = [file_run(1), file_run(2, mmif=server.add_mmif("m2", MMIF))]

    downloaded = await download(server, tmp_path, "prun-2")

    assert [file.guid for file in downloaded.files] == ["cpb-aacip-002"]
    assert (tmp_path / "cpb-aacip-002.mmif").read_bytes() == MMIF


async def test_a_file_without_mmif_is_listed(server: ScriptedServer, tmp_path: Path) -> None:
    server.files["brun-1"] = [file_run(1)]

    downloaded = await download(server, tmp_path)

    assert downloaded.without == ["cpb-aacip-001"]
    assert list(tmp_path.iterdir()) == []


async def test_a_file_with_the_same_bytes_is_not_downloaded_again(
    server: ScriptedServer, tmp_path: Path
) -> None:
    server.files["brun-1"] = [file_run(n, mmif=server.add_mmif(f"m{n}", MMIF)) for n in (1, 2, 3)]
    (tmp_path / "cpb-aacip-001.mmif").write_bytes(MMIF)
    (tmp_path / "cpb-aacip-002.mmif").write_bytes(MMIF[::-1])

    downloaded = await download(server, tmp_path)

    assert sorted(server.downloads) == ["m2", "m3"]
    assert [file.state for file in downloaded.files] == ["present", "fetched", "fetched"]
    assert (tmp_path / "cpb-aacip-002.mmif").read_bytes() == MMIF


async def test_damaged_bytes_never_replace_a_file(server: ScriptedServer, tmp_path: Path) -> None:
    server.files["brun-1"] = [file_run(n, mmif=server.add_mmif(f"m{n}", MMIF)) for n in (1, 2)]
    server.damaged = {"m1"}
    (tmp_path / "cpb-aacip-001.mmif").write_bytes(b"older")

    downloaded = await download(server, tmp_path)

    assert [(missed.guid, "damaged" in missed.message) for missed in downloaded.failed] == [
        ("cpb-aacip-001", True)
    ]
    assert [file.guid for file in downloaded.files] == ["cpb-aacip-002"]
    assert server.downloads.count("m1") == mmif_files.ATTEMPTS
    assert (tmp_path / "cpb-aacip-001.mmif").read_bytes() == b"older"
    assert len(list(tmp_path.iterdir())) == 2


async def test_a_refused_download_keeps_the_message_of_the_server(
    server: ScriptedServer, tmp_path: Path
) -> None:
    server.files["brun-1"] = [file_run(1, mmif=server.add_mmif("m1", MMIF))]
    server.mmifs.clear()

    downloaded = await download(server, tmp_path)

    assert [missed.message for missed in downloaded.failed] == ["There is no MMIF with the ID 'm1'."]


async def test_an_unknown_run_is_not_found(server: ScriptedServer, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no batch run and no pipeline run with the ID 'brun-9'"):
        await download(server, tmp_path, "brun-9")


async def test_a_directory_that_can_not_be_written_is_refused(server: ScriptedServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(BadUserInput, match=r"file/out can't be written: Not a directory"):
        await download(server, tmp_path / "file" / "out")


async def test_an_upload_sends_the_whole_file_and_returns_its_mmif(
    server: ScriptedServer, tmp_path: Path
) -> None:
    path = tmp_path / "corrected.mmif"
    path.write_bytes(b'"' + os.urandom(400_000).hex().encode() + b'"')
    progress = Counting()

    async with AsyncChowda(server.url) as chowda:
        uploaded = await chowda.upload_mmif("cpb-aacip-001", path, progress.bytes_received)

    assert server.uploads == {"cpb-aacip-001": path.read_bytes()}
    assert uploaded.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert progress.size_bytes == path.stat().st_size


async def test_a_refused_upload_keeps_the_message_of_the_server(
    server: ScriptedServer, tmp_path: Path
) -> None:
    path = tmp_path / "broken.mmif"
    path.write_bytes(b"{")

    async with AsyncChowda(server.url) as chowda:
        with pytest.raises(BadUserInput, match="The file is not JSON"):
            await chowda.upload_mmif("cpb-aacip-001", path, lambda _: None)
        with pytest.raises(BadUserInput, match=r"none\.mmif can't be read: No such file or directory"):
            await chowda.upload_mmif("cpb-aacip-001", tmp_path / "none.mmif", lambda _: None)
