"""Routing, alerts and kpi, each alone: what waits for it in Kafka until its effects are in Postgres, and told in Kafka.

Leads go their whole way, from first visit to contract, in an open office; of each topic a service finds the types that
it reads, derived events as the offline shell makes them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from rich.progress import track

from services.alerts import domain as alerts
from services.offline.shell import OfflineShell
from services.routing import domain as routing
from services.routing.playbook import load as load_routing
from shared.events import Event, UnknownActivity
from shared.playbook import PlaybookFolder
from shared.topics import LEAD_ACTIVITY
from tests.bench.asked import Asked
from tests.bench.draining import drain
from tests.bench.figures import Row, Section, of_rates
from tests.bench.filling import fill
from tests.bench.loads import journeys, now
from tests.bench.offices import open_office
from tests.bench.slack import timed_slack
from tests.bench.stage import Stage
from tests.support.live import READS

ALONE = ("routing", "alerts", "kpi")
REPS_TIMES = 25
EVENTS_A_LEAD = 50
"""About so many activities and derived events there are of a lead."""
LEAST = 20_000
"""Events: with fewer, what is done between two looks at it would count for much."""
ByTopic = Mapping[str, Sequence[Event]]


def bench(stage: Stage, asked: Asked) -> Section:
    office = open_office(stage.folder / "office", REPS_TIMES)
    folder = PlaybookFolder.read(office)
    told = all_told(folder, max(asked.share(4), LEAST) // EVENTS_A_LEAD)
    for service in ALONE:
        fill(stage.kafka, f"{service}.", relevant(service, folder, told))
    rows = {service: Row(f"Baton {service}") for service in ALONE}
    with timed_slack() as slack:
        for _ in track(range(asked.rounds), "routing, alerts and kpi alone"):
            for service, row in rows.items():
                with stage.system(f"{service}.", office, slack.settings) as system:
                    row.runs.append(drain(stage, system, service))
                slack.reset()
    events = sum(map(len, told.values()))
    notes = ["Of each topic a service finds the types that it reads. Alerts sends to a fake Slack meanwhile."]
    return of_rates(f"one service alone, of {events:,} activities and derived events", list(rows.values()), notes)


def all_told(folder: PlaybookFolder, leads: int) -> ByTopic:
    """The activities of so many leads on their way, and everything that the services derive from them, by topic."""
    told: dict[str, list[Event]] = defaultdict(list)
    shell = OfflineShell(folder, lambda event: told[event.data.topic].append(event))
    for written in journeys(leads, now()):
        event = Event.model_validate(written)
        told[_topic_of(event)].append(event)
        shell.play(event)
    return told


def relevant(service: str, folder: PlaybookFolder, told: ByTopic) -> Iterable[tuple[str, Iterable[dict[str, object]]]]:
    """What the service reads of it: (topic, events) as they are written."""
    reads = _reads(service, folder)
    for topic in READS[service]:
        found = [event for event in told.get(topic, ()) if reads(event.type)]
        yield topic, (event.model_dump(mode="json", exclude_none=True) for event in found)


def _reads(service: str, folder: PlaybookFolder) -> Callable[[str], bool]:
    if service == "kpi":
        return lambda _: True
    types = alerts.READS if service == "alerts" else routing.types_read(load_routing(folder))
    return lambda kind: kind in types


def _topic_of(event: Event) -> str:
    return LEAD_ACTIVITY if isinstance(event.data, UnknownActivity) else event.data.topic
