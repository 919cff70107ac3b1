"""Which keys a model knows at a place of a file, read from its JSON Schema."""

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, PydanticUserError
from pydantic.json_schema import PydanticJsonSchemaWarning

from shared.playbook.positions import Path

Schema = Mapping[str, Any]
OTHERS_SAY = {
    "gte": "ge",
    "lte": "le",
    "neq": "ne",
    "nin": "not_in",
    "=": "eq",
    "==": "eq",
    "!=": "ne",
    ">": "gt",
    ">=": "ge",
    "<": "lt",
    "<=": "le",
}
"""What other languages call our words."""
_NUMBER = re.compile(r"[0-9]+")


@lru_cache(maxsize=32)
def _schema_of(model: type[BaseModel]) -> Schema:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PydanticJsonSchemaWarning)
            return model.model_json_schema(by_alias=True, mode="validation")
    except PydanticUserError:  # a field without a JSON Schema costs the suggestion, never the message
        return {}


def known_keys(model: type[BaseModel], path: Path, present: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The keys that may be written in the mapping at the path, in the model's order.

    Where several shapes are allowed there, the one that shares most keys with `present` tells.
    """
    root = _schema_of(model)
    places = list(_shapes(root, root))
    for part in path:
        places = [shape for place in places for inner in _inner(place, part) for shape in _shapes(inner, root)]
    choices = [tuple(place["properties"]) for place in places if place.get("properties")]
    return max(choices, key=lambda keys: len(present & set(keys)), default=())


def _shapes(schema: Schema, root: Schema) -> Iterator[Schema]:
    """The schema, or those it stands for: a reference followed, a union opened."""
    if "$ref" in schema:
        yield from _shapes(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    for union in ("anyOf", "oneOf", "allOf"):
        for member in schema.get(union, ()):
            yield from _shapes(member, root)
    yield schema


def _inner(schema: Schema, part: str | int) -> Iterator[Schema]:
    if isinstance(part, int):
        prefix = schema.get("prefixItems", ())
        candidate = prefix[part] if part < len(prefix) else schema.get("items")
    else:
        candidate = schema.get("properties", {}).get(part) or schema.get("additionalProperties")
    if isinstance(candidate, dict):
        yield candidate


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like this one, if any is alike, whatever the case of the letters.

    Words that differ in their numbers alone, such as rep-03 and rep-10, are names of different things.
    """
    folded = word.casefold()
    by_folded = {name.casefold(): name for name in known}
    if OTHERS_SAY.get(folded) in by_folded:
        return by_folded[OTHERS_SAY[folded]]
    alike = [name for name in by_folded if name == folded or _NUMBER.sub("", name) != _NUMBER.sub("", folded)]
    found = get_close_matches(folded, alike, 1, cutoff=0.6)
    return by_folded[found[0]] if found else None
