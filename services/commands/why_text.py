"""How `baton why`, `why-not` and `route` are read by people: lines and tables, times in the company's zone."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import typer

from services.commands.output import counted, print_listed
from services.commands.why_owner import OwnerTold
from services.commands.why_told import ChangeTold, ContributionTold, MissingTold, ScoreTold
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
        giving = [part for part in told.contributions if part.value]
        rows = [self._row(part) for part in sorted(giving, key=lambda part: (-abs(part.value), part.rule))]
        rows.append(((points(told.score), "", "sum", ""), "exactly the score"))
        print_listed(("points", "of", "rule", "in the playbook"), rows)
        for line in _gave_nothing(told.contributions):
            say(line)
        say()
        say("Counted anew from the log:")
        for check in told.checks:
            word = {True: "agrees", False: "DOES NOT AGREE", None: "open"}[check.agrees]
            say(f"  {check.what} {word}: {check.detail}")

    def _row(self, part: ContributionTold) -> tuple[tuple[str, ...], str]:
        """The numbers with rule and place, and below them what happened, when, and why it gives so much."""
        happened = f"{part.activity}, {self._at(part.time)}: " if part.activity else ""
        condition = f"{part.condition}: " if part.condition else ""
        return (points(part.value), points(part.base), part.rule, part.place or ""), f"{happened}{condition}{part.why}"

    def missing(self, found: MissingTold, score: ScoreTold) -> None:
        """What keeps the lead from qualifying, and what would do."""
        self.head(score)
        say()
        say("Why it does not qualify again:" if score.qualified else "Why it is no MQL now:")
        for line in _hindrances(found):
            say(f"  {line}")
        say()
        if not found.suggestions:
            say(
                "Nothing was found that would change that: no one change would do, and no two that were tried together."
            )
            return
        say("Any one of these, had it happened now, would have made it an MQL:")
        for one in found.suggestions:
            changes = "; and then ".join(map(_change, one.changes))
            say(f"  {changes}: {points(one.gain)} points more, score {points(one.score)}")

    def owner(self, told: OwnerTold) -> None:
        """The owner with the decisions that led to them, the clocks, and the messages."""
        say()
        if told.team is None:
            say("It has been handed to nobody.")
            self._besides(told)
            return
        say(f"{told.status} in team {told.team}: {told.owner or 'no owner'} ({_attempt(told)})")
        for decision in told.decisions:
            self.decision(decision)
        say()
        for clock in told.clocks:
            self._clock(clock)
        for other in told.other_clocks:
            say(f"clock {other.id} ({other.place}): {other.why}")
        self._besides(told)
        self._alerts(told)

    def _besides(self, told: OwnerTold) -> None:
        if told.besides:
            say()
        for one in told.besides:
            who = f" by {one.who}" if one.who else ""
            say(f"{self._at_zone(one.at)}, {one.what}{who}: {one.detail}")

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
        rows = []
        for one in told.alerts:
            status = f"{one.status}: {one.reason}" if one.reason else one.status
            rows.append(((self._at(one.at), one.kind, one.severity, f"{one.role} {one.address}", status), one.why))
        print_listed(("when", "message", "severity", "to", "status"), rows)

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
        if found.lacking:
            needed = " and ".join(found.lacking)
            say(f"it would wait until the playbook changes: the rule needs {needed}, which nobody of its pool has")
        elif found.owner is None:
            unknown = "nobody knows when: not before one of the reasons above changes"
            say(f"the pool may next give leads out: {self._at_zone(found.next_at) or unknown}")


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


def _change(one: ChangeTold) -> str:
    place = f" ({one.place})" if one.place else " (instant)"
    data = ", ".join(
        f"{name} {value if isinstance(value, str) else json.dumps(value)}" for name, value in one.data.items()
    )
    times = "" if one.times == 1 else f", {one.times} times"
    holds = "" if one.meets else " no longer held"
    return f"{one.rule}{place}{holds}: {one.activity}{' with ' + data if data else ''}{times}"


def _rules(rules: Sequence[RuleTold]) -> None:
    for rule in rules:
        because = f" ({rule.why})" if rule.why and rule.why != "did not hold" else ""
        say(f"  rule {rule.id} ({rule.place}) {'held' if rule.holds else 'did not hold'}: {rule.condition}{because}")


def _candidates(candidates: Sequence[CandidateTold]) -> None:
    """The members of the pool as they stood; nothing where nobody was picked."""
    if not candidates:
        return
    rows = [
        (
            (
                one.rep,
                one.name,
                f"{one.weight:g}",
                str(one.open),
                f"{one.balance_before:+.3f}",
                f"{one.balance_after:+.3f}",
            ),
            one.why,
        )
        for one in candidates
    ]
    print_listed(("rep", "name", "weight", "open", "balance before (leads)", "after"), rows)
