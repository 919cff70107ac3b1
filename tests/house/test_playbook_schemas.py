"""The JSON Schemas of the playbook's files: as the models are, good for the example company, and no rubber stamp."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from services.commands.playbook_schemas import FOLDER, MODELS
from shared.playbook import schema_drift
from shared.playbook.yaml_source import read_yaml

ROOT = Path(__file__).parents[2]
PLAYBOOK = ROOT / "deploy" / "playbook"

WRONG = {
    "alerts": "stale: [{stage: lead, after: 2bd}]",
    "calendars": "calendars: {tokyo: {timezone: Asia/Tokyo, hours: {mon: ['9 to 5']}}}",
    "company": "zone: Asia/Tokyo",
    "kpi": "targets: {win: 25%}",
    "routing": "pools: [{id: a, team: sales}]",
    "scoring": "mql: {treshold: 60}",
    "sla": "clocks: [{id: a, team: is, within: soon}]",
}


def mistakes(name: str, text: str) -> list[str]:
    schema = json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return [error.message for error in Draft202012Validator(schema).iter_errors(read_yaml(text, name).value)]


def test_the_schemas_are_those_of_the_models() -> None:
    assert schema_drift(MODELS, FOLDER) == [], "run python -m services.commands.playbook_schemas"


@pytest.mark.parametrize("name", MODELS)
def test_the_example_companys_file_is_valid(name: str) -> None:
    assert mistakes(name, (PLAYBOOK / f"{name}.yaml").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", MODELS)
def test_an_editor_marks_what_is_wrong(name: str) -> None:
    assert mistakes(name, WRONG[name]) != []


def test_the_editors_settings_name_every_schema() -> None:
    settings = json.loads((ROOT / ".vscode" / "settings.json").read_text(encoding="utf-8"))["yaml.schemas"]
    assert settings == {
        f"{(FOLDER / f'{name}.schema.json').relative_to(ROOT)}": f"**/*playbook*/{name}.yaml" for name in sorted(MODELS)
    }
