"""Companies that sell in different ways: by three teams, without Inside Sales, and the example company."""

from pathlib import Path

from shared.playbook import PlaybookFolder

SCORING = """
fit: {rules: [{id: large, when: {field: employees, op: ge, value: 1000}, points: 20}]}
engagement:
  half_life: 3d
  groups: [{id: c, rules: [{id: paper, on: content.downloaded, points: 30, repeat: {once_per: asset_id}}]}]
mql: {threshold: 40, instant: [demo.requested], unless: {field: competitor, op: eq, value: true}, rearm_below: 30}
"""

ALERTS = "stale: [{stage: mql, after: 2bd}]"
SLA = """
clocks:
  - id: accept
    team: is
    stops: [lead.accepted, lead.rejected]
    within: 4h
    warn: [2h]
    on_breach: [{after: 1h, reassign: pool}, {after: 8h, notify: manager}]
  - id: next_touch
    team: fs
    starts: [opportunity.opened, meeting.held]
    stops: [call.connected, meeting.booked]
    pauses: [lead.snoozed, email.sent]
    resumes: [web.visited]
    within: 1bd
    on_breach: [{after: 2h, reassign: pool}]
"""
TEAMS = """
teams: [{id: is, manager: aoki, fallback: baba}, fs, cs]
reps:
  - {id: aoki, team: is, daily_cap: 3, weight: 3}
  - {id: baba, team: [is, fs]}
  - {id: chiba, team: fs, open_cap: 2, weight: 2}
  - {id: doi, team: [is, fs], skills: [english]}
  - {id: endo, team: cs}
pools:
  - {id: is-all, team: is, members: [aoki, baba, doi]}
  - {id: fs-all, team: fs, members: [chiba, doi, baba], pick: least_open}
  - {id: cs-all, team: cs, members: [endo]}
"""
RULES = """
rules:
  - {id: is-owned, team: is, owner: account, pool: is-all}
  - {id: is-cards, team: is, when: {field: lead_source, op: eq, value: expo}, owner: from_event, pool: is-all}
  - {id: is-large, team: is, when: {field: employees, op: ge, value: 1000}, pool: is-all, needs: [english]}
  - {id: is-rest, team: is, pool: is-all}
  - {id: fs-rest, team: fs, pool: fs-all}
  - {id: cs-rest, team: cs, pool: cs-all}
handovers: [{from: is, to: fs, definition: 課題がわかる, fields: [problem], when_missing: refuse}]
accounts: {email_domain: true, note: true}
actions_by_others: refuse
"""
SMALL = """
teams: [fs, cs]
reps: [{id: baba, team: [fs, cs]}, {id: chiba, team: fs}]
pools: [{id: fs-all, team: fs, members: [baba, chiba]}, {id: cs-all, team: cs, members: [baba]}]
rules: [{id: fs-rest, team: fs, pool: fs-all}, {id: cs-rest, team: cs, pool: cs-all}]
"""


def _company(**files: str) -> PlaybookFolder:
    common = {"company": "{name: 青葉, timezone: Asia/Tokyo}", "scoring": SCORING, "alerts": ALERTS, "kpi": "{}"}
    return PlaybookFolder.of({f"{name}.yaml": text for name, text in (common | files).items()})


THREE_TEAMS = _company(routing=TEAMS + RULES, sla=SLA)
SHORTER_CLOCKS = _company(routing=TEAMS + RULES, sla=SLA.replace("within: 4h", "within: 1h"))
"""As three teams, to which clocks are moved on request."""
WITHOUT_INSIDE_SALES = _company(
    routing=SMALL, sla=SLA[: SLA.index("  - id: accept")] + SLA[SLA.index("  - id: next") :]
)
EXAMPLE_COMPANY = PlaybookFolder.read(Path(__file__).parents[3] / "deploy" / "playbook")
COMPANIES = (THREE_TEAMS, WITHOUT_INSIDE_SALES, EXAMPLE_COMPANY)
