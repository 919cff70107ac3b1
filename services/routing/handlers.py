"""What routing does with a batch of events, when a lead's clock has a step, and when a pool may have room again."""

from collections.abc import Iterable
from datetime import datetime

from services.routing import domain, store
from services.routing.accounts import account_of, accounts_told
from services.routing.desk import Desk
from services.routing.records import Record
from services.routing.rules import RoutingRules
from services.routing.state import LeadRouting
from services.routing.turn import Routed
from shared.events import Event
from shared.service import Batch, consumes
from shared.topics import LEAD_ACTIVITY, LEAD_QUALIFIED, REP_STATUS
from shared.transaction import Transaction


@consumes(LEAD_ACTIVITY, LEAD_QUALIFIED, REP_STATUS, types=domain.types_read)
async def on_events(batch: Batch, tx: Transaction[RoutingRules]) -> None:
    of_leads = [item.event for item in batch.received if item.record.topic != REP_STATUS]
    leads = await store.load(tx.connection, sorted({event.subject for event in of_leads}))
    needs_desk = any(domain.needs_desk(event) for event in batch.events)
    work = _Work(tx, await _locked_desk(tx, leads.values(), of_leads) if needs_desk else Desk())
    for item in batch.received:
        event = item.event
        if item.record.topic == REP_STATUS:
            domain.apply_rep(work.desk, event, tx.decided_at, tx.playbook)
        else:
            work.keep(leads, domain.apply(leads[event.subject], event, tx.decided_at, work.desk, tx.playbook))
    await work.save(leads)


async def on_due(tx: Transaction[RoutingRules], kind: str, subjects: list[str]) -> None:
    if kind == "pool":
        await _drain(tx, sorted(subjects))
    else:
        await _fire(tx, subjects)


async def _fire(tx: Transaction[RoutingRules], lead_ids: list[str]) -> None:
    leads = await store.load(tx.connection, sorted(lead_ids))
    reassigns = any(domain.may_reassign(lead, tx.decided_at) for lead in leads.values())
    work = _Work(tx, await _locked_desk(tx, leads.values()) if reassigns else Desk())
    for lead_id in await tx.claim_timers("lead", lead_ids):
        routed = domain.on_due(
            leads[lead_id],
            tx.decided_at,
            tx.decided_at,
            caught_up=tx.caught_up,
            desk=work.desk,
            rules=tx.playbook,
        )
        work.keep(leads, routed)
    await work.save(leads)


async def _drain(tx: Transaction[RoutingRules], pool_ids: list[str]) -> None:
    """Give out what waits in the pools: chosen without locks, locked in order, and looked at again.

    Another replica may do the same at the same time: as long as anything was found, the pool is looked at once more.
    """
    seen = await store.look_at_desk(tx.connection)
    present = {pool_id: domain.present_in(pool_id, tx.decided_at, seen, tx.playbook) for pool_id in pool_ids}
    waiting = {pool_id: await store.waiting_in(tx.connection, pool_id, present[pool_id]) for pool_id in pool_ids}
    leads = await store.load(tx.connection, sorted(lead for chosen in waiting.values() for lead in chosen))
    work = _Work(tx, await _locked_desk(tx, leads.values()))
    for pool_id in await tx.claim_timers("pool", pool_ids):
        chosen = waiting[pool_id]
        drained = domain.drain([leads[lead] for lead in chosen], pool_id, tx.decided_at, work.desk, tx.playbook)
        for routed in drained.routed:
            work.keep(leads, routed)
        if work.desk.pool(pool_id).waiting:
            work.desk.wake(pool_id, tx.decided_at if chosen else await _next_chance(tx, pool_id, work.desk))
    await work.save(leads)


async def _next_chance(tx: Transaction[RoutingRules], pool_id: str, desk: Desk) -> datetime | None:
    """When somebody may take one of the leads that wait in the pool, where nobody may now; lock the desk before."""
    unable = await store.unable_of_waiting(tx.connection, pool_id)
    return domain.next_chance_in(pool_id, unable, tx.decided_at, desk, tx.playbook)


async def _locked_desk(
    tx: Transaction[RoutingRules], leads: Iterable[LeadRouting], events: Iterable[Event] = ()
) -> Desk:
    """The desk with what these leads and events need of it; lock the leads before."""
    desk, rules = await store.lock_desk(tx.connection, tx.playbook), tx.playbook.accounts
    accounts = {account for lead in leads if (account := account_of(lead, rules))}
    await store.load_accounts(tx.connection, desk, accounts.union(accounts_told(events, rules)))
    return desk


class _Work:
    """What a transaction decides, until it is written down."""

    def __init__(self, tx: Transaction[RoutingRules], desk: Desk) -> None:
        self.desk = desk
        self._tx = tx
        self._records: list[Record] = []
        self._told: list[Event] = []

    def keep(self, leads: dict[str, LeadRouting], routed: Routed) -> None:
        leads[routed.state.lead] = routed.state
        self._tx.emit(routed.events)
        self._told += routed.events
        self._records += routed.records
        self._tx.set_timer("lead", routed.state.lead, domain.next_due(routed.state))

    async def save(self, leads: dict[str, LeadRouting]) -> None:
        for pool_id, at in self.desk.wakes.items():
            self._tx.set_timer("pool", pool_id, at, waits=False)
        await store.save(self._tx.connection, leads, self._tx.playbook)
        await store.save_desk(self._tx.connection, self.desk)
        await store.record(self._tx.connection, self._records)
        await store.keep_told(self._tx.connection, self._told)
