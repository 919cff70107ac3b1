"""Fetched records are read whatever a client wrote as the name of a header."""

import pytest
from aiokafka.record.memory_records import MemoryRecords

from shared.record_reader import TotalRecords
from tests.support.odd_records import RawName, odd_batch

ODD_NAME = "\N{REPLACEMENT CHARACTER}" * 2
RECORDS = [
    (b"first", [("ce_type", b"demo.requested")], 1000),
    (b"second", [("a", None), (RawName("x"), b"\xff"), ("b", b"")], 1001),
    (b"third", [], 1002),
    (b"fourth", [(RawName("x"), None)], 1003),
]
PLAIN = [(b"plain", [("a", b"1")], 1004)]


def written(*batches: list[tuple[bytes, list[tuple[str, bytes | None]], int]], compression: int = 0) -> bytes:
    return b"".join(bytes(odd_batch(*records, compression=compression)._builder.build()) for records in batches)


def read(fetched: bytes) -> list[tuple[int, bytes, list[tuple[str, bytes | None]], int]]:
    found, batches = [], TotalRecords(fetched)
    while batches.has_next():
        batch = batches.next_batch()
        assert batch.validate_crc()
        found += [(r.offset, r.value, list(r.headers), r.timestamp) for r in batch]
    return found


@pytest.mark.parametrize("compression", [0, 1], ids=["plain", "gzip"])
def test_a_header_name_that_is_no_text_is_replaced_and_all_else_is_read_as_written(compression: int) -> None:
    found = read(written(PLAIN, RECORDS, PLAIN, compression=compression))

    assert found == [
        (0, b"plain", [("a", b"1")], 1004),
        (0, b"first", [("ce_type", b"demo.requested")], 1000),
        (1, b"second", [("a", None), (ODD_NAME, b"\xff"), ("b", b"")], 1001),
        (2, b"third", [], 1002),
        (3, b"fourth", [(ODD_NAME, None)], 1003),
        (0, b"plain", [("a", b"1")], 1004),
    ]


def test_a_batch_that_was_damaged_on_its_way_is_still_refused() -> None:
    damaged = bytearray(written(RECORDS))
    damaged[-1] ^= 1

    assert not TotalRecords(bytes(damaged)).next_batch().validate_crc()


def test_what_a_batch_tells_of_itself_is_what_aiokafka_reads() -> None:
    ours, theirs = TotalRecords(written(RECORDS)), MemoryRecords(written(RECORDS))
    batch, original = ours.next_batch(), theirs.next_batch()

    assert ours.size_in_bytes() == theirs.size_in_bytes()
    assert ours.has_next() is theirs.has_next() is False
    for name in ("base_offset", "next_offset", "producer_id", "is_control_batch", "is_transactional"):
        assert getattr(batch, name) == getattr(original, name)
    assert next(batch).value == next(original).value == b"first"
    assert ours.next_batch() is None
