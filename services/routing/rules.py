"""The compiled playbook of routing: reps, pools, rules and clocks by their ids."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal
from zoneinfo import ZoneInfo

from services.routing.written import ClockEntry, RepEntry, RoutingFile, RuleEntry, SlaFile, StepEntry
from shared.calendars import Leave
from shared.conditions import Condition, Matcher, compile_condition, parse_condition
from shared.durations import WorkDuration
from shared.worktime import ALWAYS_OPEN, WorkCalendar

Action = Literal["remind", "reassign", "notify"]
PickMethod = Literal["weighted_round_robin", "least_open"]


ALWAYS: Final[Matcher] = compile_condition(parse_condition({"all": []}))
"""For rules without a condition."""


@dataclass(frozen=True, slots=True)
class Rep:
    """A person who owns leads; caps of None do not bind, `zone` is where their dates are told."""

    id: str
    name: str
    teams: tuple[str, ...]
    weight: Fraction = Fraction(1)
    daily_cap: int | None = None
    open_cap: int | None = None
    active: bool = True
    leave: tuple[Leave, ...] = ()
    skills: frozenset[str] = frozenset()
    calendar: WorkCalendar | None = None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    def on_leave(self, day: date) -> Leave | None:
        """The leave that covers the whole day."""
        return next((days for days in self.leave if days.hours is None and day in days), None)

    def out_until(self, at: datetime) -> datetime | None:
        """The end of a leave by hours that covers this instant."""
        today = at.astimezone(self.zone).date()
        for leave in (leave for leave in self.leave if leave.hours):
            for day in (today - timedelta(days=1), today):
                opens, closes = leave.hours.on(day, self.zone) if leave.hours else (at, at)
                if day in leave and opens <= at < closes:
                    return closes
        return None


@dataclass(frozen=True, slots=True)
class Pool:
    id: str
    team: str
    members: tuple[str, ...]
    pick: PickMethod = "weighted_round_robin"
    assigns_when_all_away: bool = False
    hours_count: bool = True
    """Whether a member outside their hours is passed over."""


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    team: str
    pool: str
    matches: Matcher = ALWAYS
    owner: Literal["from_event", "account"] | None = None
    """Who takes the lead instead of the pool: whoever brought it, or who holds another one of the account."""
    needs: frozenset[str] = frozenset()
    priority: int = 0


@dataclass(frozen=True, slots=True)
class AccountRules:
    """Which leads are of one account; `note` gives a new MQL to the owner of the account's open opportunity."""

    by_domain: bool = True
    free_mail: frozenset[str] = frozenset()
    note: bool = True


@dataclass(frozen=True, slots=True)
class Handover:
    """The fields to be filled when a lead is handed to a team, and whether it stays with the giver without them."""

    fields: tuple[str, ...] = ()
    refuses: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    action: Action
    target: str
    after: WorkDuration


@dataclass(frozen=True, slots=True)
class ClockRule:
    id: str
    team: str
    within: WorkDuration
    matches: Matcher = ALWAYS
    stops: frozenset[str] = frozenset()
    starts: frozenset[str] | None = None
    """The event types that start it; None: the lead is given."""
    pauses: frozenset[str] = frozenset()
    resumes: frozenset[str] = frozenset()
    acknowledged_for: WorkDuration | None = None
    warn: tuple[WorkDuration, ...] = ()
    ladder: tuple[Step, ...] = ()
    calendar: str | None = None
    """Another calendar than the owner's."""


@dataclass(frozen=True, slots=True)
class RoutingRules:
    """The rules of routing in force; `teams` holds the calendar of each team of the relay, None where it has none."""

    version: str = ""
    teams: Mapping[str, WorkCalendar | None] = field(default_factory=dict)
    reps: Mapping[str, Rep] = field(default_factory=dict)
    pools: Mapping[str, Pool] = field(default_factory=dict)
    rules: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    """By team, in the order in which they are tried."""
    clocks: Mapping[str, tuple[ClockRule, ...]] = field(default_factory=dict)
    """By team."""
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict)
    accounts: AccountRules = field(default_factory=AccountRules)
    handovers: Mapping[str, Handover] = field(default_factory=dict)
    """By the team that takes the lead."""
    others_may_decide: bool = True
    """Whether a handoff follows what somebody else than its owner decides."""
    clock_types: frozenset[str] = field(init=False)
    """The event types that a clock starts, stops, pauses or resumes on."""

    def __post_init__(self) -> None:
        clocks = [clock for of_team in self.clocks.values() for clock in of_team]
        named = [(clock.starts or frozenset()) | clock.stops | clock.pauses | clock.resumes for clock in clocks]
        object.__setattr__(self, "clock_types", frozenset().union(*named))

    @property
    def relay_has_is(self) -> bool:
        return "is" in self.teams

    def calendar_of(self, owner: str | None, team: str, name: str | None = None) -> WorkCalendar:
        """The named calendar, else the owner's, else the team's, else always at work."""
        if name is not None and name in self.calendars:
            return self.calendars[name]
        rep = self.reps.get(owner or "")
        return (rep.calendar if rep else None) or self.teams.get(team) or ALWAYS_OPEN

    def needs_of(self, team: str, rule_id: str | None) -> frozenset[str]:
        """The skills that a lead of this rule asks for."""
        return next((rule.needs for rule in self.rules.get(team, ()) if rule.id == rule_id), frozenset())

    def zone_of(self, rep_id: str) -> ZoneInfo:
        rep = self.reps.get(rep_id)
        return rep.zone if rep else ZoneInfo("UTC")


def compile_rules(
    routing: RoutingFile, sla: SlaFile, calendars: Mapping[str, WorkCalendar], version: str, company_zone: str
) -> RoutingRules:
    """Compile entries that have passed their checks."""
    relay = routing.relay
    return RoutingRules(
        version=version,
        teams={team.id: calendars.get(team.calendar or "") for team in relay},
        reps={rep.id: _rep(rep, calendars, ZoneInfo(company_zone)) for rep in routing.reps},
        pools={
            pool.id: Pool(
                pool.id, pool.team, pool.members, pool.pick, pool.when_all_away == "assign", pool.at_work == "now"
            )
            for pool in routing.pools
        },
        rules={team.id: tuple(_rule(rule) for rule in routing.rules if rule.team == team.id) for team in relay},
        clocks={team.id: tuple(_clock(clock) for clock in sla.clocks if clock.team == team.id) for team in relay},
        calendars=calendars,
        accounts=AccountRules(
            routing.accounts.email_domain, frozenset(routing.accounts.free_mail), routing.accounts.note
        ),
        handovers={one.to: Handover(one.fields, one.when_missing == "refuse") for one in routing.handovers},
        others_may_decide=routing.actions_by_others == "apply",
    )


def _rep(rep: RepEntry, calendars: Mapping[str, WorkCalendar], company_zone: ZoneInfo) -> Rep:
    calendar = calendars.get(rep.calendar or "")
    return Rep(
        id=rep.id,
        name=rep.name or rep.id,
        teams=rep.teams,
        weight=Fraction(Decimal(str(rep.weight))),
        daily_cap=rep.daily_cap,
        open_cap=rep.open_cap,
        active=rep.active,
        leave=rep.leave,
        skills=frozenset(rep.skills),
        calendar=calendar,
        zone=calendar.zone if calendar else company_zone,
    )


def _rule(rule: RuleEntry) -> Rule:
    return Rule(rule.id, rule.team, rule.pool, _matcher(rule.when), rule.owner, frozenset(rule.needs), rule.priority)


def _clock(clock: ClockEntry) -> ClockRule:
    return ClockRule(
        id=clock.id,
        team=clock.team,
        within=clock.within,
        matches=_matcher(clock.when),
        stops=frozenset(clock.stops),
        starts=None if clock.starts == "assigned" else frozenset(clock.starts),
        pauses=frozenset(clock.pauses),
        resumes=frozenset(clock.resumes),
        acknowledged_for=clock.acknowledged_for,
        warn=clock.warn,
        ladder=tuple(map(_step, clock.on_breach)),
        calendar=clock.calendar,
    )


def _step(step: StepEntry) -> Step:
    if step.remind:
        return Step("remind", step.remind, step.after)
    return Step("reassign", "pool", step.after) if step.reassign else Step("notify", step.notify or "", step.after)


def _matcher(condition: Condition | None) -> Matcher:
    return ALWAYS if condition is None else compile_condition(condition)
