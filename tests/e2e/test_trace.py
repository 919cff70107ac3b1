"""One trace tells a lead's way: from the activity through scoring, routing and alerts to the call to Slack. Neither
traces nor logs nor metrics tell who the people are."""

import asyncio
import json
import time
import urllib.request
from datetime import UTC, datetime

import pytest

from services.local.service_process import ServiceProcess
from shared.clock import set_clock
from tests.e2e.conftest import Observed
from tests.integration.tiny import until
from tests.support.live import Connected, activity, outcome, publish, until_quiet
from tests.support.servings import Span

pytestmark = pytest.mark.servers
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PATIENCE_SECONDS = 60
EXPECTED = {
    ("baton-scoring", "create lead.qualified"),
    ("baton-routing", "create lead.assigned"),
    ("baton-alerts", "send slack"),
}


@pytest.fixture(scope="module", autouse=True)
async def working_hours(observed: Observed) -> None:
    async with Connected(observed.system, "routing") as connection:
        await set_clock(connection, datetime(2026, 11, 24, 2, tzinfo=UTC), 60)


async def test_a_trace_runs_from_the_activity_to_the_call_to_slack(observed: Observed) -> None:
    large = activity("trace-1", "profile.updated", "trace-lead", "2026-11-24T00:59:00Z", employees=5000)
    raised = activity("trace-2", "demo.requested", "trace-lead", "2026-11-24T01:00:00Z")

    await publish(observed.system, [large, {**raised, "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}])
    spans = await _spans_with(observed, EXPECTED)

    ancestors, span = [], spans["baton-alerts", "send slack"]
    by_id = {found.span_id: found for found in spans.values()}
    while span.parent_id in by_id:
        span = by_id[span.parent_id]
        ancestors.append(span.name)
    assert ancestors == ["create lead.assigned", "create lead.qualified"]
    assert span.parent_id == "00f067aa0ba902b7"
    assert not any("trace-lead" in value for found in spans.values() for _, value in found.attributes)


async def _spans_with(observed: Observed, names: set[tuple[str, str]]) -> dict[tuple[str, str], Span]:
    """The trace's spans by service and name, once all of these are among them."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        spans = {(s.service, s.name): s for s in reversed(observed.traces.spans) if s.trace_id == TRACE}
        if names <= spans.keys():
            return spans
        assert time.monotonic() < end, f"missing {names - spans.keys()}: {sorted(spans)}"
        await asyncio.sleep(0.2)


PERSON = {
    "email": "canary.tanaka@example.jp",
    "name": "カナリア 太郎",
    "phone": "+81-90-5555-0142",
    "message": "canary: please call me about my illness",
}
ODD = ("not JSON: ", '{"specversion": "0.3", "data": ', "[", '{"id": 1, "subject": ')


async def test_neither_logs_nor_metrics_nor_traces_tell_of_a_person(observed: Observed) -> None:
    await publish(observed.system, canaries())
    await until_quiet(observed.system)
    assert (await outcome(observed.system)).quarantined["scoring"], "nothing was refused: the test plants too little"
    await until(lambda: any(PERSON["name"] in str(message.blocks) for message in observed.slack.messages))
    await until(lambda: _sent(observed) >= len(observed.slack.messages))

    told = {f"log of {name}": service.log_path.read_bytes() for name, service in observed.system.services.items()}
    told |= {f"metrics of {name}": await _metrics(service) for name, service in observed.system.services.items()}
    told["traces"] = b"".join(observed.traces.bodies)
    assert all(told.values())
    assert [(where, word) for where, text in told.items() for word in _words() if word in text] == []


def canaries() -> list[dict[str, object] | bytes]:
    """Activities that hold a person's data wherever a system may put it, good ones and such as are refused."""
    profile = {**PERSON, "first_name": PERSON["name"], "company": "Canary K.K.", "employees": 5000, "own": [PERSON]}
    good = [
        activity("canary-1", "profile.updated", "canary-lead", "2026-11-24T00:58:00Z", **profile),
        activity("canary-2", "form.submitted", "canary-lead", "2026-11-24T00:59:00Z", **PERSON, fields=PERSON),
        activity("canary-3", "demo.requested", "canary-lead", "2026-11-24T01:00:00Z", **PERSON),
        activity("canary-4", "of.our.own", "canary-lead", "2026-11-24T01:01:00Z", **PERSON),
    ]
    planted = json.dumps(PERSON, ensure_ascii=False)
    bad: list[dict[str, object] | bytes] = [f"{odd}{planted}".encode() for odd in ODD]
    bad += [
        {**good[2], "id": PERSON["email"], "time": PERSON["email"]},
        {**good[2], "data": {"employees": PERSON["email"]}},
    ]
    bad += [
        {**good[2], "data": PERSON | {"other": "body"}},
        {**good[0], "id": "c5", "data": {"name": {"x": PERSON["name"]}}},
    ]
    return [*good, *bad]


def _sent(observed: Observed) -> int:
    return sum((span.service, span.name) == ("baton-alerts", "send slack") for span in observed.traces.spans)


def _words() -> list[bytes]:
    """Each word of the person's data, as it is and as JSON writes it."""
    escaped = [json.dumps(value).strip('"') for value in PERSON.values()]
    return [value.encode() for value in {*PERSON.values(), *escaped, "カナリア", "Canary K.K."}]


async def _metrics(service: ServiceProcess) -> bytes:
    def read() -> bytes:
        with urllib.request.urlopen(f"{service.url}/metrics") as answer:
            return bytes(answer.read())

    return await asyncio.to_thread(read)
