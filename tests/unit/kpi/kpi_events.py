"""Events as the topics bring them, for the tests of the kpi service."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count

from services.kpi.domain import fold
from services.kpi.facts import NOTHING, Facts
from services.kpi.playbook import KpiPlaybook
from shared.events import Event, derived, type_registry
from shared.events.lifecycle import Move, fold_moves

MONDAY = datetime(2026, 4, 6, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PLAYBOOK = KpiPlaybook()
_numbers = count(1)


def event(kind, at=MONDAY, /, *, event_id=None, lead="lead-1", **data):
    model = type_registry.get(kind)
    return Event.model_validate(
        {
            "id": event_id or f"e{next(_numbers)}",
            "source": "urn:test",
            "type": kind,
            "subject": lead,
            "time": at,
            "data": model.model_validate(data) if model else data,
        }
    )


def entered(to, at=MONDAY, *, cycle=1, revision=1, implied=False, **more):
    before = {"mql": "lead", "sql": "mql", "opportunity": "sql", "customer": "opportunity", "lost": "opportunity"}
    data = {"from": before.get(to, "lead"), "to": to, "cycle": cycle, "implied": implied, "revision": revision}
    return event("stage.changed", at, by="test", **data, **more)


def qualified(at=MONDAY, *, cycle=1, **more):
    fixed = {"score": 60.0, "fit": 20.0, "engagement": 40.0, "reason": "threshold", "cause_id": "a1"}
    return event("lead.qualified", at, cycle=cycle, **fixed, **more)


def assigned(at=MONDAY, *, owner="rep-1", team="is", cycle=1, attempt=1):
    return event("lead.assigned", at, owner_id=owner, team=team, cycle=cycle, attempt=attempt, decided_at=at)


def clock(kind, at=MONDAY, /, *, name="accept", owner="rep-1", team="is", cycle=1, attempt=1, due_at=None, **more):
    fixed = {"clock": name, "owner_id": owner, "team": team, "cycle": cycle, "attempt": attempt}
    return event(f"clock.{kind}", at, **fixed, due_at=due_at or at, decided_at=at, **more)


def facts_of(*events, start=NOTHING) -> Facts:
    facts = start
    for each in events:
        facts = fold(facts, each)
    return facts


def routed(moves: Iterable[Event], *, relay_has_is=True) -> list[Event]:
    """What routing tells of a lead's moves, read in this order: entries and refusals with rising revisions."""
    known, revisions, told = {}, {}, []
    read = []
    for move in moves:
        read.append(Move.of(move))
        life = fold_moves(read, relay_has_is=relay_has_is)
        now = {("entry", *key): entry for key, entry in life.entries.items()}
        now |= {("refusal", refusal.source, refusal.id): refusal for refusal in life.refusals}
        for key in sorted(known.keys() | now.keys(), key=str):
            if now.get(key) == known.get(key):
                continue
            revisions[key] = revisions.get(key, 0) + 1
            fact = now.get(key) or known[key]
            told.append((_entry if key[0] == "entry" else _refusal)(fact, revisions[key], retracted=key not in now))
        known = now
    return told


def _entry(entry, revision, *, retracted):
    data = derived.StageChanged.model_validate(
        {
            "from": entry.from_,
            "to": entry.to,
            "cycle": entry.cycle,
            "implied": entry.implied,
            "revision": revision,
            "by": entry.by,
            "rep_id": entry.rep_id,
            "returns": entry.returns,
            "expansions": entry.expansions,
            "renewals": entry.renewals,
            "retracted": retracted,
        }
    )
    return event("stage.changed", entry.at, **data.model_dump(mode="json"))


def _refusal(refusal, revision, *, retracted):
    data = {"from": refusal.from_, "by": refusal.by, "cycle": refusal.cycle, "reason": refusal.reason}
    about = {"refused_source": refusal.source, "refused_id": refusal.id}
    return event("stage.refused", refusal.at, **data, **about, revision=revision, retracted=retracted)
