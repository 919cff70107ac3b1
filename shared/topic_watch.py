"""Looks again and again whether the topics that a process reads are still those with which it started."""

import asyncio
from collections.abc import Mapping

import structlog
from confluent_kafka import KafkaException

from shared.db import Pool
from shared.errors import is_transient
from shared.kafka import ANSWER_SECONDS, TopicState, describe_topics
from shared.provisioning import TopicsError, recognise
from shared.resting import told_to_stop
from shared.settings import Settings

log = structlog.get_logger()

LOOK_SECONDS = 10.0


async def watch_topics(
    settings: Settings,
    partitions: Mapping[str, int],
    pool: Pool,
    stopping: asyncio.Event,
    seconds: float = LOOK_SECONDS,
) -> None:
    """Raise TopicsError, and so end the process, when a topic was made anew or given other partitions.

    Else the records of the new topic would be passed over as handled, and those of a new partition be taken out of
    their lead's order. A missing topic is waited for.
    """
    wanted = {settings.topic_prefix + topic: count for topic, count in partitions.items()}
    while not await told_to_stop(stopping, seconds):
        try:
            states = await asyncio.to_thread(describe_topics, settings.kafka, list(wanted))
            async with pool.acquire(timeout=ANSWER_SECONDS) as connection:
                await recognise(connection, states)
            _compare(wanted, states)
        except TopicsError as error:
            log.critical("topics changed", reason=str(error))
            raise
        except Exception as error:
            if not (is_transient(error) or isinstance(error, KafkaException)):
                raise
            log.warning("topics not looked at", error_type=type(error).__name__)


def _compare(wanted: Mapping[str, int], states: Mapping[str, TopicState]) -> None:
    for name, state in states.items():
        if state.partitions != wanted[name]:
            raise TopicsError(
                f"topic {name} has {state.partitions} partitions since a moment ago, {wanted[name]} are expected: keys"
                " hash to other places, and a lead's events come out of order. Make it anew with as many as"
                f" topics.yaml says, then run `baton topics accept {name}` with the services stopped."
            )
