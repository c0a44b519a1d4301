"""Looks for words that a newcomer has to translate, and says what to write instead.

Run by `make lint`. Without arguments it reads every file that git tracks; with paths, only those. It covers strings
and comments in Python, everything in TypeScript, Markdown and GraphQL. Exit status 1 if it finds something.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PHRASES = Path(__file__).with_name("phrases.toml")
SUFFIXES = {".py", ".ts", ".tsx", ".md", ".graphql"}
EXCLUDED = ("lint/", "tests/contract/", "tests/unit/test_plain_english.py", "migrations/versions/2026_11")
"The list itself, texts that others wrote, and migrations, which stay as they were released."

PYTHON_TEXT = {tokenize.STRING, tokenize.COMMENT, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase to avoid. `instead`: what to write; `allowed_in`: paths where it is a name."""

    pattern: re.Pattern[str]
    instead: str
    allowed_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A phrase that was found. `line` counts from 1."""

    path: Path
    line: int
    text: str
    instead: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text!r}: write instead: {self.instead}"


def read_phrases(path: Path = PHRASES) -> list[Phrase]:
    """The list, from TOML."""
    entries = tomllib.loads(path.read_text("utf-8"))["phrase"]
    return [
        Phrase(_compiled(entry["find"]), entry["write"], tuple(entry.get("allowed_in", ())))
        for entry in entries
    ]


def _compiled(find: str) -> re.Pattern[str]:
    """A space matches any white space, so that a phrase is found over the end of a line too."""
    return re.compile(rf"\b(?:{find})\b".replace(" ", r"\s+"), re.IGNORECASE)


def prose(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """The parts of a file that are checked, each with the number of its first line."""
    if path.suffix != ".py":
        yield 1, text
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in PYTHON_TEXT:
            yield token.start[0], token.string


def check(path: Path, text: str, phrases: Iterable[Phrase]) -> list[Finding]:
    """What is found in one file, in the order of its lines."""
    findings = []
    phrases = [phrase for phrase in phrases if not str(path).startswith(phrase.allowed_in)]
    for first_line, part in prose(path, text):
        for phrase in phrases:
            for match in phrase.pattern.finditer(part):
                line = first_line + part.count("\n", 0, match.start())
                findings.append(Finding(path, line, " ".join(match.group().split()), phrase.instead))
    return sorted(findings, key=lambda finding: finding.line)


def tracked_files() -> list[Path]:
    """The files that git tracks and that hold prose, relative to the repository."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [
        Path(name)
        for name in listed.splitlines()
        if Path(name).suffix in SUFFIXES and not name.startswith(EXCLUDED) and (ROOT / name).is_file()
    ]


def main(paths: list[str]) -> int:
    """The exit status."""
    phrases = read_phrases()
    chosen = [Path(path) for path in paths] or tracked_files()
    findings = [f for path in chosen for f in check(path, (ROOT / path).read_text("utf-8"), phrases)]
    for finding in findings:
        print(finding)
    if findings:
        print(f"{len(findings)} phrases that a newcomer has to translate. The list is lint/phrases.toml.")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
