"""What the lead and its reps did, as it concerns people: who the lead is, what was said, who touched it last."""

from dataclasses import replace
from datetime import datetime

from services.alerts.acknowledging import acknowledge
from services.alerts.draft import Draft
from services.alerts.kinds import OWN_CARDS
from services.alerts.packet import (
    BEFORE_ANY_EVENT,
    LONGEST_FIELD,
    LONGEST_NOTE,
    MOST_NOTES,
    MOST_REASONS,
    SHOWN_PROFILE,
    written,
)
from services.alerts.state import LeadAlerts, Note, Outcome, Reason, Touch
from shared.events import Event
from shared.events.activities import (
    ActivityData,
    ConsentChanged,
    LeadAcknowledged,
    LeadSnoozed,
    PersonLeft,
    ProfileUpdated,
    PromiseMade,
    RepAction,
)
from shared.events.derived import LeadQualified
from shared.events.lifecycle import Move, fold_moves

MOST_MOVES = 200
MOST_PROMISES = 5
MOST_REPS = 16
COUNTED_ONLY = frozenset({"contract.renewed", "upsell.won"})
"""Moves that change no stage; they would only make the state grow."""


def on_profile(draft: Draft, event: Event, profile: ProfileUpdated) -> None:
    """The latest of each shown attribute, by event time."""
    known = dict(draft.state.profile)
    for name in SHOWN_PROFILE:
        value = profile.value(name)
        if isinstance(value, str) and (name not in known or known[name][0] <= event.time):
            known[name] = (event.time, value[:LONGEST_FIELD])
    draft.state = _with_source(replace(draft.state, profile=known), event.time, profile.lead_source)


def on_consent(draft: Draft, event: Event, changed: ConsentChanged) -> None:
    """The latest word on consent, by event time, shows in every open message."""
    known = draft.state.consent
    if changed.consent is None or (known and known[0] > event.time):
        return
    draft.state = replace(draft.state, consent=(event.time, changed.consent[:LONGEST_FIELD]))
    draft.refresh(lambda _: True)


def on_left(draft: Draft, event: Event, _: PersonLeft) -> None:
    draft.state = replace(draft.state, left_at=event.time)
    draft.refresh(lambda _: True)


def _with_source(state: LeadAlerts, at: datetime, source: str | None) -> LeadAlerts:
    """Where a lead came from is the first source by event time; what a packet tells gives way to any."""
    if not source or (state.source and BEFORE_ANY_EVENT < state.source[0] <= at):
        return state
    return replace(state, source=(at, source[:LONGEST_FIELD]))


def on_said(draft: Draft, event: Event, said: ActivityData) -> None:
    """A message or memo that the owner should know of."""
    draft.state = _with_source(draft.state, event.time, said.lead_source)
    text = said.value("message") or said.value("memo")
    if isinstance(text, str) and text.strip():
        by = said.rep_id or said.value("exchanged_by")
        _note(draft, Note(event.time, event.type, text.strip()[:LONGEST_NOTE], by if isinstance(by, str) else None))


def _note(draft: Draft, note: Note) -> None:
    notes = sorted((*draft.state.notes, note), key=lambda n: (n.at, n.type, n.text))
    draft.state = replace(draft.state, notes=tuple(notes[-MOST_NOTES:]))


def on_qualified(draft: Draft, event: Event, qualified: LeadQualified) -> None:
    """Why now: the largest contributions to the score that made the lead an MQL."""
    largest = sorted(qualified.contributions, key=lambda c: (-c.value, c.rule))
    reasons = tuple(Reason(c.rule, c.value, c.time) for c in largest if c.value > 0)[:MOST_REASONS]
    draft.state = replace(draft.state, score=qualified.score, reasons=reasons)
    draft.state = _with_source(draft.state, event.time, qualified.lead_source)
    _move(draft, event)


def on_rep_action(draft: Draft, event: Event, action: RepAction) -> None:
    """A rep did something about the lead: the owner's own actions end its staleness."""
    _move(draft, event)
    _fill(draft, action)
    if isinstance(action, PromiseMade) and (promised := _line(action.what) or _line(action.memo)):
        _promise(draft, Note(event.time, event.type, promised, action.rep_id, due_at=action.due_at))
    elif text := _line(action.memo) or _line(action.reason):
        reason = _line(action.reason) if _line(action.memo) else ""
        _note(draft, Note(event.time, event.type, text, action.rep_id, reason))
    if action.rep_id and not event.backfill:
        _touch(draft, event, action, action.rep_id)
    if isinstance(action, LeadAcknowledged) and not event.backfill:
        acknowledge(draft, event, action.rep_id)


def _fill(draft: Draft, action: RepAction) -> None:
    """A field that a handover lacked is told after all."""
    lacking = {name for missing in draft.state.lacking.values() for name in missing}
    told = {name: told for name in lacking if (told := written(action.value(name)))}
    if told.items() <= draft.state.agreed.items():
        return
    draft.state = replace(draft.state, agreed={**draft.state.agreed, **told})
    draft.refresh(lambda posted: posted.kind in OWN_CARDS or posted.kind == "refused")


def _line(text: str | None) -> str:
    return (text or "").strip()[:LONGEST_NOTE]


def _promise(draft: Draft, promise: Note) -> None:
    """Kept apart from what was said, so that later notes do not push it out before its day is over."""
    _note(draft, promise)
    promises = sorted({*draft.state.promises, promise}, key=lambda n: (n.at, n.text))
    draft.state = replace(draft.state, promises=tuple(promises[-MOST_PROMISES:]))


def _touch(draft: Draft, event: Event, action: RepAction, rep_id: str) -> None:
    before = draft.state.touches.get(rep_id)
    if before and before.at > event.time:
        return
    until = action.until if isinstance(action, LeadSnoozed) else None
    touches = {known: touch for known, touch in draft.state.touches.items() if known != rep_id}
    touches = dict([*touches.items(), (rep_id, Touch(event.time, until))][-MOST_REPS:])
    draft.state = replace(draft.state, touches=touches)
    touched = Outcome("touched", event.time, rep_id)
    draft.close(lambda posted: posted.kind == "stale" and posted.rep == rep_id, touched, acknowledges=True)


def _move(draft: Draft, event: Event) -> None:
    move = None if event.type in COUNTED_ONLY else Move.of(event)
    if move is None:
        return
    moves = tuple(sorted({*draft.state.moves, move}, key=lambda m: m.key)[-MOST_MOVES:])
    life = fold_moves(moves, relay_has_is="is" in draft.playbook.teams)
    draft.state = replace(draft.state, moves=moves, stage=life.stage, cycle=life.cycle, entered_at=life.entered_at)
