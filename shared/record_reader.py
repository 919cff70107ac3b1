"""aiokafka's reader of fetched records, made total: its own stands still for ever at a header name that is not UTF-8.

Kafka holds header names as bytes, and clients in C, Go and others write what they are given. Such a name is read with
replacement characters; all else about the record stays as it is.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy

FIRST_MAGIC_WITH_HEADERS = 2


class TotalRecords:
    """The batches of one fetched partition, in place of aiokafka's `MemoryRecords`."""

    def __init__(self, fetched: bytes) -> None:
        self._fetched = fetched
        self._batches = MemoryRecords(fetched)
        self._taken = 0

    def size_in_bytes(self) -> int:
        return len(self._fetched)

    def has_next(self) -> bool:
        return bool(self._batches.has_next())

    def next_batch(self) -> Any:
        batch = self._batches.next_batch()
        self._taken += 1
        if batch is None or batch.magic < FIRST_MAGIC_WITH_HEADERS:
            return batch
        return _TotalBatch(batch, self._fetched, self._taken - 1)


class _TotalBatch:
    """A batch that is read by aiokafka's compiled reader, and on from a header name it cannot read by the other."""

    def __init__(self, batch: Any, fetched: bytes, number: int) -> None:
        self._batch = batch
        self._fetched = fetched
        self._number = number

    def __getattr__(self, name: str) -> object:
        return getattr(self._batch, name)

    def __next__(self) -> object:
        return next(self._batch)

    def __iter__(self) -> Iterator[object]:
        read = 0
        try:
            for record in self._batch:
                yield record
                read += 1
        except UnicodeDecodeError:
            yield from islice(_leniently(self._fetched, self._number), read, None)


class _LenientBytes(bytearray):
    """Bytes whose slices become text whatever they hold."""

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return _LenientBytes(found) if isinstance(at, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "replace") -> str:
        return super().decode(encoding, errors)


def _leniently(fetched: bytes, number: int) -> Iterator[object]:
    """The records of that batch, by aiokafka's reader in plain Python over lenient bytes."""
    batches = _MemoryRecordsPy(fetched)
    for _ in range(number):
        batches.next_batch()
    batch = _DefaultRecordBatchPy(batches._next_slice)  # noqa: SLF001 - `next_batch` would read it compiled
    batch._maybe_uncompress()  # noqa: SLF001 - so that the bytes below are those of the records
    batch._buffer = _LenientBytes(batch._buffer)  # noqa: SLF001
    return iter(batch)


def install() -> None:
    """Let every consumer of this process read so."""
    fetcher.MemoryRecords = TotalRecords
