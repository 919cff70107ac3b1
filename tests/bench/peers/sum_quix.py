"""The keyed rolling sum with a threshold by Quix Streams, exactly once: RocksDB, changelog, transactions.

Runs in an environment of its own, which has nothing of Baton's.
"""

from datetime import datetime

from quixstreams import Application, State

from tests.bench.peers.job import Job, Progress


class RollingSum:
    """The sum of each key, kept by Quix Streams: [sum, as of when, whether it was told]."""

    def __init__(self, job: Job, progress: Progress, application: Application) -> None:
        self._job, self._progress, self._application = job, progress, application
        self._done = 0
        self.emitted = 0

    def __call__(self, event: dict[str, str], state: State) -> dict[str, object] | None:
        self._progress.begin()
        at = datetime.fromisoformat(event["time"]).timestamp()
        total, before, told = state.get("sum") or (0.0, at, False)
        total *= 0.5 ** (max(0.0, at - before) / self._job.half_life_seconds)
        total += self._job.points[event["type"]]
        reached = total >= self._job.threshold and not told
        state.set("sum", (total, max(at, before), told or reached))
        self._done += 1
        if self._done == self._job.events:
            self._application.stop()
        self.emitted += reached
        return {"type": "lead.qualified", "subject": event["subject"], "score": total} if reached else None


def main() -> None:
    job, progress = Job.given(), Progress()
    application = Application(
        broker_address=job.kafka,
        consumer_group=job.group,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_interval=1.0,
        state_dir=job.state,
        loglevel="ERROR",
        consumer_extra_config={"fetch.queue.backoff.ms": 5, "queued.min.messages": 100_000},
        producer_extra_config={"linger.ms": 5},
    )
    rolling = RollingSum(job, progress, application)
    frame = application.dataframe(application.topic(job.topic, value_deserializer="json"))
    told = frame.apply(rolling, stateful=True).filter(lambda value: value is not None)
    told.to_topic(application.topic(job.out, value_serializer="json"))
    application.run()
    progress.end(rolling.emitted)


if __name__ == "__main__":
    main()
