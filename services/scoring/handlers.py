"""What scoring does with a batch of activities."""

from collections.abc import Mapping, Sequence

from services.scoring import domain, store
from services.scoring.machines import MAIL_EVENTS
from services.scoring.rules import ScoringPlaybook
from services.scoring.state import LeadScore
from shared.events import Event
from shared.events.lifecycle import OrderKey, order_key
from shared.service import Batch, consumes
from shared.topics import LEAD_ACTIVITY
from shared.transaction import Transaction


@consumes(LEAD_ACTIVITY)
async def on_activities(batch: Batch, tx: Transaction[ScoringPlaybook]) -> None:
    leads = await store.load(tx.connection, batch.subjects)
    late = _leads_with_late_activities(leads, batch.events, tx.playbook)
    histories = _before(batch, await store.history(tx.connection, late))
    for event in batch.events:
        decided = domain.apply(leads[event.subject], event, tx.playbook, histories.get(event.subject))
        leads[event.subject] = decided.state
        tx.emit(decided.events)
        if event.subject in histories:
            histories[event.subject].append(event)
    await store.save(tx.connection, leads)


def _leads_with_late_activities(
    leads: Mapping[str, LeadScore], events: Sequence[Event], playbook: ScoringPlaybook
) -> set[str]:
    """The leads that have to be refolded from the log at some activity of the batch."""
    late: set[str] = set()
    newest: dict[str, OrderKey] = {}
    for event in events:
        lead, key = event.subject, order_key(event)
        comes_again = lead in newest and (key <= newest[lead] or event.type in MAIL_EVENTS)
        if comes_again or domain.needs_history(leads[lead], event, playbook):
            late.add(lead)
        newest[lead] = max(key, newest.get(lead, key))
    return late


def _before(batch: Batch, histories: Mapping[str, Sequence[Event]]) -> dict[str, list[Event]]:
    """The histories without this batch, whose activities are in the log already."""
    of_batch = {item.identity for item in batch.received}
    return {
        lead: [event for event in events if (event.source, event.id) not in of_batch]
        for lead, events in histories.items()
    }
