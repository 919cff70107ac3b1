"""One trace tells a lead's way: from the activity through scoring, routing and alerts to the call to Slack."""

import asyncio
import time
from datetime import UTC, datetime

import pytest

from shared.clock import set_clock
from tests.e2e.conftest import Observed
from tests.support.live import Connected, activity, publish
from tests.support.servings import Span

pytestmark = pytest.mark.servers
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PATIENCE_SECONDS = 60
EXPECTED = {
    ("baton-scoring", "create lead.qualified"),
    ("baton-routing", "create lead.assigned"),
    ("baton-alerts", "send slack"),
}


async def test_a_trace_runs_from_the_activity_to_the_call_to_slack(observed: Observed) -> None:
    async with Connected(observed.system, "routing") as connection:
        await set_clock(connection, datetime(2026, 11, 24, 2, tzinfo=UTC), 60)
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
