"""Stale leads: no activity by the owner for longer than the stage allows, in the owner's working time."""

from dataclasses import replace
from datetime import datetime

from services.alerts.draft import Draft, Situation
from services.alerts.playbook import AlertsPlaybook
from services.alerts.state import OWNED, LeadAlerts, Watch
from shared.events.derived import LeadStale, Stage
from shared.worktime import NoOpeningError

TEAM_OF: dict[Stage, str] = {"mql": "is", "sql": "fs", "opportunity": "fs", "customer": "cs"}


def owning_team(stage: Stage, playbook: AlertsPlaybook) -> str | None:
    """The team whose owner is expected to act at a stage; without `is`, an MQL is the field sales team's."""
    team = TEAM_OF.get(stage)
    return "fs" if team == "is" and "is" not in playbook.teams else team


def watched(state: LeadAlerts, playbook: AlertsPlaybook) -> Watch | None:
    """The wait for the owner as it stands now: begun anew when stage, owner or their latest activity changed.

    Somebody whom the owner of an opportunity took into it is waited for with the opportunity.
    """
    team = owning_team(state.stage, playbook)
    holding = state.handoffs.get(team or "")
    if team is None or holding is None or holding.owner is None or holding.status not in OWNED:
        return None
    if holding.why == "note" and holding.status != "assigned":
        return None
    touch = state.touches.get(holding.owner)
    starts = [holding.since, state.entered_at, touch.quiet_since if touch else None]
    base = max(start for start in starts if start)
    watch = Watch(state.stage, state.cycle, team, holding.owner, base)
    if state.watch and replace(state.watch, steps=0, due=None, rule=0) == watch:
        return state.watch
    return next_step(watch, playbook)


def next_step(watch: Watch, playbook: AlertsPlaybook) -> Watch:
    """The watch with the deadline of its next step, None when no rule of the stage is left; earliest first."""
    calendar = playbook.calendar_of(watch.owner)
    deadlines: list[tuple[datetime, int]] = []
    for number, rule in enumerate(playbook.rules.stale):
        if rule.stage == watch.stage:
            try:
                deadlines.append((calendar.due(watch.base, rule.after), number))
            except NoOpeningError:
                continue
    left = sorted(deadlines)[watch.steps :]
    due, number = left[0] if left else (None, 0)
    return replace(watch, due=due, rule=number)


def rule_stands(watch: Watch, playbook: AlertsPlaybook) -> bool:
    """Whether the rule that the watch waits for is still one of its stage: the playbook may have changed meanwhile."""
    rules = playbook.rules.stale
    return watch.rule < len(rules) and rules[watch.rule].stage == watch.stage


def become_stale(draft: Draft, watch: Watch, deadline: datetime) -> None:
    """The step at the deadline is taken: the first one is `lead.stale`, each tells whom its rule names."""
    rule = draft.playbook.rules.stale[watch.rule]
    draft.state = replace(draft.state, watch=next_step(replace(watch, steps=watch.steps + 1), draft.playbook))
    touch = draft.state.touches.get(watch.owner)
    if watch.steps == 0:
        stale = LeadStale(
            stage=watch.stage,
            cycle=watch.cycle,
            team=watch.team,
            owner_id=watch.owner,
            last_touch_at=touch.at if touch else None,
            decided_at=draft.decided_at,
        )
        draft.emit(stale, deadline)
    holding = draft.state.handoffs[watch.team]
    occasion = f"{watch.stage}:{watch.base.isoformat()}:{watch.steps}"
    situation = Situation(
        "stale", rule.severity, rule.tell, watch.team, holding, about=watch.owner, detail=watch.stage, occasion=occasion
    )
    draft.tell(situation, watch.owner)
