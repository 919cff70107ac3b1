"""A record as it came from Kafka, owned as bytes: nothing in it can stop the parsing of its neighbours."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from aiokafka.partitioner import murmur2

from shared.events.decoding import binary_attributes

Headers = Sequence[tuple[str, bytes | None]]

LATEST_MS = 253_370_764_800_000
"""The beginning of 9999: arithmetic with an instant stays in the calendar."""
_TYPE = re.compile(rb'"type"\s*:\s*"((?:[^"\\]|\\.)*)"')
_ESCAPED_LETTER = re.compile(rb"\\u00[67]")


class Record(NamedTuple):
    """`topic` is the logical name, without the deployment's prefix; `appended_at` is the broker's append time."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    appended_at: datetime

    @property
    def header_map(self) -> Mapping[str, bytes | None]:
        return dict(self.headers)

    @property
    def body_hash(self) -> bytes:
        return blake2b(self.value or b"", digest_size=8).digest()


def appended_at(timestamp_ms: int) -> datetime:
    """The instant of a record's timestamp; one outside 1970 to 9998, which clients may write, is its nearest end."""
    return datetime.fromtimestamp(min(max(timestamp_ms, 0), LATEST_MS) / 1000, UTC)


def peek_type(record: Record) -> str | None:
    """The event type without validating the record; None where only a full decoding can tell.

    In structured mode the first `"type"` may stand inside the data: a type that a reader declares is decoded and
    checked again, any other is passed over, so only a unique occurrence is trusted to pass a record over, and none
    where an ASCII letter is written as an escape: it may be part of a `type`.
    """
    if attributes := binary_attributes(record.header_map):
        named = attributes.get("ce_type")
        return None if named is None else named.decode("utf-8", "replace")
    body = record.value or b""
    found: list[bytes] = _TYPE.findall(body)
    if len(found) != 1 or b"\\" in found[0] or _ESCAPED_LETTER.search(body):
        return None
    return found[0].decode("utf-8", "replace")


@lru_cache(maxsize=65_536)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key, as Java's and aiokafka's default partitioners choose it (murmur2)."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions
