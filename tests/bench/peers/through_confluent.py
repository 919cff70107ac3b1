"""Pass-through by confluent-kafka: every record read is written again, offsets committed behind it."""

from confluent_kafka import Consumer, Producer

from tests.bench.peers.job import Job, Progress

COMMIT_EVERY = 20_000


def main() -> None:
    job, progress = Job.given(), Progress()
    consumer = Consumer(
        {
            "bootstrap.servers": job.kafka,
            "group.id": job.group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "queued.min.messages": 100_000,
            "fetch.queue.backoff.ms": 5,  # its default of a second stops the reading again and again
        }
    )
    producer = Producer({"bootstrap.servers": job.kafka, "linger.ms": 5, "batch.size": 131_072, "acks": "all"})
    consumer.subscribe([job.topic])
    done = since_commit = 0
    while done < job.events:
        messages = consumer.consume(2000, 0.2)
        if messages:
            progress.begin()
        for message in messages:
            producer.produce(job.out, message.value(), message.key())
        producer.poll(0)
        done, since_commit = done + len(messages), since_commit + len(messages)
        if since_commit >= COMMIT_EVERY or done >= job.events:
            producer.flush()
            consumer.commit(asynchronous=False)
            since_commit = 0
    progress.end(done)
    consumer.close()


if __name__ == "__main__":
    main()
