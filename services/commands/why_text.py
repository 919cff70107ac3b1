"""How `baton why`, `why-not` and `route` are read by people: lines and tables, times in the company's zone."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from services.commands.output import counted, print_table
from services.commands.why_owner import OwnerTold
from services.commands.why_told import ContributionTold, MissingTold, ScoreTold
from services.routing.explain import CandidateTold, DecisionTold, RuleTold
from services.routing.explain_clocks import ClockTold
from services.routing.trial import Trial


def say(line: str = "") -> None:
    typer.echo(line)


def points(number: float) -> str:
    """Points to the last of their six digits, without zeros that say nothing."""
    return f"{number:.6f}".rstrip("0").rstrip(".")


class Teller:
    """Prints what was gathered, times in one zone."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)

    def _at(self, at: datetime | None) -> str:
        return f"{at.astimezone(self._zone):%Y-%m-%d %H:%M}" if at else ""

    def _at_zone(self, at: datetime | None) -> str:
        return f"{at.astimezone(self._zone):%Y-%m-%d %H:%M %Z}" if at else ""

    def head(self, told: ScoreTold) -> None:
        """The score in a line, and how it stands to the threshold."""
        active = "the active one" if told.playbook == told.active_playbook else f"active now: {told.active_playbook}"
        parts = f"fit {points(told.fit)} + engagement {points(told.engagement)}"
        say(f"{told.lead_id}: score {points(told.score)} = {parts}")
        say(f"as of {self._at_zone(told.as_of)}, by playbook {told.playbook} ({active})")
        bar = (
            "no threshold" if told.threshold is None else f"threshold {points(told.threshold)} ({told.threshold_place})"
        )
        least = "" if told.min_fit is None else f", least fit {points(told.min_fit)}"
        stands = "has qualified" if told.qualified else "has not qualified"
        say(f"stage {told.stage}, cycle {told.cycle}, in which it {stands}; MQL: {bar}{least}")

        if by := told.qualified_by:
            why = f": {by.why}" if by.why else ""
            given = "; as backfill, so it was given to nobody" if by.backfill else ""
            say(f"qualified on {self._at_zone(by.at)} by {by.activity}{why}{given}")

    def score(self, told: ScoreTold) -> None:
        """Every contribution, what gave nothing, and whether the log agrees."""
        self.head(told)
        say()
        table = Table("points", "of", "rule", "in the playbook", "what happened", "when", "why")
        giving = [part for part in told.contributions if part.value]
        for part in sorted(giving, key=lambda part: (-abs(part.value), part.rule)):
            table.add_row(*map(escape, self._row(part)))
        table.add_row(f"{points(told.score)}", "", "sum", "", "", "", "exactly the score")
        print_table(table)
        for line in _gave_nothing(told.contributions):
            say(line)
        say()
        say("Counted anew from the log:")
        for check in told.checks:
            word = {True: "agrees", False: "DOES NOT AGREE", None: "open"}[check.agrees]
            say(f"  {check.what} {word}: {check.detail}")

    def _row(self, part: ContributionTold) -> tuple[str, ...]:
        why = f"{part.condition}: {part.why}" if part.condition else part.why
        when = self._at(part.time)
        return (
            f"{points(part.value)}",
            f"{points(part.base)}",
            part.rule,
            part.place or "",
            part.activity or "",
            when,
            why,
        )

    def missing(self, found: MissingTold, score: ScoreTold) -> None:
        """What keeps the lead from qualifying, and what would do."""
        self.head(score)
        say()
        say("Why it does not qualify again:" if score.qualified else "Why it is no MQL now:")
        for line in _hindrances(found):
            say(f"  {line}")
        say()
        if not found.suggestions:
            say("No single rule of the playbook would change that.")
            return
        say("Any one of these, had it happened now, would have made it an MQL:")
        for one in found.suggestions:
            place = f" ({one.place})" if one.place else " (instant)"
            data = ", ".join(f"{name} {value}" for name, value in one.data.items())
            gain = f"{points(one.gain)} points more, score {points(one.score)}"
            say(f"  {one.rule}{place}: {one.activity}{' with ' + data if data else ''}: {gain}")

    def owner(self, told: OwnerTold) -> None:
        """The owner with the decisions that led to them, the clocks, and the messages."""
        say()
        if told.team is None:
            say("It has been handed to nobody.")
            return
        say(f"{told.status} in team {told.team}: {told.owner or 'no owner'} ({_attempt(told)})")
        for decision in told.decisions:
            self.decision(decision)
        say()
        for clock in told.clocks:
            self._clock(clock)
        for other in told.other_clocks:
            say(f"clock {other.id} ({other.place}): {other.why}")
        self._alerts(told)

    def decision(self, told: DecisionTold) -> None:
        """One decision: rules, candidates, and whether its inputs give it again."""
        record = told.record
        say()
        say(f"{self._at_zone(record.decided_at)}, {record.kind}: {told.summary}")
        _rules(told.rules)
        _candidates(told.candidates)
        again = "agrees" if told.agrees else f"DOES NOT AGREE: the inputs give {told.redecided or 'nobody'}"
        number = f" (number {record.seq} of the pool {record.pool})" if record.seq else ""
        say(f"decided anew from its record{number}, playbook {record.playbook}: {again}")

    def _clock(self, clock: ClockTold) -> None:
        paused = f" since {self._at(clock.paused_at)} until {self._at(clock.resumes_at)}" if clock.paused_at else ""
        due = self._at_zone(clock.due_at)
        say(f"clock {clock.id} ({clock.place}) of {clock.owner}: {clock.status}{paused}, due {due}")
        because = "" if clock.condition == "always" else f", because {clock.condition}"
        rests = [f"{self._at(rest.paused_at)} to {self._at(rest.resumed_at)}" for rest in clock.rests]
        rested = f", less its rests ({'; '.join(rests)})" if rests else ""
        say(f"  {clock.within} since {self._at(clock.started_at)} in {clock.calendar}{rested}{because}")
        if not clock.agrees:
            say(f"  DOES NOT AGREE: counted anew it is due {self._at(clock.counted_due)}")
        to_come = [f"warning {self._at(at)}" for at in clock.warns]
        to_come += [f"{step.action} {step.target} {self._at(step.at)}" for step in clock.ladder]
        say(f"  to come: {', '.join(to_come) or 'nothing more'} (playbook {clock.playbook})")

    def _alerts(self, told: OwnerTold) -> None:
        if not told.alerts:
            return
        say()
        table = Table("when", "message", "severity", "to", "why", "status")
        for one in told.alerts:
            status = f"{one.status}: {one.reason}" if one.reason else one.status
            row = (self._at(one.at), one.kind, one.severity, f"{one.role} {one.address}", one.why, status)
            table.add_row(*map(escape, row))
        print_table(table)

    def trial(self, found: Trial) -> None:
        """Who would get such a lead, and why."""
        when = self._at_zone(found.at)
        say(f"{found.owner or 'nobody'} would get it: team {found.team}, {when}, playbook {found.playbook}")
        if found.decision is None:
            say("the playbook has no rule for the team")
            return
        _rules(found.decision.rules)
        say(f"  {found.decision.summary}")
        _candidates(found.decision.candidates)
        if found.owner is None:
            when = self._at_zone(found.next_at) or "when something changes: an open cap, an absence without end"
            say(f"the pool may next give leads out: {when}")


def _attempt(told: OwnerTold) -> str:
    return f"cycle {told.cycle}, attempt {told.attempt}"


def _gave_nothing(parts: Sequence[ContributionTold]) -> Iterator[str]:
    alike = Counter((part.rule, part.place, part.why) for part in parts if not part.value)
    for (rule, place, why), number in sorted(alike.items(), key=str):
        where = f" ({place})" if place else ""
        yield f"{rule}{where}, {counted(number, 'activity', 'activities')}: {why}"


def _hindrances(found: MissingTold) -> Iterator[str]:
    if found.points:
        yield f"{points(found.points)} points are missing to the threshold"
    if found.fit:
        yield f"{points(found.fit)} points of fit are missing"
    for one in found.blockers:
        read = ", ".join(f"{name} is {json.dumps(value, ensure_ascii=False)}" for name, value in one.found.items())
        yield f"blocked while {one.condition} ({one.place}): {read}"
    yield from found.obstacles


def _rules(rules: Sequence[RuleTold]) -> None:
    for rule in rules:
        because = f" ({rule.why})" if rule.why and rule.why != "did not hold" else ""
        say(f"  rule {rule.id} ({rule.place}) {'held' if rule.holds else 'did not hold'}: {rule.condition}{because}")


def _candidates(candidates: Sequence[CandidateTold]) -> None:
    """The members of the pool as they stood; nothing where nobody was picked."""
    if not candidates:
        return
    table = Table("rep", "name", "weight", "open", "balance before (leads)", "after", "why")
    for one in candidates:
        balances = (f"{one.balance_before:+.3f}", f"{one.balance_after:+.3f}")
        table.add_row(one.rep, escape(one.name), f"{one.weight:g}", str(one.open), *balances, escape(one.why))
    print_table(table)
