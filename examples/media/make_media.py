"""Makes three short videos with sound, and media.json, which says what is to be found in them.

Bars come with a tone of 1 kHz, slates are silent, scenes have a soft chord. Nothing is random and the encoder
runs in one thread without time stamps, so that the same versions on the same machine make the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from pictures import picture
from programmes import FRAMES_PER_SECOND, HEIGHT, PROGRAMMES, WIDTH, Programme, Segment

SAMPLES_PER_SECOND = 48_000
SAMPLES_PER_FRAME = SAMPLES_PER_SECOND // FRAMES_PER_SECOND
TONE_HZ = 1000
TONE_LEVEL = 0.1  # -20 dB below full scale, as line-up tone is
CHORD_HZ = (220.0, 277.2, 329.6)
MANIFEST = "media.json"


def sound(segment: Segment, first_sample: int, count: int) -> NDArray[np.float32]:
    """`count` samples of one channel, counted from the segment's beginning, between -1 and 1."""
    seconds = (first_sample + np.arange(count)) / SAMPLES_PER_SECOND
    if segment.kind == "bars":
        wave = TONE_LEVEL * np.sin(2 * np.pi * TONE_HZ * seconds)
    elif segment.kind in ("black", "slate"):
        wave = np.zeros(count)
    else:
        wave = sum(0.03 * np.sin(2 * np.pi * hz * seconds) for hz in CHORD_HZ) * (1 + np.sin(3 * seconds)) / 2
    return np.asarray(wave, np.float32)


def encode(programme: Programme, path: Path) -> None:
    """Writes the video (H.264, AAC) to `path`; what is there already is replaced when all is written."""
    unfinished = path.with_suffix(".part")
    with av.open(str(unfinished), "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        video = container.add_stream(
            "libx264",
            rate=FRAMES_PER_SECOND,
            options={"preset": "ultrafast", "crf": "24", "threads": "1", "flags": "+bitexact"},
        )
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = container.add_stream("aac", rate=SAMPLES_PER_SECOND, layout="mono")
        number = 0
        for segment in programme.segments:
            for index in range(segment.duration_ms * FRAMES_PER_SECOND // 1000):
                shown = picture(segment, index * 1000 / FRAMES_PER_SECOND)
                frame = av.VideoFrame.from_ndarray(shown, format="rgb24")
                frame.pts, frame.time_base = number, Fraction(1, FRAMES_PER_SECOND)
                container.mux(video.encode(frame))
                heard = sound(segment, index * SAMPLES_PER_FRAME, SAMPLES_PER_FRAME)
                samples = av.AudioFrame.from_ndarray(heard[None, :], format="fltp", layout="mono")
                samples.sample_rate = SAMPLES_PER_SECOND
                samples.pts, samples.time_base = number * SAMPLES_PER_FRAME, Fraction(1, SAMPLES_PER_SECOND)
                container.mux(audio.encode(samples))
                number += 1
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    unfinished.replace(path)


def recipe(programme: Programme) -> str:
    """A digest of all that decides the bytes: the programme, the code that draws it, the encoder."""
    code = b"".join((Path(__file__).parent / name).read_bytes() for name in ("make_media.py", "pictures.py"))
    told = json.dumps(programme.recipe() | {"av": av.__version__}, sort_keys=True).encode()
    return hashlib.sha256(code + told).hexdigest()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def entry(programme: Programme, path: Path) -> dict[str, Any]:
    """One item of media.json. `path` in it is relative to the folder that holds media.json."""
    return {
        "guid": programme.guid,
        "path": path.name,
        "durationMs": programme.duration_ms,
        "width": WIDTH,
        "height": HEIGHT,
        "fps": FRAMES_PER_SECOND,
        "sizeBytes": path.stat().st_size,
        "sha256": digest(path),
        "segments": programme.truth(),
        "recipe": recipe(programme),
    }


def earlier(manifest: Path) -> dict[str, dict[str, Any]]:
    """The items of a media.json by GUID; none where there is no file, or one that can't be read."""
    try:
        return {item["guid"]: item for item in json.loads(manifest.read_text("utf-8"))["media"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def make(out: Path) -> list[dict[str, Any]]:
    """Makes what is missing or outdated in `out`, writes media.json, and answers its items."""
    out.mkdir(parents=True, exist_ok=True)
    manifest = out / MANIFEST
    known = earlier(manifest)
    items = []
    for programme in PROGRAMMES:
        path = out / f"{programme.guid}.mp4"
        before = known.get(programme.guid, {})
        intact = path.exists() and before.get("sha256") == digest(path)
        if intact and before.get("recipe") == recipe(programme):
            word = "kept"
        else:
            encode(programme, path)
            word = "made"
        items.append(entry(programme, path))
        seconds, kilobytes = programme.duration_ms / 1000, path.stat().st_size // 1000
        sys.stdout.write(f"{word} {path} ({seconds:g} s, {kilobytes} kB)\n")
    unfinished = manifest.with_suffix(".part")
    unfinished.write_text(json.dumps({"media": items}, indent=2) + "\n", "utf-8")
    unfinished.replace(manifest)
    sys.stdout.write(f"wrote {manifest}\n")
    return items


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for the videos and media.json"
    )
    make(parser.parse_args().out)


if __name__ == "__main__":
    main()
