"""Folds a lead's activities, in their order, into its checkpoint."""

from collections.abc import Iterable, Sequence

from services.scoring.counting import DataFields, count
from services.scoring.instants import to_microseconds
from services.scoring.machines import MAIL_EVENTS, by_company, by_itself, judged, kept, mail_of
from services.scoring.rules import Profile, ScoringPlaybook
from services.scoring.state import LeadScore, MachineMade
from shared.events import Event, EventData
from shared.events.activities import (
    ClocksMoveRequested,
    ConsentChanged,
    LeadRejected,
    PersonLeft,
    ProfileUpdated,
    RescoreRequested,
)
from shared.events.lifecycle import MOVES, Move, OrderKey, fold_moves, order_key
from shared.topics import LEAD_ACTIVITY

ACTIVITY_TOPICS = frozenset({LEAD_ACTIVITY, ""})
OF_CLOCKS = ClocksMoveRequested.event_type
OF_OPERATORS = RescoreRequested.event_type
PROFILE_EVENTS = frozenset({"profile.updated", "consent.changed", "person.left"})
STAGE_EVENTS = frozenset({*MOVES, "lead.rejected"})
NOT_OF_THE_PROFILE = frozenset({"backfill", "batch_id", "lead_source"})
MOST_BY_MACHINES = 20


def is_activity(event: Event) -> bool:
    """Whether the event is of an activity type, or of a type that nothing declares: a company has its own. What is
    asked about clocks concerns no score."""
    return event.data.topic in ACTIVITY_TOPICS and event.type != OF_CLOCKS


def in_order(events: Iterable[Event]) -> list[Event]:
    """The activities among them, each once (the first of an identity), in the order in which they are counted."""
    first: dict[tuple[str, str], Event] = {}
    for event in events:
        if is_activity(event):
            first.setdefault((event.source, event.id), event)
    return sorted(first.values(), key=order_key)


def opened(state: LeadScore, playbook: ScoringPlaybook) -> LeadScore:
    """A checkpoint before any activity, under this playbook; what was decided and recorded stays."""
    return LeadScore(
        playbook=playbook.version,
        version=state.version,
        fit=playbook.unknown_fit,
        qualified=state.qualified,
        rearmed=state.rearmed,
        cooled_at=state.cooled_at,
    )


def refold(state: LeadScore, history: Sequence[Event], playbook: ScoringPlaybook) -> LeadScore:
    """The checkpoint of a whole history, given in order, under this playbook."""
    fresh = opened(state, playbook)
    mails = [mail for event in history if (mail := mail_of(event))]
    verdicts = judged(mails, playbook.machines)
    for event in history:
        extend(fresh, event, order_key(event), playbook, verdicts.get((event.source, event.id)))
    stand(fresh, playbook)
    return fresh


def fit_without(event: Event, history: Sequence[Event], playbook: ScoringPlaybook) -> int:
    """The fit in micro-points, had this activity not happened; the history is given in order."""
    told = [past for past in history if (past.source, past.id) != (event.source, event.id)]
    lead = opened(LeadScore(), playbook)
    for past in told:
        _merge_profile(lead, past, to_microseconds(past.time), playbook)
    return lead.fit


def judge(state: LeadScore, event: Event, playbook: ScoringPlaybook) -> str | None:
    """Why the activity, the latest so far, is a machine's by what came before it; None for a person's."""
    mail = mail_of(event)
    return by_company(mail, state.mails.kept, playbook.machines) if mail else None


def extend(state: LeadScore, event: Event, place: OrderKey, playbook: ScoringPlaybook, by_machine: str | None) -> None:
    """Write the activity, the latest so far, into a checkpoint that is the caller's own copy; `stand` comes after.

    `by_machine` is the verdict on it by its company.
    """
    at = to_microseconds(event.time)
    state.last, state.latest = place, at
    if event.type in playbook.by_type:
        _count(state, event, at, playbook, by_itself(event, playbook.machines) or by_machine)
    if playbook.machines.horizon and (mail := mail_of(event)):
        state.mails = kept(state.mails, mail, playbook.machines)
    _merge_profile(state, event, at, playbook)
    note_company(state, event, place)
    if event.type in STAGE_EVENTS:
        _note_move(state, event)


def note_company(state: LeadScore, event: Event, place: OrderKey) -> None:
    """Note the account that the activity names, and that it is live; both hold whenever it comes."""
    named = event.data.value("account_id")
    if isinstance(named, str) and named and (state.account is None or state.account[0] < place):
        state.account = (place, named)
    state.is_live |= not (event.backfill or event.type == OF_OPERATORS)


def _note_move(state: LeadScore, event: Event) -> None:
    if move := Move.of(event):
        state.moves = (*state.moves, move)
    elif isinstance(event.data, LeadRejected) and event.data.reason != "not_mine":
        state.rejected_at = event.time


def stand(state: LeadScore, playbook: ScoringPlaybook) -> None:
    """Note where the lead stands after its moves and its own qualifications."""
    moves = [*state.moves, *(past.move for past in state.qualified)]
    life = fold_moves(moves, relay_has_is=playbook.relay_has_is)
    state.stage, state.cycle, state.wins = life.stage, life.cycle, life.wins


def _count(state: LeadScore, event: Event, at: int, playbook: ScoringPlaybook, by_machine: str | None) -> None:
    fields = DataFields(event.data)
    for rule in playbook.by_type[event.type]:
        if rule.test is not None and not rule.test(fields, state.profile):
            continue
        if by_machine:
            made = MachineMade(rule.id, at, event.id, by_machine)
            state.by_machines = (*state.by_machines, made)[-MOST_BY_MACHINES:]
            continue
        counted = count(rule, state.counted.get(rule.id), event, at)
        if counted is not None:
            state.counted = {**state.counted, rule.id: counted}


def _merge_profile(state: LeadScore, event: Event, at: int, playbook: ScoringPlaybook) -> None:
    source = None if state.lead_source else source_of(event.data)
    told = profile_fields(event.data) if event.type in PROFILE_EVENTS else {}
    if event.type in PROFILE_EVENTS:
        state.profile = {**state.profile, **told}
        state.profile_event = (at, event.id)
    if source:
        state.lead_source = source
    if told or source:
        state.fit = playbook.fit_of(state.profile, state.lead_source)


def tells_of_profile(event: Event) -> bool:
    """Whether the activity says anything that fit is judged by."""
    return event.type in PROFILE_EVENTS or source_of(event.data) is not None


def leaves_no_trace(event: Event, playbook: ScoringPlaybook) -> bool:
    """Whether the activity, coming late, changes nothing in a checkpoint: it neither counts, tells nor moves."""
    of_mail = bool(playbook.machines.horizon) and event.type in MAIL_EVENTS
    return not (of_mail or event.type in playbook.by_type or event.type in STAGE_EVENTS or tells_of_profile(event))


def profile_fields(data: EventData) -> Profile:
    """The attributes that a profile event tells of its person and account; those without a value tell nothing."""
    match data:
        case ProfileUpdated():
            fields = {**data.__dict__, **data.__pydantic_extra__}
            return {name: v for name, v in fields.items() if v is not None and name not in NOT_OF_THE_PROFILE}
        case ConsentChanged():
            return {} if data.consent is None else {"consent": data.consent}
        case PersonLeft():
            return {"left": True}
    return {}


def source_of(data: EventData) -> str | None:
    """Where the lead came from, as this activity tells it."""
    source = data.value("lead_source")
    return source if source and isinstance(source, str) else None
