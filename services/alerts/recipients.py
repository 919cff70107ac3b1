"""Who is told: the Slack address of a role, where else it goes when that one is refused, and when not to disturb."""

from dataclasses import dataclass
from datetime import datetime

from services.alerts.playbook import AlertsPlaybook, Rep, Severity, Team
from shared.worktime import ALWAYS_OPEN, NoOpeningError

ROLES = frozenset({"owner", "manager", "fallback", "channel"})
NO_TEAM = Team("", None, None, None, ALWAYS_OPEN)


@dataclass(frozen=True, slots=True)
class Recipient:
    """`addresses` are Slack user and channel ids, tried in order; there may be none."""

    role: str
    rep: Rep | None
    name: str
    addresses: tuple[str, ...]
    zone: str

    @property
    def target(self) -> str:
        return f"{self.role}:{self.name}"


def find(playbook: AlertsPlaybook, role: str, team_id: str, owner_id: str | None) -> Recipient:
    """The recipient of a role, or of a rep's id; an unknown word means the team's channel."""
    if role not in ROLES and role not in playbook.reps:
        role = "channel"
    team = playbook.teams.get(team_id, NO_TEAM)
    rep_id = {"owner": owner_id, "manager": team.manager, "fallback": team.fallback, "channel": None}.get(role, role)
    rep = playbook.reps.get(rep_id or "")
    return Recipient(
        role=role if role in ROLES else "rep",
        rep=rep,
        name=rep_id or team_id or "all",
        addresses=_addresses(playbook, team, rep),
        zone=rep.zone if rep else playbook.zone,
    )


def _addresses(playbook: AlertsPlaybook, team: Team, rep: Rep | None) -> tuple[str, ...]:
    people = (playbook.reps.get(rep_id or "") for rep_id in (team.manager, team.fallback))
    found = [rep.slack if rep else None, team.channel, playbook.rules.channel]
    found += [person.slack if person else None for person in people]
    return tuple(dict.fromkeys(address for address in found if address))


def is_of_the_team(playbook: AlertsPlaybook, team_id: str, address: str) -> bool:
    """Whether a rep or the team's own channel reads what goes to the address; the channel of last resort is neither."""
    own = {rep.slack for rep in playbook.reps.values()} | {playbook.teams.get(team_id, NO_TEAM).channel}
    return bool(address) and address in own


def disturb_from(playbook: AlertsPlaybook, recipient: Recipient, severity: Severity, at: datetime) -> datetime | None:
    """When a message may go out that may not at once: the person's next opening. None means now."""
    if severity == "urgent" or not playbook.rules.quiet_hours or recipient.rep is None:
        return None
    try:
        opening = recipient.rep.calendar.next_opening(at)
    except NoOpeningError:
        return None
    return opening if opening > at else None
