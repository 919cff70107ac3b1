"""How long after an activity is due its MQL stands in Kafka, and Slack is called, at steady rates.

Open loop: sending times are fixed beforehand. Once in a fifth of a second somebody asks for a demo, which qualifies;
the other activities do not. The office is large enough that no rep gets a message a second.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from rich.progress import track

from services.local.system import SERVICES, LocalSystem
from shared.topics import LEAD_ACTIVITY, LEAD_QUALIFIED
from tests.bench.appended import appended_at
from tests.bench.asked import Asked
from tests.bench.figures import NOT_KNOWN, Section, percentile
from tests.bench.loads import activity
from tests.bench.offices import open_office
from tests.bench.open_loop import Scheduled, Sent, send
from tests.bench.slack import TimedSlack, timed_slack
from tests.bench.stage import Stage
from tests.bench.waiting import until

RATES, QUICK_RATES = (50, 500, 2_000), (500,)
SECONDS, QUICK_SECONDS = 30, 6
WARM_UP_SECONDS = 3
HAND_RAISES_A_SECOND = 5
REPS_TIMES = 25
COLD_LEADS = 1_000
PATIENCE_SECONDS = 120
COLUMNS = (
    "from an activity's due time",
    "at",
    "measured",
    "p50 ms",
    "p99 ms",
    "max ms",
    "missing",
    "sent late, max ms",
)
Make = Callable[[float], dict[str, object]]
ALONE, TOGETHER = ("scoring",), SERVICES


def bench(stage: Stage, asked: Asked) -> Section:
    rates, seconds = (QUICK_RATES, QUICK_SECONDS) if asked.quick else (RATES, SECONDS)
    office = open_office(stage.folder / "office", REPS_TIMES)
    section = Section(f"latency, {seconds} s each, open loop", COLUMNS, [])
    with timed_slack() as slack:
        for rate in track(rates, "latency"):
            for services in (ALONE, TOGETHER):
                prefix = f"latency{stage.number()}."
                with stage.system(prefix, office, slack.settings) as system:
                    _measure(section, system, slack, services, rate, seconds)
                stage.drop_topics(prefix)
                slack.reset()
    section.notes = [
        "MQL: the broker's own time of the record. Slack call: when the fake was asked to post.",
        f"{HAND_RAISES_A_SECOND} hand-raises a second are measured, after {WARM_UP_SECONDS} s of warming up.",
    ]
    return section


def schedule(rate: int, seconds: int, seed: int = 1) -> Iterator[Scheduled]:
    """`rate` activities a second, evenly; one of each so many qualifies a lead, which one is left to chance: what comes
    at equal intervals would always meet the services at the same point of their rounds."""
    rng, every = random.Random(seed), max(1, rate // HAND_RAISES_A_SECOND)
    for first in range(0, rate * seconds, every):
        raised = first + rng.randrange(every)
        for number in range(first, first + every):
            yield Scheduled(number / rate, _hand_raise(number) if number == raised else _visit(number))


def _hand_raise(number: int) -> Make:
    return lambda due: activity(f"h{number}", "demo.requested", f"lead-hot-{number}", _at(due), form_id="demo")


def _visit(number: int) -> Make:
    return lambda due: activity(f"v{number}", "web.visited", f"lead-cold-{number % COLD_LEADS}", _at(due), page="top")


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _measure(
    section: Section, system: LocalSystem, slack: TimedSlack, services: Sequence[str], rate: int, seconds: int
) -> None:
    system.start(services)
    sent = send(system.kafka, system.topic_prefix + LEAD_ACTIVITY, schedule(rate, WARM_UP_SECONDS + seconds))
    due_at = measured(sent)
    topic = system.topic_prefix + LEAD_QUALIFIED
    told = appended_at(system.kafka, topic, "lead.qualified", set(due_at), PATIENCE_SECONDS)
    of = "scoring alone" if services == ALONE else "all four services"
    _add(section, f"MQL in Kafka, {of}", "MQL" if services == ALONE else "MQL of all four", rate, (sent, told))
    if services == TOGETHER:
        until(lambda: due_at.keys() <= slack.called_at.keys(), PATIENCE_SECONDS)
        _add(section, f"Slack call, {of}", "Slack", rate, (sent, dict(slack.called_at)))


def measured(sent: Sent) -> dict[str, float]:
    """When each hand-raise was due that came after the warming up."""
    warm_at = min(sent.due_at.values()) + WARM_UP_SECONDS
    return {lead: due for lead, due in sent.due_at.items() if lead.startswith("lead-hot-") and due >= warm_at}


def _add(section: Section, what: str, key: str, rate: int, times: tuple[Sent, Mapping[str, float]]) -> None:
    sent, reached_at = times
    due_at = measured(sent)
    late = sorted((reached_at[lead] - due) * 1000 for lead, due in due_at.items() if lead in reached_at)
    missing = len(due_at) - len(late)
    figures = [percentile(late, 0.5), percentile(late, 0.99), late[-1]] if late else []
    cells = [f"{value:,.1f}" for value in figures] or [NOT_KNOWN] * 3
    delayed = f"{sent.latest_seconds * 1000:,.1f}"
    section.rows.append((what, f"{rate:,}/s", f"{len(late):,}", *cells, f"{missing:,}", delayed))
    section.document[f"{what} at {rate}/s"] = {"milliseconds": late, "missing": missing}
    if figures:
        section.keyed |= {f"{key} p50 at {rate}/s": figures[0], f"{key} p99 at {rate}/s": figures[1]}
