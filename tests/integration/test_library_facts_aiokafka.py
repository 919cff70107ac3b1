"""What we measured of aiokafka and rest on: see `test_library_facts.py`."""

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, UnknownError, for_code
from aiokafka.producer.transaction_manager import TransactionManager
from aiokafka.record import memory_records

from shared.record_reader import TotalRecords
from tests.integration.facts import Topic
from tests.servers import KafkaAddress
from tests.support.odd_records import RawName, odd_batch


async def test_a5_an_exception_while_fetching_leaves_the_idle_guard_off_for_good() -> None:
    state = SubscriptionState()
    with pytest.raises(ZeroDivisionError), state.fetch_context():
        raise ZeroDivisionError
    with state.fetch_context():
        pass

    assert state._fetch_count == 1
    assert state.fetcher_idle_time == 0


async def test_a8_an_unexpected_error_while_rebalancing_ends_the_part_in_the_group_for_good(
    topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(GroupCoordinator, "ensure_active_group", broken)
    consumer = AIOKafkaConsumer(
        topic.name, bootstrap_servers=topic.kafka, group_id=topic.group, enable_auto_commit=False
    )
    with pytest.raises(KafkaError, match="Unexpected error during coordination"):
        await consumer.start()

    assert consumer._coordinator._coordination_task.done()
    assert consumer.assignment() == set()
    await consumer.stop()


def test_a18_a_header_name_that_is_no_text_stops_the_reader_each_time_it_comes_there() -> None:
    """`shared/record_reader.py` is for this, and takes the place of these two names."""
    fetched = bytes(odd_batch((b"v", [(RawName("x"), b"1")], 0))._builder.build())

    for _ in range(2):
        with pytest.raises(UnicodeDecodeError):
            next(memory_records.MemoryRecords(fetched).next_batch())
    assert fetcher.MemoryRecords is TotalRecords


@pytest.mark.parametrize("code", [82, 90], ids=["FENCED_INSTANCE_ID", "PRODUCER_FENCED"])
def test_a9_fencing_errors_are_unknown_to_aiokafka(code: int) -> None:
    assert for_code(code) is UnknownError


async def test_a11_a_producer_is_not_idempotent_by_default() -> None:
    producer = AIOKafkaProducer(bootstrap_servers="nowhere:9092")

    assert producer._sender._acks == 1
    assert producer._txn_manager is None
    await producer.stop()


async def test_a13_a_refused_record_leaves_a_gap_in_the_sequence_that_no_retry_closes(
    kafka: KafkaAddress, topic: Topic
):
    """Only a new producer starts again from zero."""
    producer = AIOKafkaProducer(
        bootstrap_servers=topic.kafka, enable_idempotence=True, max_request_size=5_000_000, max_batch_size=5_000_000
    )
    await producer.start()
    with pytest.raises(MessageSizeTooLargeError):
        await producer.send_and_wait(topic.name, b"x" * 2_000_000, partition=0)

    assert producer._txn_manager.sequence_number(TopicPartition(topic.name, 0)) == 1
    await producer.stop()


async def test_a14_sequence_numbers_wrap_below_zero() -> None:
    numbers, place = TransactionManager(None, 1000), TopicPartition("t", 0)
    numbers.increment_sequence_number(place, 2**31 - 1)
    numbers.increment_sequence_number(place, 1)

    assert numbers.sequence_number(place) == -(2**31)
