"""The documents of the contract, made from the models: `python -m shared.events.catalogue` writes them anew."""

import json
from pathlib import Path

from shared.events.catalogue.asyncapi import asyncapi
from shared.events.catalogue.page import events_page
from shared.events.catalogue.samples import sample
from shared.events.catalogue.schemas import envelope_schema
from shared.events.event import type_registry
from shared.settings import REPOSITORY

__all__ = ["DOCS", "GOLDEN", "add_missing_goldens", "documents", "golden", "write"]

DOCS = REPOSITORY / "docs"
GOLDEN = REPOSITORY / "tests" / "golden" / "events"


def documents() -> dict[Path, str]:
    """Every generated file, by its path below `docs/`."""
    files = {Path("events.md"): events_page({name: golden(name) for name in type_registry})}
    files[Path("asyncapi.yaml")] = asyncapi()
    for name in type_registry:
        schema = json.dumps(envelope_schema(name), ensure_ascii=False, indent=2, sort_keys=True)
        files[Path("schemas") / f"{name}.schema.json"] = schema + "\n"
    return files


def golden(event_type: str) -> str:
    """The released example of a type, as it is kept for ever. Raises FileNotFoundError where there is none yet."""
    return (GOLDEN / f"{event_type}.json").read_text().strip()


def add_missing_goldens(folder: Path = GOLDEN) -> None:
    """Write the golden file of each type that has none; one that is there is never written again."""
    for name in type_registry:
        path = folder / f"{name}.json"
        if not path.exists():
            path.write_bytes(sample(name).encode() + b"\n")


def write() -> None:
    """Write every document; schemas of types that are no more are removed."""
    add_missing_goldens()
    files = documents()
    for path in (DOCS / "schemas").glob("*.schema.json"):
        if path.relative_to(DOCS) not in files:
            path.unlink()
    for name, text in files.items():
        (DOCS / name).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / name).write_text(text)
