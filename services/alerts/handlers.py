"""What alerts does with a batch of events, and when a lead has been left alone too long."""

from services.alerts import domain, store
from services.alerts.notices import Notice
from services.alerts.playbook import AlertsPlaybook
from shared.service import Batch, consumes
from shared.topics import LEAD_ACTIVITY, LEAD_HANDOFF, LEAD_QUALIFIED
from shared.transaction import Transaction


@consumes(LEAD_ACTIVITY, LEAD_QUALIFIED, LEAD_HANDOFF, types=lambda _: domain.READS)
async def on_events(batch: Batch, tx: Transaction[AlertsPlaybook]) -> None:
    leads = await store.load(tx.connection, batch.subjects)
    notices: list[Notice] = []
    for event in batch.events:
        decided = domain.apply(leads[event.subject], event, tx.decided_at, tx.playbook)
        leads[event.subject] = decided.state
        notices += decided.notices
        tx.emit(decided.events)
        tx.set_timer("lead", event.subject, domain.next_due(decided.state))
    await store.save(tx.connection, leads)
    await store.ask(tx.connection, notices)


async def on_due(tx: Transaction[AlertsPlaybook], kind: str, lead_ids: list[str]) -> None:
    leads = await store.load(tx.connection, sorted(lead_ids))
    for lead_id in await tx.claim_timers(kind, lead_ids):
        decided = domain.on_due(leads[lead_id], tx.decided_at, tx.decided_at, tx.caught_up, tx.playbook)
        leads[lead_id] = decided.state
        tx.emit(decided.events)
        tx.set_timer(kind, lead_id, domain.next_due(decided.state))
        await store.ask(tx.connection, decided.notices)
    await store.save(tx.connection, leads)
