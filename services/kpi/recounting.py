"""Counts every lead anew after a change of the rules of counting, a few at a time, while events go on being counted."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

import structlog

from services.kpi import store
from services.kpi.counting import delta
from services.kpi.facts import Facts
from services.kpi.playbook import KpiPlaybook, compiled, load
from services.kpi.store import Counted, PlacedCounts, UndatedCost
from shared.active_playbook import ActivePlaybook
from shared.db import Connection, Pool
from shared.errors import is_transient
from shared.resting import told_to_stop
from shared.service import Running

log = structlog.get_logger()

AT_ONCE = 100
"""Leads in one transaction: few enough for batches not to wait long for one of them."""
REST_SECONDS = 0.1
LOOK_SECONDS = 5.0
START = ("", "")


async def recount(running: Running) -> None:
    """Recount what stands counted under other rules than those in force, until the service stops."""
    await Recounting(running.pool).run(running.stopping)


class Recounting:
    """Passes over the leads that are counted under other rules; what is done is seen in their rows alone."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._playbook = ActivePlaybook(load)
        self._reached = START
        """The rules being replaced and the last lead: it spares the next turn what the index still holds of before."""

    async def run(self, stopping: asyncio.Event) -> None:
        while not await told_to_stop(stopping, await self._rest_after_turn()):
            pass

    async def _rest_after_turn(self) -> float:
        try:
            return REST_SECONDS if await self.turn() else LOOK_SECONDS
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("recounting will be tried again", error_type=type(error).__name__)
            return LOOK_SECONDS

    async def turn(self) -> int:
        """Recount the next leads and costs, at most AT_ONCE of each, in one transaction; returns how many."""
        async with self._pool.acquire() as connection, connection.transaction():
            playbook = (await self._playbook.read(connection)).rules
            await store.keep_rules(connection, playbook.rules)
            costs = await store.costs_elsewhere(connection, playbook.rules.zone, AT_ONCE)
            leads = await self._next_leads(connection, playbook.rules.digest)
            moved = _moved(costs, playbook.zone)
            facts = {lead_id: lead.facts for lead_id, lead in leads.items()}
            moved.update(await difference(connection, leads, facts, playbook))
            await store.costs_recounted(connection, [kept.seq for kept in costs], playbook.rules.zone)
            await store.recounted(connection, leads, playbook.rules.digest)
            await store.add(connection, moved)
        return len(costs) + len(leads)

    async def _next_leads(self, connection: Connection, now: str) -> dict[str, Counted]:
        old = await store.other_rules(connection, now)
        if old is None:
            self._reached = START
            return {}
        after = self._reached[1] if self._reached[0] == old else ""
        found = await store.counted_under(connection, old, after, AT_ONCE)
        self._reached = (old, next(reversed(found))) if len(found) == AT_ONCE else START
        return {lead_id: Counted(facts, old) for lead_id, facts in found.items()}


def _moved(costs: Iterable[UndatedCost], zone: ZoneInfo) -> PlacedCounts:
    moved: PlacedCounts = Counter()
    for kept in costs:
        change = kept.cost.counts(zone)
        change.subtract(kept.cost.counts(ZoneInfo(kept.zone)))
        moved.update({(kept.partition, cell): n for cell, n in change.items()})
    return moved


async def difference(
    connection: Connection, before: Mapping[str, Counted], after: Mapping[str, Facts], playbook: KpiPlaybook
) -> PlacedCounts:
    """What turns the rollup's counts of the leads in `after` into those of their facts now, by the playbook."""
    others = {before[lead_id].under for lead_id in after} - {playbook.rules.digest}
    earlier = await _earlier(connection, others)
    change: PlacedCounts = Counter()
    for lead_id, facts in after.items():
        counted = before[lead_id]
        by = None if counted.under == playbook.rules.digest else earlier[counted.under]
        change.update(store.placed(lead_id, delta(counted.facts, facts, playbook, by)))
    return change


async def _earlier(connection: Connection, digests: set[str]) -> dict[str, KpiPlaybook]:
    documents = await store.kept_rules(connection, digests) if digests else {}
    return {digest: compiled(document) for digest, document in documents.items()}
