"""What keeps a lead from qualifying, and which single rules of the playbook would do. Pure: tried with `apply`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from pydantic import ValidationError

from services.scoring.contributions import assess
from services.scoring.domain import apply
from services.scoring.explain import Written, told_in, written
from services.scoring.instants import to_instant
from services.scoring.playbook import Place
from services.scoring.qualification import WITH_MARKETING
from services.scoring.rules import FitRule, ScoringPlaybook, view
from services.scoring.state import LeadScore
from services.scoring.witness import Fields, candidates
from services.scoring.written import EngagementRuleEntry, OncePerObject, ScoringFile, types_of
from shared.conditions import AnyOf, Condition, comparisons, compile_condition
from shared.conditions import explain as in_words
from shared.events import Event
from shared.events.activities import RepAction
from shared.events.lifecycle import order_key
from shared.playbook import LoadedFile

MOST_SUGGESTIONS = 5
SUPPOSED = "urn:baton:supposed"
"""The source of activities that did not happen."""

Counts = Callable[[LeadScore, LeadScore, Event], bool]
"""Whether a rule counts an activity, from the states before and after it."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """A part of `unless` that holds, with the values of the fields that it reads."""

    condition: str
    found: dict[str, object]
    place: Written


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An activity that, had it happened now, would have qualified the lead by this rule; points in micro-points."""

    rule: str
    event: Event
    gain: int
    total: int


@dataclass(frozen=True, slots=True)
class Missing:
    """What is missing, in micro-points, 0 where nothing is; `obstacles` are sentences."""

    points: int = 0
    fit: int = 0
    blockers: tuple[Blocker, ...] = ()
    obstacles: tuple[str, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    places: dict[str, Written] = field(default_factory=dict)


def missing(
    state: LeadScore,
    history: Sequence[Event],
    file: LoadedFile[ScoringFile],
    playbook: ScoringPlaybook,
    at: int,
    zone: tzinfo = UTC,
) -> Missing:
    """Why the lead does not qualify as of `at` (microseconds, not before its last activity).

    `history` holds the activities that the state is made of; `playbook` is compiled from `file`.
    """
    score, mql = assess(state, playbook, at), playbook.mql
    points = max(0, mql.threshold - score.total) if mql.threshold is not None else 0
    fit = max(0, mql.min_fit - state.fit) if mql.min_fit is not None else 0
    blockers = tuple(_blockers(state, file))
    obstacles = list(_obstacles(state, playbook, zone))
    if not (points or fit or blockers or obstacles):
        obstacles.append(_nothing_missing(state, history))
    found = sorted(_suggestions(state, history, file, playbook, at), key=lambda one: (one.gain, one.rule))
    return Missing(points, fit, blockers, tuple(obstacles), tuple(found[:MOST_SUGGESTIONS]), written(file))


def _blockers(state: LeadScore, file: LoadedFile[ScoringFile]) -> Iterator[Blocker]:
    mql, fields = file.model.mql, view(state.profile, state.lead_source)
    if mql is None or mql.unless is None:
        return
    for place, part in _alternatives(mql.unless, ("mql", "unless")):
        if compile_condition(part)(fields):
            names = {leaf.field for _, leaf in comparisons(part)}
            line, _ = file.positions.locate(place)
            yield Blocker(in_words(part), {name: fields.get(name) for name in sorted(names)}, Written(file.name, line))


def _alternatives(condition: Condition, place: Place) -> Iterator[tuple[Place, Condition]]:
    """The parts of which each alone blocks, with their places."""
    if not isinstance(condition, AnyOf):
        yield place, condition
        return
    for index, part in enumerate(condition.parts):
        yield from _alternatives(part, (*place, "any", index))


def _obstacles(state: LeadScore, playbook: ScoringPlaybook, zone: tzinfo) -> Iterator[str]:
    if playbook.mql.threshold is None and not playbook.mql.instant:
        yield "the playbook has no `mql`: nobody is qualified"
    if state.stage in ("sql", "opportunity"):
        yield f"it is at stage {state.stage} already, beyond MQL; nothing qualifies it there"
        return
    past = [one for one in state.qualified if (one.cycle, one.wins) == (state.cycle, state.wins)]
    if past and not state.rearmed and not all(one.backfill for one in past):
        yield f"it has qualified in this cycle ({state.cycle}) already, on {told_in(zone, past[-1].at)}"


def _nothing_missing(state: LeadScore, history: Sequence[Event]) -> str:
    or_asked = ", or when an operator asks for a rescore" if state.stage in WITH_MARKETING else ""
    when = f"it qualifies at its next activity that gives points or changes the fit{or_asked}"
    latest = max(history, key=order_key, default=None)
    if latest is not None and isinstance(latest.data, RepAction):
        return f"the latest activity, {latest.type}, is a rep's action, and those never qualify a lead: {when}"
    return f"every criterion is met; {when}"


def _suggestions(
    state: LeadScore, history: Sequence[Event], file: LoadedFile[ScoringFile], playbook: ScoringPlaybook, at: int
) -> Iterator[Suggestion]:
    """One for each rule that would do, and for each instant type that no rule names."""
    supposed_at = max(at, state.latest + 1)
    before = assess(state, playbook, supposed_at).total
    subject = history[0].subject if history else "lead"
    named = set[str]()
    for rule, counts, events in _supposed(file.model, playbook, subject, supposed_at):
        if rule in named:
            continue
        for event in events:
            decided = apply(state, event, playbook, history)
            if counts(state, decided.state, event) and any(one.type == "lead.qualified" for one in decided.events):
                named.add(event.type)
                total = assess(decided.state, playbook, supposed_at).total
                yield Suggestion(rule, event, total - before, total)
                break


def _supposed(
    content: ScoringFile, playbook: ScoringPlaybook, subject: str, at: int
) -> Iterator[tuple[str, Counts, Iterator[Event]]]:
    """The activities that may meet each rule, and how to tell that they did; an instant type is a rule by itself."""
    for fit_rule in (rule for rule in playbook.fit if rule.points > 0):
        entry = next(entry for entry in content.fit.rules if entry.id == fit_rule.id)
        yield fit_rule.id, _fits_now(fit_rule), _events("profile.updated", candidates(entry.when), subject, at)
    for rule in (rule for group in content.engagement.groups for rule in group.rules if rule.points > 0):
        yield rule.id, _is_counted(rule.id), _of_engagement(rule, subject, at)
    for name in sorted(playbook.mql.instant):
        yield name, _always, _events(name, [{}], subject, at)


def _fits_now(rule: FitRule) -> Counts:
    def counts(before: LeadScore, after: LeadScore, _: Event) -> bool:
        fitted, fits = (_fits(rule, state) for state in (before, after))
        return fits and not fitted

    return counts


def _fits(rule: FitRule, state: LeadScore) -> bool:
    return rule.test is None or rule.test(view(state.profile, state.lead_source))


def _is_counted(rule_id: str) -> Counts:
    def counts(_: LeadScore, after: LeadScore, event: Event) -> bool:
        counted = after.counted.get(rule_id)
        return counted is not None and counted.entries[-1][1] == event.id

    return counts


def _always(_: LeadScore, __: LeadScore, ___: Event) -> bool:
    return True


def _of_engagement(rule: EngagementRuleEntry, subject: str, at: int) -> Iterator[Event]:
    about: Fields = {}
    if isinstance(rule.repeat, OncePerObject):
        about = {rule.repeat.once_per: f"another {rule.repeat.once_per}"}
    for name in sorted(types_of(rule.on)):
        yield from _events(name, ({**about, **fields} for fields in candidates(rule.when)), subject, at)


def _events(name: str, datas: Iterable[Fields], subject: str, at: int) -> Iterator[Event]:
    """Such an activity with each of these data that its type allows."""
    for data in datas:
        fields = {"id": "supposed", "source": SUPPOSED, "type": name, "subject": subject}
        try:
            yield Event.model_validate({**fields, "time": to_instant(at), "data": dict(data)})
        except ValidationError:
            continue
