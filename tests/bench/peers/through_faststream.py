"""Pass-through by a FastStream batch handler, events decoded and encoded by pydantic, as its manual has it.

Its usual acknowledgement comes before the handler has done anything: at most once.
"""

import asyncio

from faststream.kafka import KafkaBroker
from pydantic import BaseModel

from tests.bench.peers.job import Job, Progress

MOST_RECORDS = 1000
LARGEST_BATCH_BYTES = 1_000_000


class Activity(BaseModel):
    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: str
    data: dict[str, object]


async def copy(job: Job, progress: Progress) -> None:
    broker = KafkaBroker(job.kafka, linger_ms=5, max_batch_size=LARGEST_BATCH_BYTES, acks="all", logger=None)
    done, finished = 0, asyncio.Event()

    @broker.subscriber(
        job.topic, batch=True, max_records=MOST_RECORDS, group_id=job.group, auto_offset_reset="earliest"
    )
    async def on_activities(activities: list[Activity]) -> None:
        nonlocal done
        progress.begin()
        await broker.publish_batch(*activities, topic=job.out)
        done += len(activities)
        if done >= job.events:
            finished.set()

    await broker.start()
    await finished.wait()
    await asyncio.to_thread(progress.end, done)
    await broker.stop()


def main() -> None:
    asyncio.run(copy(Job.given(), Progress()))


if __name__ == "__main__":
    main()
