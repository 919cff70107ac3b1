"""Every released event version is kept for ever: what was written once can still be read, and is written the same."""

import json
from pathlib import Path

import pytest

from shared.events import decode, type_registry
from shared.events.catalogue import DISCRIMINATORS, DOCS, documents
from shared.events.samples import sample

GOLDEN = Path(__file__).parents[2] / "golden" / "events"
NAMES = sorted(type_registry)
FROM_OUTSIDE = ("lead.activity.v1", "rep.status.v1", "campaign.v1")


def test_every_event_type_has_its_golden_file_and_no_other_is_there() -> None:
    assert sorted(path.name.removesuffix(".json") for path in GOLDEN.glob("*.json")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_golden_event_is_read_and_written_without_a_change(name: str) -> None:
    written = (GOLDEN / f"{name}.json").read_bytes().strip()
    event = decode(written)
    assert event.type == name
    assert type(event.data) is type_registry[name]
    assert json.loads(event.encode()) == json.loads(written)


@pytest.mark.parametrize("name", [name for name in NAMES if type_registry[name].topic in FROM_OUTSIDE])
def test_an_event_with_no_more_than_its_envelope_is_valid_for_every_activity(name: str) -> None:
    envelope = json.loads((GOLDEN / f"{name}.json").read_bytes())
    del envelope["data"]
    assert type(decode(json.dumps(envelope).encode()).data) is type_registry[name]


def test_the_documents_of_the_contract_are_as_the_models_are() -> None:
    for path, text in documents().items():
        assert (DOCS / path).read_text() == text, f"{path} is stale: run `python -m shared.events.catalogue`"
    known = {DOCS / path for path in documents()}
    assert [path for path in (DOCS / "schemas").iterdir() if path not in known] == []


@pytest.mark.parametrize("name", [name for name in NAMES if sample(name).data.discriminator()])
def test_the_catalogue_names_the_discriminator_that_the_model_uses(name: str) -> None:
    data = sample(name).data
    fields = (DISCRIMINATORS.get(name) or DISCRIMINATORS[name.partition(".")[0] + "."]).split(", ")
    assert data.discriminator() == tuple(data.value(field) for field in fields)


@pytest.mark.parametrize("name", NAMES)
def test_every_event_type_tells_a_stranger_what_it_means(name: str) -> None:
    model = type_registry[name]
    assert model.__doc__
    assert model.__doc__ not in [base.__doc__ for base in model.__mro__[1:]]
