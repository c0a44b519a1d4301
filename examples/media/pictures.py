"""Draws the frames of the example videos: pure functions of what is shown and when."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from programmes import HEIGHT, WIDTH, LowerThird, Segment, Slate

Picture = NDArray[np.uint8]  # HEIGHT x WIDTH x 3, RGB

WHITE = (235, 235, 235)


@lru_cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's own scalable font, so that a machine without any fonts draws the same pixels."""
    loaded = ImageFont.load_default(size=size)
    if isinstance(loaded, ImageFont.FreeTypeFont):
        return loaded
    raise RuntimeError("Pillow was built without FreeType and has no scalable font; install its wheel")


@lru_cache
def bars() -> Picture:
    """Colour bars after SMPTE ECR 1-1978: seven bars at 75 %, the reversed strip, the PLUGE strip."""
    grey, yellow, cyan, green = (191, 191, 191), (191, 191, 0), (0, 191, 191), (0, 191, 0)
    magenta, red, blue, black = (191, 0, 191), (191, 0, 0), (0, 0, 191), (19, 19, 19)
    image = Image.new("RGB", (WIDTH, HEIGHT), black)
    draw = ImageDraw.Draw(image)

    def strip(top: float, bottom: float, parts: list[tuple[tuple[int, int, int], float]]) -> None:
        left = 0.0
        for colour, share in parts:
            right = left + share * WIDTH
            draw.rectangle(
                (round(left), round(top * HEIGHT), round(right) - 1, round(bottom * HEIGHT) - 1), colour
            )
            left = right

    seventh = 1 / 7
    strip(0, 2 / 3, [(c, seventh) for c in (grey, yellow, cyan, green, magenta, red, blue)])
    strip(2 / 3, 3 / 4, [(c, seventh) for c in (blue, black, magenta, black, cyan, black, grey)])
    below = [((0, 33, 76), 5 / 28), ((255, 255, 255), 5 / 28), ((50, 0, 106), 5 / 28), (black, 5 / 28)]
    strip(3 / 4, 1, [*below, ((9, 9, 9), 1 / 21), (black, 1 / 21), ((29, 29, 29), 1 / 21), (black, 1 / 7)])
    return np.asarray(image)


@lru_cache
def slate(card: Slate) -> Picture:
    """A title card: `ledger` is white on dark blue, flush left; `centred` amber on black in a frame."""
    if card.look == "ledger":
        image = Image.new("RGB", (WIDTH, HEIGHT), (14, 18, 44))
        draw = ImageDraw.Draw(image)
        draw.text((64, 46), card.lines[0], WHITE, font(36))
        draw.line((64, 100, WIDTH - 64, 100), (120, 120, 140), 2)
        for row, line in enumerate(card.lines[1:]):
            draw.text((64, 122 + 50 * row), line, WHITE, font(28))
    elif card.look == "centred":
        image = Image.new("RGB", (WIDTH, HEIGHT), (8, 8, 8))
        draw = ImageDraw.Draw(image)
        draw.rectangle((24, 20, WIDTH - 25, HEIGHT - 21), outline=(150, 120, 40), width=3)
        for row, line in enumerate(card.lines):
            draw.text((WIDTH / 2, 82 + 64 * row), line, (240, 196, 80), font(40 if row == 0 else 30), "mm")
    else:
        raise ValueError(f"there is no slate look named {card.look!r}; use ledger or centred")
    return np.asarray(image)


@lru_cache
def gradient(top: tuple[int, int, int], bottom: tuple[int, int, int]) -> Image.Image:
    """From one colour down to another."""
    share = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None, None]
    column = np.array(top, np.float32) * (1 - share) + np.array(bottom, np.float32) * share
    return Image.fromarray(np.repeat(column.astype(np.uint8), WIDTH, axis=1))


def meadow(seconds: float) -> Image.Image:
    """By day: the sun moves, hills, a fence drawn past, a cart in front of it."""
    image = gradient((96, 156, 214), (214, 220, 206)).copy()
    draw = ImageDraw.Draw(image)
    x = 90 + 34 * seconds
    draw.ellipse((x - 32, 40, x + 32, 104), (250, 222, 120))
    for shift, height, colour in ((0.0, 176, (112, 150, 92)), (2.1, 214, (84, 126, 66))):
        ridge = [
            (px, height + 22 * math.sin(px / 96 + shift + 0.22 * seconds)) for px in range(0, WIDTH + 16, 16)
        ]
        draw.polygon([*ridge, (WIDTH, HEIGHT), (0, HEIGHT)], colour)
    offset = (70 * seconds) % 64
    for post in range(-1, WIDTH // 64 + 1):
        left = post * 64 + offset
        draw.rectangle((left, 226, left + 13, 320), (196, 180, 150))
    draw.rectangle((0, 250, WIDTH, 260), (184, 166, 136))
    cart = WIDTH - 70 - 62 * seconds
    draw.rounded_rectangle((cart, 270, cart + 120, 326), 14, (160, 52, 44))
    for wheel in (26, 92):
        draw.ellipse((cart + wheel - 16, 312, cart + wheel + 16, 344), (40, 36, 34))
    return image


def studio(seconds: float) -> Image.Image:
    """Indoors: blinds that sway, discs that bounce, a slow change of light."""
    warmth = int(24 * math.sin(seconds))
    image = gradient((62, 48, 74), (128, 96, 90)).copy()
    draw = ImageDraw.Draw(image)
    for slat in range(9):
        top = 26 + 18 * slat + 3 * math.sin(2 * seconds + slat / 2)
        draw.rectangle((380, top, 600, top + 8), (150 + warmth, 140 + warmth, 120))
    for disc, (colour, radius) in enumerate(
        (((206, 92, 60), 44), ((72, 132, 176), 34), ((222, 190, 92), 26))
    ):
        x = 120 + 90 * disc + 70 * math.sin(0.9 * seconds + disc)
        y = 190 - 80 * abs(math.sin(1.7 * seconds + 1.1 * disc))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), colour)
    draw.polygon([(0, 262), (WIDTH, 236), (WIDTH, HEIGHT), (0, HEIGHT)], (88, 58, 44))
    return image


def night(seconds: float) -> Image.Image:
    """In the dark: a town with lit windows is panned past, the moon stands above it."""
    image = gradient((6, 8, 22), (18, 20, 44)).copy()
    draw = ImageDraw.Draw(image)
    draw.ellipse((470, 34, 526, 90), (222, 222, 206))
    pan = 26 * seconds
    for house in range(-1, 9):
        left = house * 104 - pan % 104
        number = house + int(pan // 104)
        top = 120 + 53 * ((number * 7) % 4)
        draw.rectangle((left, top, left + 92, HEIGHT), (30, 30, 40))
        for row in range(int((HEIGHT - top - 20) // 24)):
            for column in range(4):
                if (number * 5 + row * 3 + column * 7) % 3:
                    x, y = left + 10 + column * 20, top + 12 + row * 24
                    draw.rectangle((x, y, x + 10, y + 13), (226, 196, 112))
    return image


SCENES = {"meadow": meadow, "studio": studio, "night": night}


def with_lower_third(scene: Image.Image, third: LowerThird) -> Image.Image:
    """Puts a see-through band with a name and an office over the scene."""
    band = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
    draw = ImageDraw.Draw(band)
    draw.rectangle((40, 262, 470, 338), (12, 22, 52, 225))
    draw.rectangle((40, 262, 47, 338), (214, 168, 40, 255))
    draw.text((62, 266), third.name, WHITE, font(30))
    draw.text((62, 306), third.role, (214, 214, 224), font(20))
    scene.paste(band, (0, 0), band)
    return scene


def picture(segment: Segment, at_ms: float) -> Picture:
    """The frame of a segment, `at_ms` milliseconds after the segment's beginning."""
    if segment.kind == "bars":
        return bars()
    if segment.kind == "black":
        return np.full((HEIGHT, WIDTH, 3), 8, np.uint8)
    if segment.slate:
        return slate(segment.slate)
    if segment.kind not in SCENES:
        raise ValueError(f"there is no scene named {segment.kind!r}; use one of {', '.join(SCENES)}")
    scene = SCENES[segment.kind](at_ms / 1000)
    for third in segment.lower_thirds:
        if third.start_ms <= at_ms < third.end_ms:
            scene = with_lower_third(scene, third)
    return np.asarray(scene)
