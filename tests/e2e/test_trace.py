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


async def test_a_trace_runs_from_the_activity_to_the_call_to_slack(observed: Observed) -> None:
    async with Connected(observed.system, "routing") as connection:
        await set_clock(connection, datetime(2026, 11, 24, 2, tzinfo=UTC), 60)
    raised = activity("trace", "demo.requested", "trace-lead", "2026-11-24T01:00:00Z")

    await publish(observed.system, [{**raised, "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}])
    spans = await _spans_until(observed, "send slack")

    assert ("baton-scoring", "create lead.qualified") in spans
    assert ("baton-routing", "create lead.assigned") in spans
    assert ("baton-alerts", "send slack") in spans
    ancestors, span = [], spans["baton-alerts", "send slack"]
    by_id = {found.span_id: found for found in spans.values()}
    while span.parent_id in by_id:
        span = by_id[span.parent_id]
        ancestors.append(span.name)
    assert ancestors == ["create lead.assigned", "create lead.qualified"]
    assert span.parent_id == "00f067aa0ba902b7"
    assert not any("trace-lead" in value for found in spans.values() for _, value in found.attributes)


async def _spans_until(observed: Observed, name: str) -> dict[tuple[str, str], Span]:
    """The trace's spans by service and name, once one of that name is among them."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        spans = {(s.service, s.name): s for s in reversed(observed.traces.spans) if s.trace_id == TRACE}
        if any(found == name for _, found in spans):
            return spans
        assert time.monotonic() < end, f"no span {name}: {sorted(spans)}"
        await asyncio.sleep(0.2)
