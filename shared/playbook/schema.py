"""JSON Schemas of the playbook's files, for completion and red squiggles in editors."""

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def export_schemas(models: Mapping[str, type[BaseModel]], folder: Path) -> list[Path]:
    """Write `<name>.schema.json` of each model, the same bytes each time; returns the paths."""
    written = {_path(name, folder): schema_text(model) for name, model in models.items()}
    for path, text in written.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    return list(written)


def schema_drift(models: Mapping[str, type[BaseModel]], folder: Path) -> list[str]:
    """One line for each schema file that is missing or differs from its model; empty when all are up to date."""
    drift = []
    for name, model in models.items():
        path = _path(name, folder)
        if not path.is_file():
            drift.append(f"{path.name} is missing; export the schemas")
        elif path.read_text(encoding="utf-8") != schema_text(model):
            drift.append(f"{path.name} differs from its model; export the schemas again")
    return drift


def schema_text(model: type[BaseModel]) -> str:
    """The schema as JSON with sorted keys and a newline at the end."""
    schema = {"$schema": DIALECT, **model.model_json_schema(by_alias=True, mode="validation")}
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _path(name: str, folder: Path) -> Path:
    return folder / f"{name}.schema.json"
