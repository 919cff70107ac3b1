"""Traces, from the activity through outbox rows and timers to the Slack message. No person in a span.

Names follow OpenTelemetry's messaging conventions as of 1.45 (status: development).
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Thread

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.events import Event

MOST_LINKS = 128
LAST_SPANS_SECONDS = 3.0

_propagator = TraceContextTextMapPropagator()


def set_up(service: str, endpoint: str | None) -> None:
    """Send spans to the OTLP/HTTP endpoint; without one, trace contexts are passed on and nothing is recorded."""
    if not endpoint:
        return
    provider = TracerProvider(resource=Resource.create({"service.name": f"baton-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def shut_down() -> None:
    """Send the last spans; a collector that is silent is not waited for."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        sending = Thread(target=provider.shutdown, name="last spans", daemon=True)
        sending.start()
        sending.join(LAST_SPANS_SECONDS)


def _tracer() -> trace.Tracer:
    return trace.get_tracer("baton")


def context_of(traceparent: str | None) -> Context:
    return _propagator.extract({"traceparent": traceparent} if traceparent else {})


def traceparent_of(span: Span) -> str | None:
    carrier: dict[str, str] = {}
    _propagator.inject(carrier, context=trace.set_span_in_context(span))
    return carrier.get("traceparent")


def child_of(event: Event) -> Event:
    """The event with a span of its own, child of its cause's; unchanged where nothing is recorded."""
    span = _tracer().start_span(
        f"create {event.type}",
        context=context_of(event.traceparent),
        kind=SpanKind.PRODUCER,
        attributes={"messaging.system": "kafka", "messaging.destination.name": event.data.topic},
    )
    recorded = span.is_recording()
    parent = traceparent_of(span)
    span.end()
    return event.model_copy(update={"traceparent": parent}) if recorded and parent else event


@contextmanager
def batch_span(service: str, topics: Iterable[str], count: int) -> Iterator[Span]:
    """The span of one batch; `link_to` ties it to each of its records."""
    attributes: dict[str, str | int] = {
        "messaging.system": "kafka",
        "messaging.operation.type": "process",
        "messaging.consumer.group.name": f"baton-{service}",
        "messaging.destination.name": ",".join(sorted(set(topics))),
        "messaging.batch.message_count": count,
    }
    with _current_span(f"process {service}", Context(), SpanKind.CONSUMER, attributes) as span:
        yield span


def link_to(events: Iterable[Event]) -> None:
    """Link the present batch span to the events' traces; 128 at the most, which is what the SDK keeps."""
    span = trace.get_current_span()
    if not span.is_recording():
        return
    for event in [event for event in events if event.traceparent][:MOST_LINKS]:
        span.add_link(trace.get_current_span(context_of(event.traceparent)).get_span_context())


@contextmanager
def span_after(name: str, traceparent: str | None, **attributes: str) -> Iterator[Span]:
    """A client span in the trace of what caused it, such as the call to Slack."""
    with _current_span(name, context_of(traceparent), SpanKind.CLIENT, attributes) as span:
        yield span


@contextmanager
def _current_span(name: str, context: Context, kind: SpanKind, attributes: Mapping[str, str | int]) -> Iterator[Span]:
    """A span that tells of an exception its type alone: the texts of the database's may repeat values."""
    with _tracer().start_as_current_span(
        name, context, kind, attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
