"""cli.py does what the service does, without a service and without a network."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import OCR_APP, SCENES_APP, Media, alike, frames, run_script, texts, video_mmif
from mmif import Mmif

NO_NETWORK = """
import socket

def refuse(*args, **kwargs):
    raise OSError("the network was asked for")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = refuse
"""


@pytest.fixture
def no_network(tmp_path: Path) -> Path:
    """A folder which, first on the path, lets no process of Python reach for the network."""
    folder = tmp_path / "no-network"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(NO_NETWORK)
    return folder


def test_both_apps_run_without_a_network_from_file_to_file_and_to_stdout(
    media: Media, tmp_path: Path, no_network: Path
) -> None:
    guid = next(iter(media.items))
    given, between = (tmp_path / name for name in ("in.mmif", "scenes.mmif"))
    given.write_text(media.mmif(guid))
    first = run_script(
        SCENES_APP / "cli.py", "--labels", "slate", "chyron", "--", given, between, extra_path=no_network
    )
    assert first.returncode == 0, first.stderr
    assert {label for label, _, _ in frames(Mmif(between.read_text()))} == {"slate", "chyron"}
    home = tmp_path / "home"
    home.mkdir()
    second = run_script(
        OCR_APP / "cli.py", "--frameType=slate", "--", between, extra_path=no_network, home=home
    )
    assert second.returncode == 0, second.stderr
    (slate,) = media.segments(guid, "slate")
    assert [alike(lines) for _, lines in texts(Mmif(second.stdout))] == [alike(slate["lines"])]
    assert "the network was asked for" not in first.stderr + second.stderr
    # Python can't keep native code from the network; but what calls home keeps an id of the machine.
    assert list(home.rglob("*")) == []
    told = [line.split() for line in first.stderr.splitlines()]
    percents = [float(words[1]) for words in told if words[0] == "CHOWDA-PROGRESS"]
    assert percents
    assert percents == sorted(percents)


def test_the_block_of_the_network_does_block(tmp_path: Path, no_network: Path) -> None:
    script = tmp_path / "ask.py"
    script.write_text("import urllib.request\nurllib.request.urlopen('http://127.0.0.1:9/')\n")
    asked = run_script(script, extra_path=no_network)
    assert asked.returncode != 0
    assert "the network was asked for" in asked.stderr


def test_a_failure_has_exit_status_1_and_an_error_view(tmp_path: Path) -> None:
    given, final = tmp_path / "in.mmif", tmp_path / "out.mmif"
    given.write_text(video_mmif(tmp_path / "cpb-aacip-000-nosuchfile.mp4"))
    failed = run_script(SCENES_APP / "cli.py", "--", given, final)
    assert failed.returncode == 1
    assert "cpb-aacip-000-nosuchfile.mp4" in failed.stderr
    assert "Traceback" not in failed.stderr
    (view,) = Mmif(final.read_text()).views
    assert "cpb-aacip-000-nosuchfile.mp4" in view.metadata.error["message"]


def test_what_is_no_mmif_has_exit_status_1_and_a_plain_reason(tmp_path: Path) -> None:
    given = tmp_path / "in.mmif"
    given.write_text('{"documents": []}')
    failed = run_script(SCENES_APP / "cli.py", "--", given, tmp_path / "out.mmif")
    assert failed.returncode == 1
    assert f"{given} is not valid MMIF" in failed.stderr
    assert "Traceback" not in failed.stderr
