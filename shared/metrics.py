"""The metrics every service exposes: prefixed `baton_`, base units, bounded labels, no person in a label."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

HANDLE_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)
LATE_BUCKETS = (0.005, 0.015, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60, 300, 900, 3600)
RECORD_BUCKETS = (1, 5, 10, 50, 100, 250, 500, 1000, 2500, 5000)


class Metrics:
    """One service's metrics on a registry of their own."""

    def __init__(self, service: str) -> None:
        disable_created_metrics()
        self.service = service
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.records_in = self._counter("records_in", "Records read from Kafka", "topic")
        self.records_skipped = self._counter("records_skipped", "Records of types this service does not read", "topic")
        self.records_duplicate = self._counter("records_duplicate", "Events seen before", "topic")
        self.records_failed = self._counter("records_failed", "Records that were refused", "topic", "reason")
        self.wrong_partition = self._counter("wrong_partition", "Records whose key is not their subject's", "topic")
        self.events_out = self._counter("events_out", "Events published", "topic")
        self.handle_seconds = self._histogram("handle_seconds", "One batch, from read to commit", HANDLE_BUCKETS)
        self.batch_records = self._histogram("batch_records", "Records in a batch", RECORD_BUCKETS)
        self.retries = self._counter("retries", "Batches tried again", "reason")
        self.rewinds = self._counter("rewinds", "Seeks back to the stored position", "topic")
        self.commit_failures = self._counter("commit_failures", "Offset hints that Kafka did not take")
        self.consumer_stopped = self._gauge("consumer_stopped", "1 while the breaker holds the consumer")
        self.gap_records = self._gauge("gap_records", "Records that Kafka dropped before we read them", "topic")
        self.lag_records = self._gauge("lag_records", "Records not yet read", "topic")
        self.lag_seconds = self._gauge("lag_seconds", "Age of the oldest record not yet read", "topic")
        self.events_refused = self._counter("events_refused", "Events that Kafka refuses for good", "topic", "error")
        self.outbox_rows = self._gauge("outbox_rows", "Events waiting to be published")
        self.outbox_oldest_seconds = self._gauge("outbox_oldest_seconds", "Age of the oldest event not yet published")
        self.relay_errors = self._counter("relay_errors", "Failed sends by partition, and failed passes")
        self.timers_fired = self._counter("timers_fired", "Timers fired")
        self.timers_due = self._gauge("timers_due", "Timers whose time has come and that have not fired")
        self.timers_held = self._gauge("timers_held", "Due timers held back until our reading has caught up")
        self.timer_late_seconds = self._histogram("timer_late_seconds", "Domain time from due to fired", LATE_BUCKETS)
        self.quarantine_rows = self._gauge("quarantine_rows", "Records in quarantine", "status")
        self.loop_lag_seconds = self._gauge("loop_lag_seconds", "How late the event loop turns")
        self.playbook = self._gauge("playbook_info", "The active playbook", "version", "name")
        self.playbook_refused = self._gauge("playbook_refused", "1 while the newest playbook cannot be loaded")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"baton_{name}", text, ("service", *labels), registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"baton_{name}", text, ("service", *labels), registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"baton_{name}", text, ("service",), buckets=buckets, registry=self.registry)
