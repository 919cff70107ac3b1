"""The whole pipeline: activities wait in Kafka, the four services together work them off until all is at rest."""

import asyncio
import time

from rich.progress import track

from services.local.system import SERVICES, LocalSystem
from shared.topics import LEAD_ACTIVITY, LEAD_ALERTED, LEAD_HANDOFF, LEAD_QUALIFIED
from tests.bench.asked import Asked
from tests.bench.draining import PATIENCE_SECONDS, Measuring, ended, handled, rest, started
from tests.bench.figures import Row, Run, Section, of_rates
from tests.bench.filling import fill
from tests.bench.loads import journeys, now
from tests.bench.offices import open_office
from tests.bench.slack import timed_slack
from tests.bench.stage import Stage
from tests.support.live import Connected, unfinished

PREFIX = "pipeline."
REPS_TIMES = 25
EVENTS_A_LEAD = 9
"""About so many activities a lead has on its way."""
LEAST = 10_000
"""Activities: with fewer, what is done between two looks at it would count for much."""
DERIVED = (LEAD_QUALIFIED, LEAD_HANDOFF, LEAD_ALERTED)


def bench(stage: Stage, asked: Asked) -> Section:
    office = open_office(stage.folder / "office", REPS_TIMES)
    leads = max(asked.share(10), LEAST) // EVENTS_A_LEAD
    events = fill(stage.kafka, PREFIX, [(LEAD_ACTIVITY, journeys(leads, now()))])[LEAD_ACTIVITY]
    row = Row("Baton, four services")
    with timed_slack() as slack:
        for _ in track(range(asked.rounds), "the whole pipeline"):
            with stage.system(PREFIX, office, slack.settings) as system:
                row.runs.append(_run(stage, system))
            slack.reset()
    notes = ["At rest: everything read, published and fired by all four. Slack's messages, one a second a rep, go on."]
    return of_rates(f"the whole pipeline: {events:,} activities of {leads:,} leads on their way", [row], notes)


def _run(stage: Stage, system: LocalSystem) -> Run:
    return asyncio.run(_worked_off(system, Measuring.of_services(stage, system, SERVICES)))


async def _worked_off(system: LocalSystem, measuring: Measuring) -> Run:
    waiting, before = await ended(system, LEAD_ACTIVITY), await ended(system, *DERIVED)
    async with Connected(system, "scoring") as connection:
        first = await started(system, SERVICES, measuring, lambda: handled(connection, "scoring"))
    until = time.monotonic() + PATIENCE_SECONDS
    last = measuring.mark(waiting)
    while work := await unfinished(system):
        await rest(until, f"the pipeline has not come to rest: {work}")
        last = measuring.mark(waiting)
    return measuring.between(first, last, await ended(system, *DERIVED) - before)
