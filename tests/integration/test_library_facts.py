"""What we measured of FastStream and rest on. An upgrade that changes a fact turns its test red: read
`shared/lanes.py`, `publisher.py`, `db.py` and `errors.py` again before you change the test."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage, TestKafkaBroker
from faststream.kafka.annotations import KafkaMessage as Incoming

from shared.lanes import raw_decoder, safe_parser
from tests.integration.facts import Topic
from tests.integration.tiny import make_topic, until

POLICIES = list(AckPolicy)
pytestmark = pytest.mark.filterwarnings("ignore:AckPolicy.REJECT_ON_ERROR has the same effect:UserWarning")


def test_f1_the_default_policy_acknowledges_before_the_handler_and_starts_at_the_end() -> None:
    subscriber = KafkaBroker("nowhere:9092").subscriber("t")

    assert subscriber.ack_policy is AckPolicy.ACK_FIRST
    defaults = subscriber._connection_args
    assert defaults["enable_auto_commit"] is True
    assert defaults["auto_offset_reset"] == "latest"
    assert defaults["session_timeout_ms"] == 10_000
    assert defaults["rebalance_timeout_ms"] is None


@pytest.mark.parametrize("policy", POLICIES, ids=[policy.name for policy in POLICIES])
def test_f1_only_ack_first_commits_by_itself(policy: AckPolicy) -> None:
    subscriber = KafkaBroker("nowhere:9092").subscriber("t", group_id="g", ack_policy=policy)

    assert subscriber._connection_args["enable_auto_commit"] is (policy is AckPolicy.ACK_FIRST)


async def test_f2_ack_commits_everything_that_was_handed_out_on_all_partitions(topic: Topic) -> None:
    async def handle(message: Incoming) -> None:
        topic.seen.append(message.raw_message.partition)
        if len(topic.seen) == 2:
            await message.ack()

    await topic.send(b"one", partition=0)
    await topic.send(b"two", partition=1)
    async with topic.read(handle):
        await until(lambda: topic.committed_is(1))


@pytest.mark.parametrize("batch", [False, True], ids=["single", "batch"])
@pytest.mark.parametrize("policy", [AckPolicy.ACK, AckPolicy.REJECT_ON_ERROR], ids=["ACK", "REJECT_ON_ERROR"])
async def test_f3_these_policies_commit_a_record_whose_handler_failed(
    topic: Topic, policy: AckPolicy, batch: bool
) -> None:
    async def handle(message: Incoming) -> None:
        topic.seen.append(message.message_id)
        raise ZeroDivisionError

    await topic.send(b"bad")
    async with topic.read(handle, ack_policy=policy, batch=batch):
        await until(lambda: topic.committed_is(1))

    assert len(topic.seen) == 1


@pytest.mark.parametrize("batch", [False, True], ids=["single", "batch"])
async def test_f3_nack_on_error_repeats_a_bad_record_at_once_and_for_ever(topic: Topic, batch: bool) -> None:
    async def handle(message: Incoming) -> None:
        topic.seen.append(message.message_id)
        raise ZeroDivisionError

    await topic.send(b"bad", b"good")
    async with topic.read(handle, ack_policy=AckPolicy.NACK_ON_ERROR, batch=batch, max_records=1):
        await until(lambda: len(topic.seen) >= 5)

    assert len(set(topic.seen)) == 1
    assert await topic.committed() is None


@pytest.mark.parametrize("batch", [False, True], ids=["single", "batch"])
async def test_f4_manual_passes_over_a_record_whose_handler_failed(topic: Topic, batch: bool) -> None:
    async def handle(message: Incoming) -> None:
        topic.seen.append(message.message_id)
        if len(topic.seen) == 1:
            raise ZeroDivisionError
        await message.ack()

    await topic.send(b"bad")
    async with topic.read(handle, ack_policy=AckPolicy.MANUAL, batch=batch):
        await until(lambda: len(topic.seen) == 1)
        await topic.send(b"good")
        await until(lambda: topic.committed_is(2))

    assert len(set(topic.seen)) == 2


@pytest.mark.parametrize("value", [None, b"\xff"], ids=["null", "not UTF-8"])
@pytest.mark.parametrize("batch", [False, True], ids=["single", "batch"])
async def test_f5_its_own_parser_loses_a_record_with_an_odd_header(
    topic: Topic, batch: bool, value: bytes | None
) -> None:
    async def handle(message: Incoming) -> None:
        raw = message.raw_message
        topic.seen += [r.value for r in (raw if batch else (raw,))]
        await message.ack()

    async with topic.read(handle, batch=batch) as broker:
        await topic.send(b"odd", headers=[("h", value)])
        await until(lambda: _has_read(broker, topic, 1))
        await topic.send(b"even")
        await until(lambda: topic.committed_is(2))

    assert topic.seen == [b"even"]


async def test_our_parser_and_decoder_hand_over_bad_headers_tombstones_and_bad_json(topic: Topic) -> None:
    async def handle(message: Incoming) -> None:
        topic.seen += [(r.value, tuple(r.headers)) for r in message.raw_message]

    await topic.send(b"{", headers=[("h", None), ("h", b"\xff")])
    await topic.send(None, b"\xff\xfe", b"")
    async with topic.read(handle, batch=True, parser=safe_parser, decoder=raw_decoder, no_reply=True):
        await until(lambda: len(topic.seen) == 4)

    assert topic.seen == [(b"{", (("h", None), ("h", b"\xff"))), (None, ()), (b"\xff\xfe", ()), (b"", ())]


async def test_f6_one_undecodable_record_keeps_its_whole_batch_from_the_handler(topic: Topic) -> None:
    async def handle(bodies: list[dict[str, int]], message: Incoming) -> None:
        topic.seen += bodies
        await message.ack()

    await topic.send(b'{"n": 1}', b"[1]", b'{"n": 2}')
    async with topic.read(handle, batch=True, batch_timeout_ms=500) as broker:
        await until(lambda: _has_read(broker, topic, 3))
        await topic.send(b'{"n": 3}')
        await until(lambda: topic.committed_is(4))

    assert {"n": 1} not in topic.seen or {"n": 2} not in topic.seen
    assert topic.seen[-1] == {"n": 3}


async def _has_read(broker: KafkaBroker, topic: Topic, offset: int) -> bool:
    consumer = broker.subscribers[0].consumer
    place = TopicPartition(topic.name, 0)
    return place in consumer.assignment() and await consumer.position(place) >= offset


async def test_f7_a_failed_commit_is_swallowed(topic: Topic, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object) -> None:
        topic.seen.append("commit")
        raise CommitFailedError

    async def handle(body: bytes) -> None:
        topic.seen.append(body)

    monkeypatch.setattr(AIOKafkaConsumer, "commit", fails)
    async with topic.read(handle, ack_policy=AckPolicy.ACK):
        await topic.send(b"one")
        await until(lambda: len(topic.seen) == 2)
        await topic.send(b"two")
        await until(lambda: len(topic.seen) == 4)

    assert topic.seen == [b"one", "commit", b"two", "commit"]


async def test_f8_records_of_two_partitions_have_the_same_message_id(topic: Topic) -> None:
    async def handle(message: Incoming) -> None:
        topic.seen.append(message.message_id)

    for partition in (0, 1):
        await topic.send(b"x", partition=partition, timestamp_ms=1_700_000_000_000)
    async with topic.read(handle):
        await until(lambda: len(topic.seen) == 2)

    assert topic.seen == ["0-1700000000000"] * 2


@pytest.mark.parametrize(("graceful", "waited"), [(None, False), (30, True)], ids=["none is no wait", "a number waits"])
async def test_f13_graceful_timeout_none_does_not_wait_for_the_handler(
    topic: Topic, graceful: float | None, waited: bool
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def handle(body: bytes) -> None:
        begun.set()
        await go_on.wait()
        topic.seen.append(body)

    broker = KafkaBroker(topic.kafka, logger=None, graceful_timeout=graceful)
    broker.subscriber(topic.name, group_id=topic.group, auto_offset_reset="earliest", ack_policy=AckPolicy.MANUAL)(
        handle
    )
    await broker.start()
    await topic.send(b"x")
    await begun.wait()
    stopping = asyncio.create_task(broker.stop())
    if not waited:
        await stopping
    go_on.set()
    await stopping

    assert topic.seen == ([b"x"] if waited else [])


async def test_f17_the_test_broker_shows_handler_errors_and_knows_no_offsets() -> None:
    broker, offsets = KafkaBroker("nowhere:9092"), []

    @broker.subscriber("t", group_id="g", ack_policy=AckPolicy.ACK)
    async def handle(body: str, message: KafkaMessage) -> None:
        offsets.append(message.raw_message.offset)
        if body == "bad":
            raise ZeroDivisionError

    async with TestKafkaBroker(broker):
        await broker.publish("one", "t")
        await broker.publish("two", "t")
        with pytest.raises(ZeroDivisionError):
            await broker.publish("bad", "t")

    assert offsets == [0, 0, 0]


@pytest.mark.parametrize("no_reply", [False, True], ids=["by default", "with no_reply"])
@pytest.mark.parametrize("batch", [False, True], ids=["single", "batch"])
async def test_f20_a_reply_to_header_decides_where_we_write_unless_no_reply(
    topic: Topic, batch: bool, no_reply: bool
) -> None:
    """FastStream publishes what the handler returns, even None, to the topic that the header names."""

    async def handle(message: Incoming) -> None:
        topic.seen.append(message)

    reply_to = f"{topic.name}.chosen"
    await make_topic(topic.kafka, reply_to, 1)
    await topic.send(b"x", headers=[("reply_to", reply_to.encode())])
    async with topic.read(handle, batch=batch, no_reply=no_reply):
        await until(lambda: len(topic.seen) == 1)
        await topic.send(b"y")
        await until(lambda: len(topic.seen) == 2)

    assert len(await Topic(topic.kafka, reply_to).values()) == (0 if no_reply else 1)
