"""The documents of the contract say what the models and the services say."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator, FormatChecker
from pydantic import JsonValue

from shared.events import EventData, type_registry
from shared.events.catalogue import DOCS, documents, golden
from shared.events.catalogue.topics import MEANINGS, RECEIVES, SENDS, is_from_outside, types_of
from shared.playbook import PlaybookFolder
from shared.provisioning import read_topics
from shared.settings import DEPLOY

NAMES = sorted(type_registry)
ASYNCAPI = yaml.safe_load((DOCS / "asyncapi.yaml").read_text())
EVENTS = (DOCS / "events.md").read_text()
SERVICES = ("scoring", "routing", "alerts", "kpi")


def schema(name: str) -> dict[str, JsonValue]:
    return json.loads((DOCS / "schemas" / f"{name}.schema.json").read_text())


def test_the_documents_of_the_contract_are_as_the_models_are() -> None:
    written = documents()
    for path, text in written.items():
        assert (DOCS / path).read_text() == text, f"{path} is stale: run `python -m shared.events.catalogue`"
    assert [path for path in (DOCS / "schemas").glob("*.json") if path.relative_to(DOCS) not in written] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_event_type_tells_a_stranger_what_it_means(name: str) -> None:
    model = type_registry[name]
    assert model.__doc__
    assert model.__doc__ not in [base.__doc__ for base in model.__mro__[1:]]


@pytest.mark.parametrize("name", NAMES)
def test_the_catalogue_has_the_meaning_fields_and_example_of_every_event_type(name: str) -> None:
    (section,) = re.findall(rf"^### {re.escape(name)}\n(.*?)(?=^##|\Z)", EVENTS, re.MULTILINE | re.DOTALL)
    fields = {field.alias or field_name for field_name, field in type_registry[name].model_fields.items()}
    assert " ".join(str(type_registry[name].__doc__).split()) in section
    assert set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE)) == fields
    assert golden(name) in section


@pytest.mark.parametrize("name", NAMES)
def test_every_derived_type_names_the_required_fields_that_it_is_discriminated_by(name: str) -> None:
    model = type_registry[name]
    assert bool(model.discriminated_by) != is_from_outside(model.topic)
    assert set(model.discriminated_by) <= model.model_fields.keys()
    assert not any(model.model_fields[field].alias for field in model.discriminated_by)


@pytest.mark.parametrize("name", NAMES)
def test_the_golden_event_is_valid_by_its_json_schema(name: str) -> None:
    Draft7Validator.check_schema(schema(name))
    assert (
        list(Draft7Validator(schema(name), format_checker=FormatChecker()).iter_errors(json.loads(golden(name)))) == []
    )


@pytest.mark.parametrize(
    "wrong",
    [{"time": 1}, {"id": ""}, {"subject": "a\nb"}, {"type": "other"}, {"specversion": "0.3"}, {"data": []}],
    ids=str,
)
def test_what_we_refuse_is_invalid_by_the_json_schema_too(wrong: dict[str, JsonValue]) -> None:
    event = json.loads(golden("content.downloaded")) | wrong
    assert not Draft7Validator(schema("content.downloaded")).is_valid(event)


def references(node: JsonValue, file: Path) -> Iterator[tuple[Path, str]]:
    """Every `$ref` as (file, pointer)."""
    match node:
        case {"$ref": str(target)}:
            name, _, pointer = target.partition("#")
            yield (file.parent / name if name else file), pointer
        case dict():
            for value in node.values():
                yield from references(value, file)
        case list():
            for value in node:
                yield from references(value, file)


def resolved(file: Path, pointer: str) -> JsonValue:
    node = yaml.safe_load(file.read_text()) if file.suffix == ".yaml" else json.loads(file.read_text())
    for part in pointer.strip("/").split("/") if pointer else []:
        node = node[part]
    return node


def test_every_reference_of_the_documents_leads_somewhere() -> None:
    files = [DOCS / "schemas" / f"{name}.schema.json" for name in NAMES]
    found = {target for file in files for target in references(resolved(file, ""), file)}
    found |= set(references(ASYNCAPI, DOCS / "asyncapi.yaml"))
    assert len(found) > len(NAMES)
    assert [target for target in found if not isinstance(resolved(*target), dict)] == []


def test_asyncapi_has_what_its_version_3_asks_for() -> None:
    assert ASYNCAPI["asyncapi"] == "3.0.0"
    assert ASYNCAPI["info"].keys() >= {"title", "version"}
    assert {operation["action"] for operation in ASYNCAPI["operations"].values()} == {"send", "receive"}
    assert all(operation["channel"].keys() == {"$ref"} for operation in ASYNCAPI["operations"].values())
    assert ASYNCAPI["components"]["messages"].keys() == type_registry.keys()


def test_channels_are_the_topics_as_they_are_made_with_all_their_event_types() -> None:
    assert list(ASYNCAPI["channels"]) == [spec.name for spec in read_topics().topics] == list(MEANINGS)
    for spec in read_topics().topics:
        channel = ASYNCAPI["channels"][spec.name]
        assert list(channel["messages"]) == types_of(spec.name)
        assert channel["bindings"]["kafka"]["partitions"] == spec.partitions
        assert str(channel["bindings"]["kafka"]["topicConfiguration"].get("retention.ms", "")) == spec.config.get(
            "retention.ms", ""
        )


def test_every_event_type_stands_in_a_topic_that_is_made() -> None:
    assert {model.topic for model in type_registry.values()} == {spec.name for spec in read_topics().topics}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_receives_the_topics_that_the_documents_say(service: str) -> None:
    created = import_module(f"services.{service}.app").create()
    subscription, playbook = created.subscription, created.load_playbook(PlaybookFolder.read(DEPLOY / "playbook"))
    assert {topic for topic, services in RECEIVES.items() if service in services} == set(subscription.topics)
    assert (subscription.types(playbook) or set()) <= type_registry.keys()


def emitted(service: str) -> set[type[EventData]]:
    """The event classes of derived events that a service's modules name in order to make them."""
    folder = Path(str(import_module(f"services.{service}").__file__)).parent
    code = "\n".join(path.read_text() for path in folder.glob("*.py"))
    return {
        model for model in type_registry.values() if re.search(rf"\b{model.__name__}(\.model_validate)?\((?!\))", code)
    }


@pytest.mark.parametrize("service", ["scoring", "routing", "alerts"])
def test_a_service_sends_to_the_topics_that_the_documents_say(service: str) -> None:
    derived = {model.topic for model in emitted(service) if model.discriminated_by}
    assert derived == {topic for topic, services in SENDS.items() if service in services} - {"lead.activity.v1"}
