"""What a lead adds to the numbers: a function of its facts, so that a change of facts is a difference of counts."""

from collections import Counter
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from services.kpi import credit
from services.kpi.facts import Facts, Mark, StageEntry, start_of
from services.kpi.playbook import KpiPlaybook
from shared.events import Event
from shared.events.activities import CampaignCost
from shared.events.derived import Stage
from shared.worktime import NoOpeningError

UNKNOWN_SOURCE = "unknown"
ENTERED: dict[Stage, str] = {
    "lead": "recycled",
    "mql": "mqls",
    "sql": "sqls",
    "opportunity": "opportunities",
    "customer": "won",
    "lost": "lost",
    "disqualified": "disqualified",
    "churned": "churned",
}
REACHED: dict[Stage, tuple[tuple[Stage, str], ...]] = {
    "mql": (("sql", "mqls_to_sql"),),
    "sql": (("opportunity", "sqls_to_opportunity"),),
    "opportunity": (("customer", "opportunities_won"), ("lost", "opportunities_lost")),
    "customer": (("churned", "customers_churned"),),
}
"""Cohorts: an entry counts under that name, on its own day, once its (lead, cycle) has reached the other stage."""


class Cell(NamedTuple):
    """Where a count belongs: a day of the company, a metric, a lead source, a team and a rep (empty: nobody's)."""

    day: date
    metric: str
    source: str
    team: str = ""
    rep: str = ""


Counts = Counter[Cell]


def counts(facts: Facts, playbook: KpiPlaybook) -> Counts:
    """Everything that a lead counts for, by day in the company's time zone.

    Money is in hundredths; the speeds are metrics `speed_working:N` and `speed_elapsed:N` for N seconds.
    """
    sheet = _Sheet(facts, playbook)
    if facts.first_at is not None:
        _count_lead(sheet, facts.first_at)
    for entry in sheet.entries.values():
        if (entry.cycle, entry.to) != (1, "lead"):
            _count_entry(sheet, entry)
    for cycle in facts.qualified:
        _count_response(sheet, cycle)
    _count_wins(sheet)
    _count_clocks(sheet)
    _count_tallies(sheet)
    return sheet.counts


def delta(before: Facts, after: Facts, playbook: KpiPlaybook, earlier: KpiPlaybook | None = None) -> Counts:
    """What to add to the rollup rows when a lead's facts change; negative where something turned out otherwise.

    `earlier` is the playbook by which the facts before were counted, where that is another one.
    """
    if before is after and earlier is None:
        return Counter()
    change = counts(after, playbook)
    change.subtract(counts(before, earlier or playbook))
    return Counter({cell: n for cell, n in change.items() if n})


class Cost(NamedTuple):
    """What a campaign cost, in hundredths, under a lead source; `on` is the day that it was told for, if any."""

    on: date | None
    at: datetime
    source: str
    currency: str
    hundredths: int

    def counts(self, zone: tzinfo) -> Counts:
        """The cost on its day, else on that of its time in the zone."""
        day = self.on or self.at.astimezone(zone).date()
        return Counter({Cell(day, f"cost:{self.currency}", self.source): self.hundredths})


def cost_of(event: Event) -> Cost | None:
    """What a `campaign.cost` tells of; None of one without an amount and of all else."""
    data = event.data
    if not isinstance(data, CampaignCost) or data.amount is None:
        return None
    hundredths = round(data.amount.amount * 100)
    return Cost(data.on, event.time, data.lead_source or UNKNOWN_SOURCE, data.amount.currency, hundredths)


class _Sheet:
    """One lead's counts while they are being taken."""

    def __init__(self, facts: Facts, playbook: KpiPlaybook) -> None:
        self.facts = facts
        self.playbook = playbook
        self.entries = facts.stage_entries()
        self.counts: Counts = Counter()
        self._source = facts.source or UNKNOWN_SOURCE

    def credit_of(self, entry: StageEntry) -> credit.Credit:
        return credit.of_entry(self.facts, self.entries, entry, self.playbook.rep_teams)

    def add(self, at: datetime, metric: str, to: credit.Credit = credit.NOBODY, n: int = 1) -> None:
        day = at.astimezone(self.playbook.zone).date()
        self.counts[Cell(day, metric, self._source, to.team, to.rep)] += n


def _count_lead(sheet: _Sheet, first_at: datetime) -> None:
    sheet.add(first_at, "leads")
    if (1, "mql") in sheet.entries:
        sheet.add(first_at, "leads_to_mql")


def _count_entry(sheet: _Sheet, entry: StageEntry) -> None:
    to = sheet.credit_of(entry)
    metric = ENTERED[entry.to]
    sheet.add(entry.at, f"{metric}_implied" if entry.implied else metric, to)
    for reached, cohort in REACHED.get(entry.to, ()):
        if (entry.cycle, reached) in sheet.entries:
            sheet.add(entry.at, cohort, to)
    if entry.returns:
        _count_dated(sheet, entry, "returned", 1, sheet.facts.marked("lead.returned"))
    if entry.expansions:
        expansions = sheet.facts.marked("opportunity.opened", "lead.qualified")
        _count_dated(sheet, entry, "expansions", entry.expansions, expansions)
    if entry.renewals:
        _count_dated(sheet, entry, "renewals", entry.renewals, sheet.facts.marked("contract.renewed"))


def _count_dated(sheet: _Sheet, entry: StageEntry, metric: str, n: int, marks: list[Mark]) -> None:
    """Count n on the days of the moves that follow the entry; those not read yet on the day of the entry."""
    to = sheet.credit_of(entry)
    days = [mark.at for mark in marks if mark.at >= entry.at][:n]
    for at in [*days, *[entry.at] * (n - len(days))]:
        sheet.add(at, metric, to)


def _count_response(sheet: _Sheet, cycle: int) -> None:
    """Response and speed to lead of an MQL that was handed over, on that day; none where MQL was passed over."""
    entry, qualified = sheet.entries.get((cycle, "mql")), sheet.facts.qualified[cycle]
    first = next((handoff for handoff in sheet.facts.handoffs_in(cycle) if handoff.assigned_at), None)
    if entry is None or entry.implied or sheet.facts.is_refused(qualified.source, qualified.id):
        return
    if first is None or first.assigned_at is None:
        return
    handed_at, to = first.assigned_at, credit.Credit(first.team, first.owner or "")
    sheet.add(handed_at, "handed_over", to)
    touched_at = _answer(sheet.facts, cycle)
    if touched_at is None:
        return
    if touched_at <= _respond_by(handed_at, sheet.playbook):
        sheet.add(handed_at, "responded", to)
    elapsed = max(touched_at - handed_at, timedelta(0))
    sheet.add(handed_at, f"speed_elapsed:{rounded_seconds(elapsed)}", to)
    working = sheet.playbook.calendar_of(to.team, to.rep).elapsed(handed_at, touched_at)
    sheet.add(handed_at, f"speed_working:{rounded_seconds(working)}", to)


def _answer(facts: Facts, cycle: int) -> datetime | None:
    """The first human touch that falls into the cycle."""
    touched_at = facts.first_touches.get(cycle)
    later = [
        known.at
        for other, known in facts.qualified.items()
        if other > cycle and not facts.is_refused(known.source, known.id)
    ]
    return touched_at if touched_at and all(touched_at < at for at in later) else None


def _respond_by(handed_at: datetime, playbook: KpiPlaybook) -> datetime:
    try:
        return playbook.calendar.due(handed_at, playbook.response_within)
    except NoOpeningError:
        return handed_at


def rounded_seconds(length: timedelta) -> int:
    """Whole seconds to two significant digits: medians stay true to 5 % with few rollup rows."""
    seconds = int(length.total_seconds())
    return round(seconds, 2 - len(str(seconds)))


def _count_wins(sheet: _Sheet) -> None:
    counted: set[str] = set()
    for win in sheet.facts.wins:
        amount = sheet.facts.amounts.get(win.opportunity_id)
        if win.opportunity_id in counted or sheet.facts.is_refused(win.source, win.id):
            continue
        counted.add(win.opportunity_id)
        to = credit.of_win(sheet.facts, win, sheet.playbook.rep_teams)
        sheet.add(win.at, "deals_won", to)
        if amount is not None:
            sheet.add(win.at, f"won_amount:{amount.currency}", to, amount.hundredths)


def _count_clocks(sheet: _Sheet) -> None:
    for clock in sheet.facts.clocks.values():
        if clock.state in ("met", "breached"):
            sheet.add(clock.at, f"sla_{clock.state}:{clock.clock}", credit.Credit(clock.team, clock.owner or ""))
    for refused in sheet.facts.refusals.values():
        if not refused.retracted:
            sheet.add(refused.at, "refused_moves")


def _count_tallies(sheet: _Sheet) -> None:
    for key, n in sheet.facts.tallies.items():
        quarter, _, rest = key.partition("|")
        rep, _, metric = rest.rpartition("|")
        sheet.add(start_of(int(quarter)), metric, credit.of_rep(sheet.facts, rep, sheet.playbook.rep_teams), n)
