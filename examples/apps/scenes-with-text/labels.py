"""The kinds of scenes, named as the Scenes-with-text app of the CLAMS app directory names them."""

from __future__ import annotations

BARS, SLATE, CHYRON = "bars", "slate", "chyron"
LABELS = (BARS, SLATE, CHYRON)
