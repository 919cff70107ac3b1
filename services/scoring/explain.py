"""Why a score is what it is: each contribution in words, what met a rule in vain, and whether the log agrees. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from services.scoring.contributions import Line, Score, assess
from services.scoring.counting import DataFields
from services.scoring.history import extend, in_order, opened, refold
from services.scoring.instants import to_instant, to_microseconds
from services.scoring.machines import Verdicts, by_itself, judged, mail_of
from services.scoring.playbook import Place
from services.scoring.rules import AtMost, EngagementRule, OncePer, ScoringPlaybook, in_points
from services.scoring.state import LeadScore, Qualification
from services.scoring.written import Bounded, EngagementRuleEntry, FitRuleEntry, ScoringFile
from shared.conditions import explain as in_words
from shared.durations import format_duration
from shared.events import Event
from shared.events.causes import derived_id
from shared.events.derived import LeadQualified
from shared.events.lifecycle import order_key
from shared.playbook import LoadedFile


@dataclass(frozen=True, slots=True)
class Written:
    """Where a rule or bound stands in the playbook, and its condition in words; `line` counts from 1."""

    file: str
    line: int
    condition: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Part:
    """A contribution and why it has this value; one of value 0 tells why the activity gives nothing."""

    line: Line
    why: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The values of `parts` sum to `score.total` exactly, in micro-points."""

    score: Score
    parts: tuple[Part, ...]


def explain(
    state: LeadScore, history: Sequence[Event], playbook: ScoringPlaybook, at: int, zone: tzinfo = UTC
) -> Explanation:
    """The score as of `at` (microseconds, not before the lead's last activity), each part in words.

    `history` holds the activities that the state is made of, in any order; `zone` is where times are told.
    """
    score = assess(state, playbook, at)
    rules = {rule.id: rule for group in playbook.groups for rule in group.rules}
    given = [Part(line, _why(line, rules.get(line.rule), playbook, at, zone)) for line in score.lines]
    return Explanation(score, (*given, *in_vain(history, playbook, at)))


def _why(line: Line, rule: EngagementRule | None, playbook: ScoringPlaybook, at: int, zone: tzinfo) -> str:
    if line.rule.startswith("cap:"):
        return _of_bound(line, playbook)
    if rule is None:
        return "holds for the profile"
    if line.reason:
        return f"gives nothing: {line.reason}"
    if line.at is None:
        return f"gives nothing: only the latest {rule.keep} events of this rule count"
    return _of_age(rule, at - line.at, line, zone)


def _of_bound(line: Line, playbook: ScoringPlaybook) -> str:
    name = line.rule.removeprefix("cap:")
    bounds = {"fit": playbook.fit_bounds, "engagement": playbook.engagement_bounds}
    bounds |= {group.id: group.bounds for group in playbook.groups if group.id == name}
    cap, floor = bounds[name].cap, bounds[name].floor
    if line.value < 0:
        return f"the cap of {in_points(cap or 0):g} for {name} takes off what lies above it"
    return f"the floor of {in_points(floor or 0):g} for {name} holds the sum up"


def _of_age(rule: EngagementRule, age: int, line: Line, zone: tzinfo) -> str:
    if rule.half_life is not None and line.decay == 1.0:
        return f"in full, half-life {length(rule.half_life)}"
    if rule.half_life is not None:
        return f"{line.decay:.1%} left after {length(age)}, half-life {length(rule.half_life)}"
    if rule.window is not None and line.at is not None:
        return f"in full until {told_in(zone, to_instant(line.at + rule.window))}, window {length(rule.window)}"
    return "in full: this rule has no half-life"


def told_in(zone: tzinfo, at: datetime) -> str:
    """A time as it is told to people: `2026-04-01 21:00 JST`."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def length(microseconds: int) -> str:
    """A length as people say it, in its largest one or two units: `26d`, `3d 4h`, `5m`."""
    seconds = microseconds // 1_000_000
    days, hours, minutes = seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60
    if days:
        return f"{days}d {hours}h" if hours and days < 14 else f"{days}d"
    if hours:
        return f"{hours}h {minutes}m" if minutes else f"{hours}h"
    return f"{minutes}m" if minutes else format_duration(timedelta(seconds=seconds))


def in_vain(history: Sequence[Event], playbook: ScoringPlaybook, at: int) -> Iterator[Part]:
    """The activities that met a rule and give no points as of `at`: repeats, and what is out of its window."""
    events = in_order(history)
    verdicts = _verdicts(events, playbook)
    state = opened(LeadScore(), playbook)
    for event in events:
        before = state.copied()
        by_machine = verdicts.get((event.source, event.id))
        extend(state, event, order_key(event), playbook, by_machine)
        for rule in playbook.by_type.get(event.type, ()):
            counts = state.counted.get(rule.id) is not before.counted.get(rule.id)
            if counts and rule.is_over(at - state.latest):
                yield _nothing(rule, event, f"out of its window of {length(rule.window or 0)}")
            elif not counts and not (by_machine or by_itself(event, playbook.machines)) and _met(rule, event, before):
                yield _nothing(rule, event, _used_up(rule))


def _verdicts(events: Sequence[Event], playbook: ScoringPlaybook) -> Verdicts:
    mails = [mail for event in events if (mail := mail_of(event))]
    return judged(mails, playbook.machines)


def _met(rule: EngagementRule, event: Event, before: LeadScore) -> bool:
    return rule.test is None or rule.test(DataFields(event.data), before.profile)


def _nothing(rule: EngagementRule, event: Event, why: str) -> Part:
    line = Line(rule.id, rule.points, 0.0, 0, event.id, to_microseconds(event.time))
    return Part(line, f"gives nothing: {why}")


def _used_up(rule: EngagementRule) -> str:
    match rule.repeat:
        case AtMost(times, per):
            return f"at most {times} in any {length(per)}, and they were used up"
        case OncePer(str(field)):
            return f"once per {field}, and this one was counted before"
    return "only the first one counts"


def written(file: LoadedFile[ScoringFile]) -> dict[str, Written]:
    """The places of rules by id, of bounds as `cap:NAME` and `floor:NAME`, and of `mql.threshold` and the like."""
    places = {entry.id: _written(file, place, entry) for place, entry in _entries(file.model)}
    for name, place, section in _sections(file.model):
        places |= {
            f"{bound}:{name}": _written(file, (*place, bound))
            for bound in ("cap", "floor")
            if bound in section.model_fields_set
        }
    keys = ("threshold", "min_fit", "unless")
    return places | {f"mql.{key}": _written(file, ("mql", key)) for key in keys}


def _entries(content: ScoringFile) -> Iterator[tuple[Place, FitRuleEntry | EngagementRuleEntry]]:
    for index, fit_rule in enumerate(content.fit.rules):
        yield ("fit", "rules", index), fit_rule
    for number, group in enumerate(content.engagement.groups):
        for index, rule in enumerate(group.rules):
            yield ("engagement", "groups", number, "rules", index), rule


def _sections(content: ScoringFile) -> Iterator[tuple[str, Place, Bounded]]:
    yield "fit", ("fit",), content.fit
    yield "engagement", ("engagement",), content.engagement
    for number, group in enumerate(content.engagement.groups):
        yield group.id, ("engagement", "groups", number), group


def _written(
    file: LoadedFile[ScoringFile], place: Place, entry: FitRuleEntry | EngagementRuleEntry | None = None
) -> Written:
    line, _ = file.positions.locate(place)
    return Written(file.name, line, in_words(entry.when) if entry and entry.when else "")


def place_of(part: Part, places: Mapping[str, Written]) -> Written | None:
    """Where the rule of a part stands; a correction upwards is the floor's."""
    rule = part.line.rule
    if rule.startswith("cap:") and part.line.value > 0:
        rule = f"floor:{rule.removeprefix('cap:')}"
    return places.get(rule)


def as_it_stood(state: LeadScore, log: Sequence[Event], playbook: ScoringPlaybook, until: datetime) -> LeadScore:
    """The checkpoint of what happened up to a time, with the qualifications up to then."""
    past = tuple(one for one in state.qualified if one.at <= until)
    return refold(LeadScore(qualified=past), in_order(event for event in log if event.time <= until), playbook)


def disagreements(kept: LeadScore, log: Sequence[Event], playbook: ScoringPlaybook) -> list[str]:
    """What of a checkpoint differs from the whole log counted anew under the same playbook; empty where all agrees."""
    activities = in_order(log)
    fresh = refold(kept, activities, playbook)
    ours, anew = assess(kept, playbook, kept.latest), assess(fresh, playbook, fresh.latest)
    compared: dict[str, tuple[object, object]] = {
        "score": (in_points(ours.total), in_points(anew.total)),
        "fit": (in_points(ours.fit), in_points(anew.fit)),
        "fit as it is judged by": (in_points(kept.fit), in_points(anew.fit)),
        "engagement": (in_points(ours.engagement), in_points(anew.engagement)),
        "latest activity": (to_instant(kept.latest), to_instant(fresh.latest)),
        "stage": (kept.stage, fresh.stage),
        "cycle": (kept.cycle, fresh.cycle),
        "activities": (kept.version, len(activities)),
    }
    found = [f"{name}: the checkpoint has {a}, the log gives {b}" for name, (a, b) in compared.items() if a != b]
    if not found and ours.lines != anew.lines:
        found.append("contributions: the same sum is made of other parts")
    return found


def cause_of(past: Qualification, log: Sequence[Event]) -> Event | None:
    """The activity with which the lead qualified; None where the log does not hold it."""
    ids = (derived_id(one, LeadQualified.event_type, one.subject, [past.cycle]) for one in log)
    return next((one for one, name in zip(log, ids, strict=False) if name == past.id), None)


def score_at_qualification(past: Qualification, log: Sequence[Event], playbook: ScoringPlaybook) -> Score | None:
    """The score with which the lead qualified, counted anew from what had been read by then.

    `log` is in the order in which it was read; None where it does not hold the activity that qualified the lead.
    """
    cause = cause_of(past, log)
    if cause is None:
        return None
    state = refold(LeadScore(), in_order(log[: log.index(cause) + 1]), playbook)
    return assess(state, playbook, state.latest)
