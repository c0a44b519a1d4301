"""The documentation names files and tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
PATH = re.compile(r"`((?:tests|chowda|docs|examples|bench|lint|migrations|web-client)/[\w./-]+)`")
MODULE = re.compile(r"`((?:\w+/)+\w+\.py)`")
LINK = re.compile(r"\]\(([^)#:]+)\)")


def missing(page: Path, text: str) -> list[str]:
    """The paths, modules and links of a page that do not exist."""
    names = {name for name in PATH.findall(text) if not (ROOT / name).exists()}
    names |= {
        name
        for name in MODULE.findall(text)
        if not any((ROOT / top / name).exists() for top in (".", "chowda"))
    }
    return sorted(names | {link for link in LINK.findall(text) if not (page.parent / link).exists()})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_names_only_existing_files(page: Path) -> None:
    assert missing(page, page.read_text("utf-8")) == []


def test_a_missing_file_is_found() -> None:
    text = "See `tests/unit/test_none.py`, `engine/none.py`, [this](docs/none.md) and `engine/leases.py`."
    assert missing(ROOT / "README.md", text) == ["docs/none.md", "engine/none.py", "tests/unit/test_none.py"]


def test_readme_is_short_and_fits_a_terminal() -> None:
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert len(lines) <= 120
    assert [line for line in lines if len(line) > 120] == []
