"""Tests of the enumerator: with a fault planted in the code, it finds the step at which a crash does harm."""

from collections.abc import Sequence
from typing import Any

import pytest
from faststream.kafka.annotations import KafkaMessage as Incoming

from services.alerts.app import create as alerts
from services.alerts.notifications import Notification
from services.alerts.outcomes import Delivered
from services.alerts.outgoing import Outgoing
from services.alerts.playbook import AlertsPlaybook
from services.alerts.slack import SlackSender
from services.scoring.app import create as scoring
from shared.lanes import Lane
from tests.fault.conftest import QUICK
from tests.fault.enumerating import enumerating
from tests.fault.lives import Life
from tests.fault.world import world_of
from tests.servers import KafkaAddress

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]


class HintsFirst(Lane[Any]):
    """Tells Kafka that a batch is done before it is."""

    async def _on_records(self, message: Incoming) -> None:
        records = [self._record(raw) for raw in message.raw_message]
        await self._hint({(record.topic, record.partition): record.offset + 1 for record in records})
        await super()._on_records(message)


class HintsFirstLife(Life):
    lane_type = HintsFirst


class RecordsFirst(Outgoing):
    """Records a message as sent before Slack is called."""

    async def _send(self, group: Sequence[Notification], rules: AlertsPlaybook) -> None:
        first = group[0].message
        async with self._pool.acquire() as connection, connection.transaction():
            for notification in group:
                await self._settle(connection, notification, Delivered(first.address, "1.000000"))
        await self._sender.post(first.address, self._rendered(group, rules), first.id)


class RecordsFirstLife(Life):
    def outgoing(self, slack: SlackSender) -> Outgoing:
        return RecordsFirst(self.running, slack)


async def test_kafka_told_before_the_effect_is_found(kafka: KafkaAddress, database: str, topic_prefix: str) -> None:
    servers = (kafka.bootstrap_servers, database, topic_prefix)
    async with world_of(scoring, HintsFirstLife, *servers, QUICK) as world, enumerating(world) as enumerator:
        told = enumerator.passed.index("after AIOKafkaConsumer.commit")
        with pytest.raises(AssertionError, match=r"did not come to rest: \{'records': ") as found:
            await enumerator.kill_at_each(first=told)
    assert "after AIOKafkaConsumer.commit" in found.value.__notes__[0]


async def test_a_message_recorded_as_sent_before_slack_was_called_is_found(
    kafka: KafkaAddress, database: str, topic_prefix: str
) -> None:
    servers = (kafka.bootstrap_servers, database, topic_prefix)
    async with world_of(alerts, RecordsFirstLife, *servers, QUICK) as world, enumerating(world) as enumerator:
        called = enumerator.passed.index("before AsyncWebClient.api_call chat.postMessage")
        with pytest.raises(AssertionError, match="unmarked=0, marked=0"):
            await enumerator.kill_at_each(first=called)
