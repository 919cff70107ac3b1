"""A plain event, and what becomes of it when something about it is changed."""

import json
from collections.abc import Mapping

import pytest

from shared.events import InvalidEventError, decode

PLAIN = {
    "specversion": "1.0",
    "id": "8c1",
    "source": "urn:ma:hubspot",
    "type": "content.downloaded",
    "subject": "lead-42",
    "time": "2026-04-01T09:12:33+09:00",
    "data": {"asset_id": "wp-7", "kind": "case_study"},
}


def written(**changed: object) -> bytes:
    return json.dumps({**PLAIN, **changed}).encode()


def refusal(value: bytes | None, headers: Mapping[str, bytes | None] | None = None) -> str:
    """The words in which a record is refused."""
    with pytest.raises(InvalidEventError) as caught:
        decode(value, headers)
    return str(caught.value)
