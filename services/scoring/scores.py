"""`lead.scored` is state, not a stream: the newest score of each lead that changed, at most once a second a lead.

Telling scores gives way to counting them: it takes a small share of the time, so that under load each is told more
rarely.
"""

from collections.abc import Sequence

from services.scoring import store
from services.scoring.payloads import scored_data
from services.scoring.playbook import load
from services.scoring.rules import ScoringPlaybook
from services.scoring.state import SOURCE, LeadScore
from shared.active_playbook import Active, ActivePlaybook
from shared.clock import monotonic_seconds
from shared.db import Connection
from shared.events import Event, TimerCause
from shared.outbox import Keys, Outgoing
from shared.topics import LEAD_SCORED

MOST_AT_ONCE = 200
"""Making up a score takes about 40 microseconds, in which nothing is counted."""
PASS_SECONDS = 0.05
SHARE = 0.05
"""Of the time, at most, goes into telling scores."""


class ScoreSource:
    """Where the relay finds the scores to publish."""

    def __init__(self) -> None:
        self._playbook = ActivePlaybook(load)
        self._next_pass_at = 0.0

    async def pending(self, connection: Connection, limit: int, held: Keys) -> Sequence[Outgoing]:
        began_at = monotonic_seconds()
        if began_at < self._next_pass_at:
            return []
        found = await self._newest(connection, limit, held)
        took = monotonic_seconds() - began_at
        self._next_pass_at = began_at + max(PASS_SECONDS, took / SHARE)
        return found

    async def _newest(self, connection: Connection, limit: int, held: Keys) -> Sequence[Outgoing]:
        passed_over = [key for topic, key in held if topic == LEAD_SCORED]
        leads = await store.unpublished(connection, min(limit, MOST_AT_ONCE), passed_over)
        if not leads:
            return []
        active = await self._playbook.read(connection)
        return [
            Outgoing(state.version, LEAD_SCORED, lead_id, scored(lead_id, state, active).encode())
            for lead_id, state in leads.items()
        ]

    async def sent(self, connection: Connection, outgoing: Sequence[Outgoing]) -> None:
        await store.published(connection, {item.key: item.seq for item in outgoing})


def scored(lead_id: str, state: LeadScore, active: Active[ScoringPlaybook]) -> Event:
    cause = TimerCause(SOURCE, lead_id, ("scored",))
    found = scored_data(state, active.rules)
    return Event.caused_by(cause, found, source=SOURCE, time=found.as_of, playbook=active.version)
