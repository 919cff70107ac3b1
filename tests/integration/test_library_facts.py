"""What we measured of our libraries and rest on. An upgrade that changes a fact turns its test red: read
`shared/lanes.py`, `publisher.py`, `db.py` and `errors.py` again before you change the test."""

import asyncio
import json
import math
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.errors import CommitFailedError, MessageSizeTooLargeError, UnknownError, for_code
from aiokafka.producer.transaction_manager import TransactionManager
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage, TestKafkaBroker
from faststream.kafka.annotations import KafkaMessage as Incoming
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from services.alerts.slack import sender_for
from shared.errors import is_transient
from shared.events import InvalidEventError, decode
from shared.lanes import raw_decoder, safe_parser
from tests.integration.tiny import activity, make_topic, until
from tests.servers import KafkaAddress

POLICIES = list(AckPolicy)
pytestmark = pytest.mark.filterwarnings("ignore:AckPolicy.REJECT_ON_ERROR has the same effect:UserWarning")


@dataclass
class Topic:
    """A topic of two partitions, and a FastStream that reads it."""

    kafka: str
    name: str
    seen: list[object] = field(default_factory=list)

    @property
    def group(self) -> str:
        return f"{self.name}-group"

    async def send(
        self,
        *values: bytes | None,
        partition: int = 0,
        headers: Sequence[tuple[str, bytes | None]] = (),
        timestamp_ms: int | None = None,
    ) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka)
        await producer.start()
        for value in values:
            await producer.send_and_wait(
                self.name, value, key=b"k", partition=partition, headers=list(headers), timestamp_ms=timestamp_ms
            )
        await producer.stop()

    @asynccontextmanager
    async def read(self, handler: Callable[..., object], **options: object) -> AsyncIterator[KafkaBroker]:
        broker = KafkaBroker(self.kafka, logger=None, graceful_timeout=5)
        settings = {"group_id": self.group, "auto_offset_reset": "earliest", "ack_policy": AckPolicy.MANUAL} | options
        broker.subscriber(self.name, **settings)(handler)
        await broker.start()
        try:
            yield broker
        finally:
            await broker.stop()

    async def committed(self) -> int | None:
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka, group_id=self.group, enable_auto_commit=False)
        consumer.assign([TopicPartition(self.name, 0)])
        await consumer.start()
        try:
            return await consumer.committed(TopicPartition(self.name, 0))
        finally:
            await consumer.stop()

    async def committed_is(self, offset: int) -> bool:
        return await self.committed() == offset

    async def values(self) -> list[bytes | None]:
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka)
        place = TopicPartition(self.name, 0)
        consumer.assign([place])
        await consumer.start()
        try:
            await consumer.seek_to_beginning(place)
            found, end = [], (await consumer.end_offsets([place]))[place]
            while await consumer.position(place) < end:
                found += [r.value for r in (await consumer.getmany(timeout_ms=500)).get(place, ())]
            return found
        finally:
            await consumer.stop()


@pytest.fixture
async def topic(kafka: KafkaAddress, topic_prefix: str) -> Topic:
    await make_topic(kafka.bootstrap_servers, f"{topic_prefix}facts", 2)
    return Topic(kafka.bootstrap_servers, f"{topic_prefix}facts")


@pytest.fixture
async def connection(postgres: object) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    opened = await asyncpg.connect(postgres.dsn)
    yield opened
    await opened.close()


# FastStream


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


# aiokafka


async def test_a5_an_exception_while_fetching_leaves_the_idle_guard_off_for_good() -> None:
    state = SubscriptionState()
    with pytest.raises(ZeroDivisionError), state.fetch_context():
        raise ZeroDivisionError
    with state.fetch_context():
        pass

    assert state._fetch_count == 1
    assert state.fetcher_idle_time == 0


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


# asyncpg and Postgres


async def terminate(postgres_dsn: str, pid: int) -> None:
    other = await asyncpg.connect(postgres_dsn)
    assert await other.fetchval("SELECT pg_terminate_backend($1, 10000)", pid)
    await other.close()


@pytest.mark.parametrize("where", ["in the block", "at commit"])
async def test_p1_a_backend_that_dies_in_a_transaction_surfaces_as_an_interface_error(
    postgres: object, where: str
) -> None:
    pool = await asyncpg.create_pool(postgres.dsn, min_size=1, max_size=1)

    async def loses_its_backend() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await terminate(postgres.dsn, await connection.fetchval("SELECT pg_backend_pid()"))
            await until(connection.is_closed)
            if where == "in the block":
                await connection.execute("SELECT 1")

    with pytest.raises(asyncpg.InterfaceError) as lost:
        await loses_its_backend()

    assert not isinstance(lost.value, asyncpg.PostgresConnectionError)
    assert is_transient(lost.value)
    await pool.close()


async def test_p1_a_backend_that_dies_during_a_statement_surfaces_as_a_connection_error(postgres: object) -> None:
    connection = await asyncpg.connect(postgres.dsn)
    pid = await connection.fetchval("SELECT pg_backend_pid()")
    asking = asyncio.create_task(connection.execute("SELECT pg_sleep(60)"))
    await until(lambda: _is_asleep(postgres.dsn, pid))
    await terminate(postgres.dsn, pid)
    with pytest.raises((asyncpg.ConnectionDoesNotExistError, asyncpg.AdminShutdownError)) as lost:
        await asking

    assert is_transient(lost.value)
    await connection.close()


async def _is_asleep(dsn: str, pid: int) -> bool:
    other = await asyncpg.connect(dsn)
    found = await other.fetchval("SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = $1", pid)
    await other.close()
    return bool(found)


def test_p2_a_timeout_is_an_os_error() -> None:
    assert issubclass(TimeoutError, OSError)
    assert TimeoutError is asyncio.TimeoutError


async def test_p4_release_drops_session_locks_and_settings(postgres: object) -> None:
    pool = await asyncpg.create_pool(postgres.dsn, min_size=1, max_size=1)
    async with pool.acquire() as held:
        await held.execute("SELECT pg_advisory_lock(4711)")
        await held.execute("SET statement_timeout = '7s'")
    async with pool.acquire() as again:
        locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        assert await again.fetchval(locks) == 0
        assert await again.fetchval("SHOW statement_timeout") == "0"
    await pool.close()


async def test_p6_a_changed_table_breaks_a_prepared_statement_only_inside_a_transaction(database: str) -> None:
    connection, other = await asyncpg.connect(database), await asyncpg.connect(database)
    await connection.execute("CREATE TABLE t (a integer)")
    await connection.fetch("SELECT * FROM t")
    await other.execute("ALTER TABLE t ADD b integer")

    async with connection.transaction():
        with pytest.raises(asyncpg.InvalidCachedStatementError) as stale:
            await connection.fetch("SELECT * FROM t")
        assert is_transient(stale.value)
        await connection.execute("ROLLBACK")
    await connection.fetch("SELECT * FROM t")
    await other.execute("ALTER TABLE t ADD c integer")
    assert await connection.fetch("SELECT * FROM t") == [], "outside a transaction it is prepared anew"
    await other.close()
    await connection.close()


REFUSED = {
    "NUL in text": ("SELECT $1::text", "a\0b"),
    "NUL in jsonb": ("SELECT $1::jsonb", json.dumps({"x": "a\0b"})),
    "lone surrogate in text": ("SELECT $1::text", "\ud800"),
    "lone surrogate in jsonb": ("SELECT $1::jsonb", '{"x": "\\ud800"}'),
    "beyond 64 bits": ("SELECT $1::bigint", 2**70),
    "NaN in jsonb": ("SELECT $1::jsonb", json.dumps({"x": math.nan})),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_p7_postgres_refuses_values_that_json_loads_takes(
    connection: "asyncpg.Connection[asyncpg.Record]", what: str
) -> None:
    query, value = REFUSED[what]

    with pytest.raises((asyncpg.DataError, asyncpg.PostgresError, UnicodeEncodeError)) as refused:
        await connection.fetchval(query, value)

    assert not is_transient(refused.value)


@pytest.mark.parametrize(
    "data",
    [
        '{"x": "a\\u0000b"}',
        '{"x": "\\ud800"}',
        '{"x": NaN}',
        f'{{"x": {2**70}}}',
        '{"a\\u0000b": 1}',
        '{"x": {"y": ["\\u0000"]}}',
    ],
)
def test_p7_our_models_refuse_them_first(data: str) -> None:
    event = activity("e1").decode().replace('"data": {}', f'"data": {data}')
    assert data in event

    with pytest.raises(InvalidEventError):
        decode(event.encode())


async def test_p8_a_naive_time_is_read_in_the_zone_of_the_process_and_our_models_refuse_it(
    connection: "asyncpg.Connection[asyncpg.Record]", monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    stored = await connection.fetchval("SELECT $1::timestamptz", datetime(2026, 1, 1))
    monkeypatch.undo()
    time.tzset()

    assert os.environ.get("TZ") == before
    assert stored == datetime(2026, 1, 1, 5, tzinfo=UTC)
    with pytest.raises(InvalidEventError, match="time"):
        decode(activity("e1", at=datetime(2026, 1, 1)))


async def test_p12_a_cancelled_transaction_is_rolled_back_and_its_connection_is_good(database: str) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute("CREATE TABLE t (a integer)")

    async def takes_too_long() -> None:
        async with asyncio.timeout(0.2), connection.transaction():
            await connection.execute("INSERT INTO t VALUES (1)")
            await connection.execute("SELECT pg_sleep(60)")

    with pytest.raises(TimeoutError):
        await takes_too_long()

    assert await connection.fetchval("SELECT count(*) FROM t") == 0
    assert not connection.is_in_transaction()
    await connection.close()


# slack_sdk


def test_s1_the_client_posts_again_after_a_lost_connection_unless_told_not_to() -> None:
    assert [type(h) for h in AsyncWebClient(token="x").retry_handlers] == [AsyncConnectionErrorRetryHandler]


async def test_s1_ours_is_told_not_to() -> None:
    sender = sender_for("xoxb-test", print, "http://127.0.0.1:9/api/")

    client = sender._connected()
    assert client.retry_handlers == []
    await client.session.close()


@pytest.mark.parametrize(
    ("body", "timestamp", "error"),
    [("body", "not a number", ValueError), (b"\xff", str(int(time.time())), UnicodeDecodeError)],
)
def test_s3_the_verifier_raises_on_hostile_input(body: bytes | str, timestamp: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        SignatureVerifier("secret").is_valid(body, timestamp, "v0=0")
