"""Every released event version is kept for ever: what was written once can still be read, and is written the same."""

import json
from pathlib import Path

import pytest

from shared.events import decode, type_registry
from shared.events.catalogue import GOLDEN, add_missing_goldens, golden
from shared.events.catalogue.topics import is_from_outside

NAMES = sorted(type_registry)


def test_every_event_type_has_its_golden_file_and_no_other_is_there() -> None:
    assert sorted(path.name.removesuffix(".json") for path in GOLDEN.glob("*.json")) == NAMES


@pytest.mark.row(33)
@pytest.mark.parametrize("name", NAMES)
def test_golden_event_is_read_and_written_without_a_change(name: str) -> None:
    written = golden(name).encode()
    event = decode(written)
    assert event.type == name
    assert type(event.data) is type_registry[name]
    assert not event.data.__pydantic_extra__
    assert json.loads(event.encode()) == json.loads(written)


@pytest.mark.parametrize("name", NAMES)
def test_golden_event_shows_every_field_by_its_name(name: str) -> None:
    declared = {field.alias or field_name for field_name, field in type_registry[name].model_fields.items()}
    shown = json.loads(golden(name))["data"].keys()
    assert declared - shown <= {"rep_id"}


@pytest.mark.parametrize("name", [name for name in NAMES if is_from_outside(type_registry[name].topic)])
def test_an_event_with_no_more_than_its_envelope_is_valid_for_every_activity(name: str) -> None:
    envelope = json.loads(golden(name))
    del envelope["data"]
    assert type(decode(json.dumps(envelope).encode()).data) is type_registry[name]


def test_a_golden_file_that_is_there_is_never_written_again(tmp_path: Path) -> None:
    (tmp_path / "lead.scored.json").write_text("as it was released")
    add_missing_goldens(tmp_path)
    assert (tmp_path / "lead.scored.json").read_text() == "as it was released"
    assert sorted(path.stem for path in tmp_path.iterdir()) == NAMES
