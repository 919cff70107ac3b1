"""What keeps a lead from qualifying, and which changes would do. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from services.scoring.contributions import assess
from services.scoring.explain import Written, told_in, written
from services.scoring.playbook import Place
from services.scoring.qualification import WITH_MARKETING
from services.scoring.rules import ScoringPlaybook, view
from services.scoring.state import LeadScore
from services.scoring.suggesting import Suggestion, suggestions
from services.scoring.written import ScoringFile
from shared.conditions import AnyOf, Condition, comparisons, compile_condition
from shared.conditions import explain as in_words
from shared.events import Event
from shared.events.activities import RepAction
from shared.events.lifecycle import order_key
from shared.playbook import LoadedFile


@dataclass(frozen=True, slots=True)
class Blocker:
    """A part of `unless` that holds, with the values of the fields that it reads."""

    condition: str
    found: dict[str, object]
    place: Written


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
    found = suggestions(state, history, file.model, playbook, at)
    return Missing(points, fit, blockers, tuple(obstacles), found, written(file))


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
