"""What traces and logs tell of an exception: its type and its place, for its text may repeat a person's data."""

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from shared import logs, telemetry

PERSON = "tanaka@example.jp"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "_tracer", lambda: provider.get_tracer("test"))
    return exporter


@pytest.fixture
def _own_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, before = root.handlers, root.level, structlog.get_config()
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.contextvars.clear_contextvars()
    structlog.configure(**before)


@pytest.mark.parametrize("kind", ["batch", "call"])
def test_a_span_tells_of_an_exception_its_type_alone(spans: InMemorySpanExporter, kind: str) -> None:
    span = telemetry.batch_span("scoring", ["t"], 1) if kind == "batch" else telemetry.span_after("post", None)
    with pytest.raises(ValueError, match=PERSON), span:
        raise ValueError(PERSON)

    (told,) = spans.get_finished_spans()
    assert (told.status.status_code, told.status.description) == (StatusCode.ERROR, "ValueError")
    assert told.events == ()
    assert PERSON not in told.to_json()


@pytest.mark.usefixtures("_own_logging")
def test_what_the_event_loop_reports_names_the_type_and_the_place_alone(capfd: pytest.CaptureFixture[str]) -> None:
    logs.set_up("scoring", "INFO")

    async def dies() -> None:
        raise ValueError(PERSON)

    def fails(told: str) -> None:
        raise KeyError(told)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(logs.report_from_loop)
        done = asyncio.Event()
        forgotten = loop.create_task(dies())
        forgotten.add_done_callback(lambda _: done.set())
        await done.wait()
        del forgotten
        loop.call_soon(fails, PERSON)
        done.clear()
        loop.call_soon(done.set)
        await done.wait()

    asyncio.run(main())

    logging.getLogger().handlers[0].flush()
    out, err = capfd.readouterr()
    told = [json.loads(line) for line in out.splitlines()]
    assert {(line["what"], line["error_type"]) for line in told} == {
        ("Task exception was never retrieved", "ValueError"),
        ("an exception in a callback", "KeyError"),
    }
    assert all(place.startswith("test_what_is_told") for line in told for place in line["error_at"][-1:])
    assert PERSON not in out + err
