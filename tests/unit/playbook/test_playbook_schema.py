"""The JSON Schemas that editors complete playbook files with."""

import json
from pathlib import Path

from shared.playbook import PlaybookModel, export_schemas, schema_drift


def test_exported_schemas_are_the_same_bytes_each_time(tmp_path: Path, rules_model: type[PlaybookModel]) -> None:
    (path,) = export_schemas({"rules": rules_model}, tmp_path)
    first = path.read_bytes()
    export_schemas({"rules": rules_model}, tmp_path)
    assert path == tmp_path / "rules.schema.json"
    assert path.read_bytes() == first
    assert first.endswith(b"}\n")


def test_an_editor_learns_keys_choices_and_the_shapes_of_conditions(
    tmp_path: Path, rules_model: type[PlaybookModel]
) -> None:
    (path,) = export_schemas({"rules": rules_model}, tmp_path)
    schema = json.loads(path.read_text(encoding="utf-8"))
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == {"version", "rules", "hours", "country"}
    assert "changed_to" in schema["$defs"]["Comparison"]["properties"]["op"]["enum"]
    assert set(schema["$defs"]["Not"]["properties"]) == {"not"}


def test_a_schema_that_is_missing_or_stale_is_noticed(
    tmp_path: Path, rules_model: type[PlaybookModel], required_model: type[PlaybookModel]
) -> None:
    export_schemas({"rules": rules_model}, tmp_path)
    assert schema_drift({"rules": rules_model}, tmp_path) == []
    assert schema_drift({"rules": required_model, "mql": required_model}, tmp_path) == [
        "rules.schema.json differs from its model; export the schemas again",
        "mql.schema.json is missing; export the schemas",
    ]
