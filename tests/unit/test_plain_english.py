"""The check that keeps dialect out of the code, the pages and the docs."""

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "lint/plain_english.py"


def load() -> object:
    spec = importlib.util.spec_from_file_location("plain_english", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "text", "line", "found"),
    [
        ("a.py", '"""Fine."""\n\n\ndef f():\n    """The client is\n    told of it."""\n', 6, "told"),
        ("a.py", "x = 1  # whoever reads this\n", 1, "whoever"),
        ("a.py", "x = f'{1} is Nobody here'\n", 1, "Nobody"),
        ("a.tsx", "<p>\n  What became of it\n</p>\n", 2, "What became of"),
        ("a.md", "Text.\n\nIt is held\nfor dead.\n", 3, "held for dead"),
        ("a.graphql", '"""Pages that lately\nchanged."""\ntype A { b: Int }\n', 1, "lately"),
    ],
)
def test_finds_a_phrase_and_its_line(name: str, text: str, line: int, found: str) -> None:
    module = load()
    findings = module.check(Path(name), text, module.read_phrases())  # type: ignore[attr-defined]
    assert [(finding.line, finding.text) for finding in findings] == [(line, found)]
    assert "write instead:" in str(findings[0])


@pytest.mark.parametrize("text", ["told = whoever\n", "x = 'a retold story, untold; mendacious'\n"])
def test_ignores_python_names_and_longer_words(text: str) -> None:
    module = load()
    assert module.check(Path("a.py"), text, module.read_phrases()) == []  # type: ignore[attr-defined]


def test_main_exits_with_1_for_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = load()
    clean, odd = tmp_path / "clean.md", tmp_path / "odd.md"
    clean.write_text("Plain words.\n")
    odd.write_text("Nobody is told.\n")
    assert module.main([str(clean)]) == 0  # type: ignore[attr-defined]
    assert capsys.readouterr().out == ""
    assert module.main([str(clean), str(odd)]) == 1  # type: ignore[attr-defined]
    out = capsys.readouterr().out
    assert f"{odd}:1: 'Nobody'" in out
    assert "2 phrases" in out
