"""Pass-through by aiokafka through its batch builder, the fastest way it has; offsets committed behind each batch."""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord

from tests.bench.peers.job import Job, Progress

MOST_RECORDS = 5000


async def copy(job: Job, progress: Progress) -> None:
    consumer = AIOKafkaConsumer(
        job.topic,
        bootstrap_servers=job.kafka,
        group_id=job.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    producer = AIOKafkaProducer(bootstrap_servers=job.kafka, linger_ms=5, max_batch_size=131_072, acks="all")
    await producer.start()
    await consumer.start()
    done = 0
    try:
        while done < job.events:
            found = await consumer.getmany(timeout_ms=200, max_records=MOST_RECORDS)
            if not found:
                continue
            progress.begin()
            for place, records in found.items():
                await write(producer, job.out, place.partition, records)
                done += len(records)
            await producer.flush()
            await consumer.commit()
        await asyncio.to_thread(progress.end, done)
    finally:
        await consumer.stop()
        await producer.stop()


async def write(
    producer: AIOKafkaProducer, topic: str, partition: int, records: Sequence["ConsumerRecord[bytes, bytes]"]
) -> None:
    batch = producer.create_batch()
    for record in records:
        if batch.append(key=record.key, value=record.value, timestamp=None) is None:
            await producer.send_batch(batch, topic, partition=partition)
            batch = producer.create_batch()
            batch.append(key=record.key, value=record.value, timestamp=None)
    await producer.send_batch(batch, topic, partition=partition)


def main() -> None:
    asyncio.run(copy(Job.given(), Progress()))


if __name__ == "__main__":
    main()
