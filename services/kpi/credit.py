"""To which team and rep a number belongs."""

from collections.abc import Mapping
from typing import NamedTuple

from services.kpi.facts import Facts, Handoff, StageEntry, Win, in_order
from shared.events.derived import Stage


class Credit(NamedTuple):
    team: str
    rep: str


NOBODY = Credit("", "")
_PASSED_ON: frozenset[Stage] = frozenset({"sql", "opportunity"})
RepTeams = Mapping[str, str]
"""The team of each rep in the playbook."""


def of_entry(
    facts: Facts, entries: Mapping[tuple[int, Stage], StageEntry], entry: StageEntry, teams: RepTeams
) -> Credit:
    """An MQL belongs to whoever took it, an SQL and an opportunity to whoever passed it on; all else to whoever did it.

    Who is not named is taken to be the owner: the cycle's first for what Inside Sales passes on, else its last.
    """
    handoffs = facts.handoffs_in(entry.cycle)
    if entry.to == "mql":
        return _owner(handoffs[:1])
    if entry.to in _PASSED_ON:
        passed = entries.get((entry.cycle, "sql"))
        rep = passed.rep_id if passed and not passed.implied else None
        return of_rep(facts, rep, teams) if rep else _owner(handoffs[:1])
    return of_rep(facts, entry.rep_id, teams) if entry.rep_id else _owner(handoffs[-1:])


def of_win(facts: Facts, win: Win, teams: RepTeams) -> Credit:
    """The rep who reported it, else the lead's last owner."""
    return of_rep(facts, win.rep_id, teams) if win.rep_id else _owner(in_order(facts.handoffs.values())[-1:])


def of_rep(facts: Facts, rep: str, teams: RepTeams) -> Credit:
    """The team that the rep owned the lead for, else the one that the playbook names."""
    return Credit(facts.rep_teams.get(rep) or teams.get(rep, ""), rep)


def _owner(handoffs: list[Handoff]) -> Credit:
    return next((Credit(handoff.team, handoff.owner or "") for handoff in handoffs), NOBODY)
