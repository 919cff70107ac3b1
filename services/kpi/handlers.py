"""What kpi does with a batch of events of every topic."""

from collections.abc import Mapping

from services.kpi import recounting, store
from services.kpi.counting import Cost, cost_of
from services.kpi.domain import fold
from services.kpi.facts import Facts
from services.kpi.playbook import KpiPlaybook
from services.kpi.store import Counted
from shared.events import Event
from shared.service import Batch, consumes
from shared.topics import CAMPAIGN, LEAD_ACTIVITY, LEAD_ALERTED, LEAD_HANDOFF, LEAD_QUALIFIED
from shared.transaction import Transaction


@consumes(LEAD_ACTIVITY, LEAD_QUALIFIED, LEAD_HANDOFF, LEAD_ALERTED, CAMPAIGN)
async def on_events(batch: Batch, tx: Transaction[KpiPlaybook]) -> None:
    connection, rules = tx.connection, tx.playbook.rules
    of_leads = [item.event for item in batch.received if item.record.topic != CAMPAIGN]
    await store.keep_rules(connection, rules)
    before = await store.load(connection, sorted({event.subject for event in of_leads}), rules.digest)
    changed = _changed(before, of_leads)
    change = await recounting.difference(connection, before, changed, tx.playbook)
    costs = _costs(batch)
    for campaign, cost in costs:
        change.update(store.placed(campaign, cost.counts(tx.playbook.zone)))
    await store.keep_costs(connection, [told for told in costs if told[1].on is None], rules.zone)
    await store.save(connection, changed, rules.digest)
    await store.add(connection, change)


def _changed(before: Mapping[str, Counted], events: list[Event]) -> dict[str, Facts]:
    after = {lead_id: counted.facts for lead_id, counted in before.items()}
    for event in events:
        after[event.subject] = fold(after[event.subject], event)
    return {lead_id: facts for lead_id, facts in after.items() if facts is not before[lead_id].facts}


def _costs(batch: Batch) -> list[tuple[str, Cost]]:
    """What the campaigns cost, by their ids."""
    events = [item.event for item in batch.received if item.record.topic == CAMPAIGN]
    return [(event.subject, cost) for event in events if (cost := cost_of(event))]
