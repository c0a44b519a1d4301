"""What is a slate, a chyron, bars, and what only looks like it: on pictures that the videos do not have."""

from __future__ import annotations

from collections.abc import Callable

import bars
import cv2
import numpy as np
import pytest
import scenes
import text_lines
from labels import LABELS
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scenes import Judged, Sample

Picture = NDArray[np.uint8]
SIZES = ((640, 360), (640, 480), (320, 240))


def stripes(colours: list[tuple[int, int, int]], size: tuple[int, int] = (640, 480)) -> Picture:
    row = [colours[x * len(colours) // size[0]] for x in range(size[0])]
    return np.array([row] * size[1], np.uint8)


EBU = stripes(
    [
        (255, 255, 255),
        (255, 255, 0),
        (0, 255, 255),
        (0, 255, 0),
        (255, 0, 255),
        (255, 0, 0),
        (0, 0, 255),
        (0, 0, 0),
    ]
)


def noisy(picture: Picture, seed: int, level: float = 8) -> Picture:
    """As from a worn tape."""
    noise = np.random.default_rng(seed).normal(0, level, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def page(
    lines: list[str],
    size: tuple[int, int] = (640, 480),
    ink: tuple[int, int, int] = (240, 240, 240),
    ground: tuple[int, int, int] = (10, 10, 60),
    top: float = 0.15,
    step: float = 0.13,
) -> Picture:
    """Lines of text below each other, from `top` on, a `step` apart (shares of the height)."""
    image = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        at = (size[0] * 0.1, size[1] * (top + step * row))
        draw.text(at, line, ink, ImageFont.load_default(size=round(size[1] * step * 0.6)))
    return np.asarray(image)


def signs(words: list[str], places: list[tuple[int, int]]) -> Picture:
    """Plates with a word each, x and y from their upper left corner, before a wall of light and dark blocks."""
    blocks = np.random.default_rng(5).integers(0, 255, (6, 8)).astype(np.uint8)
    image = Image.fromarray(np.kron(blocks, np.ones((80, 80), np.uint8))).convert("RGB")
    draw = ImageDraw.Draw(image)
    for word, (x, y) in zip(words, places, strict=True):
        draw.rectangle((x - 12, y - 4, x + 26 * len(word), y + 44), (20, 20, 20))
        draw.text((x, y), word, (240, 240, 240), ImageFont.load_default(size=36))
    return np.asarray(image)


CARD = ["The Long Winter", "Part 3 of 6", "June 9, 1981", "Reel 17-B"]


def label(still: Callable[[int], Picture]) -> str | None:
    """The label of the middle one of three pictures, half a second apart; `still` takes its number."""
    samples = [Sample(500 * number, still(number)) for number in range(3)]
    return list(scenes.judge(samples))[1].label


@pytest.mark.parametrize("change", [lambda p: p, lambda p: noisy(p, 1, 12), lambda p: p // 4 * 3 + 16])
def test_european_bars_are_bars_too_and_noise_and_level_do_not_matter(
    change: Callable[[Picture], Picture],
) -> None:
    assert bars.score(change(EBU)) > 0.8


def test_bars_with_something_in_front_of_them_are_no_bars() -> None:
    covered = EBU.copy()
    covered[40:140, :320] = np.roll(EBU, 200, axis=1)[40:140, :320]
    assert bars.score(covered) == 0


def test_bars_between_black_borders_are_bars() -> None:
    assert bars.score(np.pad(EBU, ((0, 0), (80, 80), (0, 0)))) > 0.8


@pytest.mark.parametrize(
    "picture",
    [
        stripes([(k, k, k) for k in range(255, 0, -36)]),  # a grey staircase
        stripes([(200, 30, 30), (240, 240, 240)] * 4),  # an awning
        stripes([(0, 0, 255), (255, 255, 255), (255, 0, 0)]),  # a flag
        np.swapaxes(EBU, 0, 1),  # the bars lie on their side
        np.zeros((480, 640, 3), np.uint8),
    ],
    ids=["staircase", "awning", "flag", "sideways", "black"],
)
def test_other_stripes_are_no_bars(picture: Picture) -> None:
    assert bars.score(np.ascontiguousarray(picture)) == 0


@pytest.mark.parametrize("size", SIZES)
def test_a_still_page_of_text_is_a_slate_whether_light_on_dark_or_dark_on_light(
    size: tuple[int, int],
) -> None:
    assert label(lambda _: page(CARD, size)) == "slate"
    assert label(lambda _: page(CARD, size, (20, 20, 20), (200, 200, 190))) == "slate"


def test_a_slate_is_seen_through_noise_and_blur() -> None:
    soft = cv2.GaussianBlur(page(CARD), (0, 0), 1.2)
    assert label(lambda number: noisy(soft, number)) == "slate"


def test_credits_that_roll_are_no_slate() -> None:
    assert label(lambda number: page(CARD, top=0.35 - 0.05 * number)) is None


def test_two_lines_are_no_slate_however_far_apart_they_are() -> None:
    assert label(lambda _: page(CARD[:2], top=0.4)) is None
    assert label(lambda _: page([CARD[0], "", "", CARD[3]], top=0.1)) is None


def test_three_lines_close_together_are_no_slate() -> None:
    assert label(lambda _: page(CARD[:3], top=0.3, step=0.07)) is None


def test_a_still_street_with_signs_is_neither_a_slate_nor_a_chyron() -> None:
    street = signs(["BAKERY", "HOTEL", "BARBER"], [(60, 40), (320, 130), (90, 230)])
    assert len(text_lines.find(cv2.cvtColor(street, cv2.COLOR_RGB2GRAY))[0]) == 3
    assert label(lambda _: street) is None
    corner = signs(["BAKERY", "HOTEL"], [(20, 320), (480, 420)])
    assert len(text_lines.find(cv2.cvtColor(corner, cv2.COLOR_RGB2GRAY))[0]) == 2
    assert label(lambda _: corner) is None


def test_lines_that_stay_low_in_a_moving_picture_are_a_chyron() -> None:
    def talk(number: int) -> Picture:
        picture = page(["Nora Feld", "Mayor"], top=0.7).copy()
        cv2.circle(picture, (200 + 80 * number, 150), 70, (180, 140, 120), -1)
        return picture

    assert label(talk) == "chyron"


def test_a_line_that_runs_through_the_lower_third_is_no_chyron() -> None:
    def ticker(number: int) -> Picture:
        return np.roll(page(["markets close higher for a third day"], top=0.8), -37 * number, axis=1)

    assert label(ticker) is None


def test_text_high_in_the_picture_is_no_chyron() -> None:
    assert label(lambda _: page(["Channel Nine"], top=0.05)) is None


@pytest.mark.parametrize("mark", [(12, 16), (6, 20), (20, 10)])
def test_rows_of_one_repeated_mark_are_no_text(mark: tuple[int, int]) -> None:
    picture = np.full((360, 640), 20, np.uint8)
    for y in range(20, 330, 40):
        for x in range(20, 600, mark[0] + 10):
            picture[y : y + mark[1], x : x + mark[0]] = 210
    assert text_lines.find(picture)[0] == []


def test_letters_that_stand_on_no_line_are_no_text() -> None:
    def letters(jump: int) -> Picture:
        image = Image.new("L", (640, 360), 20)
        draw = ImageDraw.Draw(image)
        for number, letter in enumerate("SCATTEREDABOUT"):
            at = (60 + 30 * number, 150 + jump * (0, 7, 3, 9, 5)[number % 5])
            draw.text(at, letter, 220, ImageFont.load_default(size=28))
        return np.asarray(image)

    assert len(text_lines.find(letters(0))[0]) == 1
    assert text_lines.find(letters(1))[0] == []


def test_marks_on_an_uneven_ground_are_no_text() -> None:
    leaves = cv2.GaussianBlur(noisy(np.full((360, 640, 3), 128, np.uint8), 3, 120), (0, 0), 2.2)
    stretched = cv2.normalize(leaves, np.empty_like(leaves), 0, 255, cv2.NORM_MINMAX)
    assert label(lambda _: stretched) is None


@pytest.mark.parametrize("card", [CARD, [line.upper() for line in CARD]])
def test_lines_are_told_once_from_top_to_bottom_with_their_places(card: list[str]) -> None:
    lines, mask = text_lines.find(cv2.cvtColor(page(card), cv2.COLOR_RGB2GRAY))
    assert len(lines) == 4
    assert [line.top for line in lines] == sorted(line.top for line in lines)
    assert all(55 <= line.left <= 80 for line in lines)
    assert mask[lines[0].top : lines[0].bottom].any()
    assert not mask[: lines[0].top].any()


def judged(label: str | None, at_ms: int, strokes: Picture | None = None) -> Judged:
    scores = {name: float(name == label) for name in LABELS}
    return Judged(at_ms, scores, strokes)


FIRST, SECOND = np.eye(90, 160, dtype=np.uint8) * 200, np.eye(90, 160, 40, dtype=np.uint8) * 200


def spans(found: list[scenes.Scene]) -> list[tuple[str, int, int]]:
    return [(scene.label, scene.start_ms, scene.end_ms) for scene in found]


def test_a_text_that_follows_another_begins_a_new_scene() -> None:
    run = [judged("chyron", 500 * n, FIRST if n < 4 else SECOND) for n in range(8)]
    assert spans(scenes.join(run, LABELS, 0)) == [("chyron", 0, 1500), ("chyron", 2000, 3500)]


def test_one_sample_without_a_label_does_not_cut_a_scene_in_two_but_two_do() -> None:
    def run(missing: set[int]) -> list[Judged]:
        return [judged(None if n in missing else "bars", 500 * n) for n in range(8)]

    assert spans(scenes.join(run({3}), LABELS, 0)) == [("bars", 0, 3500)]
    assert spans(scenes.join(run({3, 4}), LABELS, 0)) == [("bars", 0, 1000), ("bars", 2500, 3500)]


def test_scenes_that_are_too_short_or_not_asked_for_are_left_out() -> None:
    run = [judged("bars" if n < 3 else "slate", 500 * n, FIRST if n >= 3 else None) for n in range(8)]
    assert spans(scenes.join(run, LABELS, 1000)) == [("bars", 0, 1000), ("slate", 1500, 3500)]
    assert spans(scenes.join(run, LABELS, 1500)) == [("slate", 1500, 3500)]
    assert spans(scenes.join(run, ["bars"], 0)) == [("bars", 0, 1000)]


def test_the_representative_is_the_clearest_sample_and_among_equals_the_middle_one() -> None:
    equal = scenes.join([judged("bars", 500 * n) for n in range(5)], LABELS, 0)[0]
    assert equal.representative().at_ms == 1000
    dull = [
        Judged(500 * n, {"bars": 0.9 if n == 4 else 0.8, "slate": 0, "chyron": 0}, None) for n in range(5)
    ]
    assert scenes.join(dull, LABELS, 0)[0].representative().at_ms == 2000


def test_pictures_are_judged_alike_however_close_together_they_are_taken() -> None:
    def drift(at_ms: int) -> Picture:
        return np.roll(page(CARD), -at_ms // 20, axis=0)  # credits, 50 pixels a second

    close = list(scenes.judge(Sample(40 * n, drift(40 * n)) for n in range(40)))
    assert {one.label for one in close} == {None}
