"""Texts with columns in braces, such as `contact-{mql_id}`; `{{` and `}}` are braces themselves."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from shared.playbook import Text

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]+)\}|[^{}]+|[{}]")
EXPECTED = 'columns are named in braces, such as "contact-{id}"'


def pieces(template: str) -> Iterator[tuple[str, str | None]]:
    """(literal text, None) and ("", column) in their order. Raises ValueError for a brace without its partner."""
    for found in _PIECE.finditer(template):
        if found[1] is not None:
            yield "", found[1]
        elif found[0] in {"{", "}"}:
            raise ValueError(f"a brace has no partner: {EXPECTED}; a brace itself is written twice")
        else:
            yield {"{{": "{", "}}": "}"}.get(found[0], found[0]), None


def columns_of(template: str) -> list[str]:
    """The columns that a template reads."""
    return [column for _, column in pieces(template) if column is not None]


def _unquoted(value: object) -> object:
    if isinstance(value, dict) and len(value) == 1 and list(value.values()) == [None]:
        raise ValueError(f'put it in quotes, "{{{next(iter(value))}}}": braces without quotes are a mapping in YAML')
    return value


def _readable(template: str) -> str:
    list(pieces(template))
    return template


def _reads_columns(template: str) -> str:
    if not columns_of(template):
        raise ValueError(f'this text is the same for every row: {EXPECTED}; did you mean "{{{template}}}"?')
    return template


Template = Annotated[Text, BeforeValidator(_unquoted), AfterValidator(_readable)]
RowTemplate = Annotated[Template, AfterValidator(_reads_columns)]
"""A template that differs from row to row, because it reads a column."""
