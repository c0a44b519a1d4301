"""The examples in the help of each command, and in the documents, are valid commands."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from chowda.cli.main import app

ROOT: Any = get_command(app)
NOUNS = {"apps", "pipelines", "media", "collections", "batches", "runs", "mmif"}
DOCUMENTS = [
    Path(__file__).parents[3] / name for name in ("README.md", "docs/command-line.md", "docs/operate.md")
]
ENVIRONMENT = re.compile(r"[A-Z_]+=\S*")
PLACEHOLDERS = {"PRIORITY": "1", "N": "1"}


def leaves(group: Any = ROOT, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from leaves(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(leaves())


def parse(line: str) -> str:
    """The name of the command. Raises Typer's error for invalid arguments."""
    words = shlex.split(line, comments=True)
    while ENVIRONMENT.fullmatch(words[0]):
        words.pop(0)
    assert words.pop(0) == "chowda", line
    command, path = ROOT, []
    while hasattr(command, "commands") and words:
        path.append(words.pop(0))
        command = command.commands[path[-1]]
    if not hasattr(command, "commands"):
        command.make_context(path[-1], [PLACEHOLDERS.get(word, word) for word in words])
    return " ".join(path)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_each_command_has_a_valid_example(name: str) -> None:
    examples = re.findall(r"Example: (.+)", COMMANDS[name].help)

    assert examples, "its help has no example"
    for example in examples:
        assert parse(example) == name


def test_an_example_with_an_unknown_option_is_refused() -> None:
    with pytest.raises(Exception, match=r"No such option: --from-stop|--from-stop"):
        parse("chowda runs retry prun-4k --from-stop 2")


def test_every_noun_has_a_group_with_list_and_show() -> None:
    assert set(ROOT.commands) >= NOUNS
    for noun in NOUNS:
        assert set(ROOT.commands[noun].commands) >= {"list", "show"}
        assert ROOT.commands[noun].help


@pytest.mark.parametrize(
    "name", [name for name in COMMANDS if name.endswith(" list") or name.endswith(" show")]
)
def test_every_list_and_show_command_has_json_and_csv(name: str) -> None:
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts}

    assert options >= {"--json", "--csv"}
    if name.endswith(" list"):
        assert options >= {"--limit", "--all", "--sort"}


def test_the_commands_in_the_documents_are_valid() -> None:
    lines = [
        (path.name, line.strip())
        for path in DOCUMENTS
        for line in path.read_text("utf-8").splitlines()
        if re.match(r"    (?:[A-Z_]+=\S* )?chowda [a-z]", line)
    ]

    assert len(lines) > 20
    for _, line in lines:
        parse(line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("chowda col", {"collections"}),
        ("chowda runs re", {"resume", "retry"}),
        ("chowda runs list --st", {"--status"}),
        ("chowda runs list --status FA", {"FAILED"}),
        ("chowda media import --at", {"--atomic"}),
    ],
)
def test_a_shell_completes_nouns_actions_options_and_states(line: str, expected: set[str]) -> None:
    words = line.split(" ")
    environment = {
        **os.environ,
        "_CHOWDA_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    command = str(Path(sys.executable).with_name("chowda"))

    completed = subprocess.run([command], env=environment, capture_output=True, text=True, check=True)

    assert set(completed.stdout.split()) == expected


def test_the_completion_can_be_installed(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command = [str(Path(sys.executable).with_name("chowda")), "--install-completion", "bash"]

    completed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    assert "bash completion installed in" in completed.stdout
    [script] = (tmp_path / ".bash_completions").iterdir()
    assert "_CHOWDA_COMPLETE=complete_bash" in script.read_text()
    assert str(script) in (tmp_path / ".bashrc").read_text()
