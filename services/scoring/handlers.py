"""What scoring does with a batch of activities."""

from collections.abc import Iterable, Mapping, Sequence

from services.scoring import domain, store
from services.scoring.history import leaves_no_trace
from services.scoring.rules import ScoringPlaybook
from services.scoring.state import LeadScore
from shared.events import Event
from shared.service import Batch, consumes
from shared.topics import LEAD_ACTIVITY
from shared.transaction import Transaction

COOL = "cool"
"""The timer of a lead that is above the threshold."""


@consumes(LEAD_ACTIVITY)
async def on_activities(batch: Batch, tx: Transaction[ScoringPlaybook]) -> None:
    leads = await store.load(tx.connection, batch.subjects)
    events = batch.events
    histories = await _histories(batch, tx, _leads_with_late_activities(leads, events, tx.playbook))
    watched = {lead_id: state.cools_at for lead_id, state in leads.items()}
    for place, event in enumerate(events):
        lead = event.subject
        try:
            decided = domain.apply(leads[lead], event, tx.playbook, histories.get(lead))
        except domain.HistoryNeededError:
            histories |= await _histories(batch, tx, [lead], place)
            decided = domain.apply(leads[lead], event, tx.playbook, histories[lead])
        leads[lead] = decided.state
        tx.emit(decided.events)
        if lead in histories:
            histories[lead].append(event)
    for lead_id, state in leads.items():
        if state.cools_at != watched[lead_id]:
            tx.set_timer(COOL, lead_id, domain.next_due(state))
    await store.save(tx.connection, leads)


async def on_due(tx: Transaction[ScoringPlaybook], _: str, lead_ids: list[str]) -> None:
    """Tell of scores that fell by time alone; what still waits in Kafka may have raised them, so that is read first."""
    leads = await store.load(tx.connection, sorted(lead_ids))
    due = await tx.claim_timers(COOL, lead_ids)
    outdated = [lead_id for lead_id in due if leads[lead_id].playbook != tx.playbook.version]
    histories = await store.history(tx.connection, outdated)
    for lead_id in due if tx.caught_up else ():
        decided = domain.on_due(leads[lead_id], lead_id, tx.decided_at, tx.playbook, histories.get(lead_id, ()))
        leads[lead_id] = decided.state
        tx.emit(decided.events)
    for lead_id in due:
        tx.set_timer(COOL, lead_id, domain.next_due(leads[lead_id]))
    await store.save(tx.connection, {lead_id: leads[lead_id] for lead_id in due})


def _leads_with_late_activities(
    leads: Mapping[str, LeadScore], events: Sequence[Event], playbook: ScoringPlaybook
) -> set[str]:
    """The leads that are refolded from the log at some activity of the batch, as far as their times tell; such as that
    a machine clicks is found when the activity is applied."""
    newest = {lead: state.last[0] for lead, state in leads.items() if state.last}
    late = {lead for lead in newest if leads[lead].playbook != playbook.version}
    for event in events:
        lead, at = event.subject, event.time
        if at >= newest.get(lead, at):
            newest[lead] = at
        elif not leaves_no_trace(event, playbook):
            late.add(lead)
    return late


async def _histories(
    batch: Batch, tx: Transaction[ScoringPlaybook], lead_ids: Iterable[str], applied: int = 0
) -> dict[str, list[Event]]:
    """What was applied of the leads so far: the log, in which the whole batch is already, up to `applied` of it."""
    to_come = {item.identity for item in batch.received[applied:]}
    return {
        lead: [event for event in events if (event.source, event.id) not in to_come]
        for lead, events in (await store.history(tx.connection, lead_ids)).items()
    }
