"""The guide to importing can be followed to the letter, and it names every key that a mapping may have."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from yaml import safe_load

from services.commands.mapping.model import EventEntry, FieldEntry, FileEntry, JoinEntry, MappingFile, WhenEntry
from tests.house.documents import ROOT, blocks, rows, text_of
from tests.house.test_commands_of_the_docs import answer_of

GUIDE = ROOT / "docs/importing.md"
NAMED_FILE = re.compile(r"^`(exports/[\w.]+)`[^\n]*:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MODELS = (MappingFile, FileEntry, JoinEntry, EventEntry, WhenEntry, FieldEntry)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder as the guide expects it: the example playbook, and the files that the guide shows."""
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    (tmp_path / "exports").mkdir()
    for name, text in NAMED_FILE.findall(text_of(GUIDE)):
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def keys_in(value: object) -> Iterator[str]:
    """Every key at any depth."""
    match value:
        case dict():
            for key, inner in value.items():
                yield str(key)
                yield from keys_in(inner)
        case list():
            for inner in value:
                yield from keys_in(inner)


def test_what_the_guide_to_importing_prints_is_what_its_commands_print(checkout: Path) -> None:
    (session,) = [block.text for block in blocks(GUIDE) if block.language == "console"]
    typed = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", session, re.MULTILINE)

    assert [line.split()[1] for line, _ in typed if line.startswith("baton")] == ["import", "replay"]
    for line, said in typed:
        assert answer_of(line, checkout) == said.splitlines(), line


def test_a_mistake_in_the_mapping_is_told_with_its_place_as_the_guide_says(checkout: Path) -> None:
    mapping = checkout / "exports/mapping.yaml"
    mapping.write_text(mapping.read_text("utf-8").replace('"{name}"', '"{nane}"'), "utf-8")

    (said,) = answer_of("baton import exports/mapping.yaml --out exports/events.jsonl", checkout)

    assert f"`{said}`" in text_of(GUIDE)


def test_every_key_of_a_mapping_is_explained_and_shown_in_the_example(checkout: Path) -> None:
    keys = {name for model in MODELS for name in model.model_fields}
    explained = {cell.strip("`") for cell, *_ in rows(GUIDE)}
    shown = set(keys_in(safe_load((checkout / "exports/mapping.yaml").read_text("utf-8"))))

    assert keys - explained == set()
    assert keys - shown == set()


def test_every_kind_of_field_and_time_is_named(checkout: Path) -> None:
    kinds = FieldEntry.model_json_schema()["properties"]["type"]["enum"]
    (row,) = [cells for cells in rows(GUIDE) if cells[0] == "`type`" and "`money`" in cells[1]]

    assert [f"`{kind}`" for kind in kinds if f"`{kind}`" not in row[1]] == []
