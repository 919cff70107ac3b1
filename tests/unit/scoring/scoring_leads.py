"""Activities of leads and small playbooks, for the tests of scoring."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from services.scoring.contributions import Score, assess
from services.scoring.domain import apply, needs_history
from services.scoring.instants import to_microseconds
from services.scoring.playbook import load
from services.scoring.rules import ScoringPlaybook
from services.scoring.state import LeadScore
from shared.events import Event, type_registry
from shared.playbook import PlaybookFolder

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
_numbers = count(1)


def playbook(text: str) -> ScoringPlaybook:
    return load(PlaybookFolder.of({"scoring.yaml": text}))


def one_rule(rule: str, *, half_life: str = "null", mql: str = "null") -> ScoringPlaybook:
    """A playbook with one engagement rule, named `it`, for `content.downloaded`."""
    rules = f"[{{id: it, on: content.downloaded, {rule}}}]"
    return playbook(f"engagement: {{half_life: {half_life}, groups: [{{id: g, rules: {rules}}}]}}\nmql: {mql}")


def activity(kind: str, at: datetime = NOON, /, *, event_id: str = "", source: str = "urn:ma", **data: object) -> Event:
    model = type_registry.get(kind)
    return Event.model_validate(
        {
            "id": event_id or f"e{next(_numbers)}",
            "source": source,
            "type": kind,
            "subject": "lead-1",
            "time": at,
            "data": model.model_validate(data) if model else data,
        }
    )


def download(at: datetime = NOON, **more: object) -> Event:
    return activity("content.downloaded", at, **more)


def live(
    rules: ScoringPlaybook, events: Iterable[Event], state: LeadScore | None = None, past: Sequence[Event] = ()
) -> tuple[LeadScore, list[Event]]:
    """What the live shell does: events as they arrive, the log of record read only where it is asked for."""
    lead, log, emitted = state or LeadScore(), list(past), list[Event]()
    for event in events:
        if any((event.source, event.id) == (old.source, old.id) for old in log):
            continue
        decided = apply(lead, event, rules, list(log) if needs_history(lead, event, rules) else None)
        lead = decided.state
        emitted += decided.events
        log.append(event)
    return lead, emitted


def score(rules: ScoringPlaybook, events: Iterable[Event], as_of: datetime | None = None) -> Score:
    lead, _ = live(rules, events)
    return assess(lead, rules, to_microseconds(as_of) if as_of else lead.latest)


def total(rules: ScoringPlaybook, events: Iterable[Event], as_of: datetime | None = None) -> float:
    return score(rules, events, as_of).total / 1_000_000


def qualified(rules: ScoringPlaybook, events: Iterable[Event]) -> list[Event]:
    return [event for event in live(rules, events)[1] if event.type == "lead.qualified"]
