"""What kpi does with a batch of events of every topic."""

from collections import Counter

from services.kpi import store
from services.kpi.counting import Cell, campaign_cost, delta
from services.kpi.domain import fold
from services.kpi.playbook import KpiPlaybook
from shared.service import Batch, consumes
from shared.topics import CAMPAIGN, LEAD_ACTIVITY, LEAD_ALERTED, LEAD_HANDOFF, LEAD_QUALIFIED
from shared.transaction import Transaction


@consumes(LEAD_ACTIVITY, LEAD_QUALIFIED, LEAD_HANDOFF, LEAD_ALERTED, CAMPAIGN)
async def on_events(batch: Batch, tx: Transaction[KpiPlaybook]) -> None:
    change: Counter[tuple[int, Cell]] = Counter()
    of_leads = [item.event for item in batch.received if item.record.topic != CAMPAIGN]
    before = await store.load(tx.connection, sorted({event.subject for event in of_leads}))
    after = dict(before)
    for event in of_leads:
        after[event.subject] = fold(after[event.subject], event, tx.playbook.zone)
    changed = {lead_id: facts for lead_id, facts in after.items() if facts is not before[lead_id]}
    for lead_id, facts in changed.items():
        change.update(store.placed(lead_id, delta(before[lead_id], facts, tx.playbook)))
    for item in batch.received:
        if item.record.topic == CAMPAIGN:
            change.update(store.placed(item.event.subject, campaign_cost(item.event, tx.playbook)))
    await store.save(tx.connection, changed)
    await store.add(tx.connection, change)
