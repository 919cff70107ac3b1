"""The documents as the tests look at them: their code blocks, commands, links, headings and tables."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parents[2]
README, README_JA = ROOT / "README.md", ROOT / "README.ja.md"
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHELL = {"bash", "console"}
PROGRAMS = {"baton", "make"}
Command = tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """A fenced block of code."""

    language: str
    text: str


@cache
def tracked() -> tuple[Path, ...]:
    """The files that are, or are about to be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())


@cache
def text_of(path: Path) -> str:
    """The text of a file; nothing where it is none, such as a picture."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def documents() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md"]


def blocks(path: Path) -> list[Block]:
    return [Block(*found) for found in FENCED.findall(text_of(path))]


def prose(path: Path) -> str:
    return FENCED.sub("", text_of(path))


def links(path: Path) -> list[str]:
    """The targets of links and pictures, without what points to a place inside a page."""
    return [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", prose(path))]


def headings(path: Path) -> list[int]:
    """The level of each heading."""
    return [len(marks) for marks in re.findall(r"^(#+) ", prose(path), re.MULTILINE)]


def rows(path: Path) -> list[list[str]]:
    """The cells of every table row."""
    lines = (line for line in prose(path).splitlines() if line.startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def shell_lines(block: Block) -> list[str]:
    """What is typed: the lines after a prompt, or without prompts every line."""
    if block.language == "console":
        return re.findall(r"^\$ (.*)$", block.text, re.MULTILINE)
    return block.text.splitlines() if block.language == "bash" else []


def commands(path: Path) -> list[Command]:
    """Every call of `baton` and `make`, in blocks and in the running text."""
    lines = [line for block in blocks(path) for line in shell_lines(block)]
    lines += re.findall(r"`((?:\.venv/bin/)?(?:baton|make) [^`]+)`", prose(path))
    return [call for line in lines for call in _calls(line)]


def _calls(line: str) -> Iterator[Command]:
    if not any(program in line for program in PROGRAMS):
        return
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    for _, part in groupby(words, lambda word: set(word) <= set("();<>|&")):
        call = [word.rpartition("/")[2] if word.endswith("/baton") else word for word in part]
        for program in PROGRAMS & set(call):
            yield tuple(call[call.index(program) :])
