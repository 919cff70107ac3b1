"""What the docs tell people to type exists, and does what they say."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from services.cli import app
from tests.house.documents import README, README_JA, ROOT, SHELL, Command, blocks, commands, documents, prose
from tests.house.terminal_excerpt import PRINTED, excerpt

NOT_BUILT = re.compile(r"^- (?:Not built yet: |まだないコマンド：)(.*)$", re.MULTILINE)
BATON = typer.main.get_command(app)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def understood(words: Command) -> None:
    """Parse a call of `baton` as it would be parsed, without doing it. Raises for what it does not know."""
    command, rest = BATON, list(words)
    while rest and (subcommands := getattr(command, "commands", None)):
        command = subcommands.get(rest[0])
        assert command is not None, f"baton has no command {' '.join(words)}"
        rest = rest[1:]
    if rest:
        command.make_context(words[0], rest)


def unbuilt(path: Path) -> set[str]:
    found = NOT_BUILT.search(prose(path))
    return set(re.findall(r"`baton ([a-z]+)`", found[1])) if found else set()


@pytest.mark.parametrize("guide", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_in_the_docs_exists(guide: Path) -> None:
    for program, *words in commands(guide):
        if program == "make":
            assert set(words) <= TARGETS, f"make {words}"
        elif words[0] not in unbuilt(README):
            understood(tuple(words))


def test_what_the_readmes_call_missing_is_missing() -> None:
    assert unbuilt(README) == unbuilt(README_JA)
    assert unbuilt(README) & set(getattr(BATON, "commands", {})) == set()


def test_every_target_of_make_calls_a_command_that_exists() -> None:
    called = re.findall(r"^\t@\$\(BIN\)/baton (\w+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert called
    for name in called:
        understood((name,))


def test_commands_of_the_readme_print_what_it_says(tmp_path: Path) -> None:
    for name in ("deploy", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    sessions = [block.text for block in blocks(README) if block.language == "console"]
    typed = [
        (line, said)
        for text in sessions
        for line, said in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE)
    ]
    assert any(line.startswith("baton") for line, _ in typed)
    for line, said in typed:
        assert answer_of(line, tmp_path) == said.splitlines(), line


def answer_of(line: str, folder: Path) -> list[str]:
    """What the shell prints, without blank lines."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BATON_")}
    run = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=environment | {"PATH": path, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return [printed for printed in run.stdout.splitlines() if printed.strip()]


@pytest.mark.parametrize("readme", [README, README_JA], ids=lambda path: path.name)
def test_terminal_output_in_the_readme_is_what_the_demo_printed(readme: Path) -> None:
    (shown,) = [block.text for block in blocks(readme) if block.language == "text"]
    assert shown == excerpt(PRINTED.read_text()), "write it anew: python -m tests.house.terminal_excerpt"


def test_both_readmes_show_the_same_commands() -> None:
    assert [b for b in blocks(README_JA) if b.language in SHELL] == [b for b in blocks(README) if b.language in SHELL]
