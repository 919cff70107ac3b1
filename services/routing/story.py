"""What is known of a lead besides its stages: profile, source, why it qualified, what was said; and its packet."""

from collections.abc import Iterable, Iterator
from typing import Final

from pydantic import JsonValue

from services.routing.state import Handoff, LeadRouting, Qualification, Told, ToldStage, Touch, Why
from shared.events import Event
from shared.events.activities import (
    TOUCHES,
    ActivityData,
    BusinessCardExchanged,
    ConsentChanged,
    PersonLeft,
    ProfileUpdated,
    PromiseMade,
    RepAction,
)
from shared.events.derived import LeadQualified
from shared.events.lifecycle import ENDS

MOST_REASONS: Final = 5
MOST_TOUCHES: Final = 5
LONGEST_TEXT: Final = 300
MOST_FIELDS: Final = 100
NOT_OF_THE_PROFILE: Final = frozenset({"backfill", "batch_id", "lead_source"})
SHOWN_PROFILE: Final = ("name", "company", "title", "department", "phone", "email")


def learn(state: LeadRouting, event: Event) -> None:
    """Merge what the event tells; each value is the one told last by event time, whatever the order of arrival."""
    data = event.data
    match data:
        case ProfileUpdated() | ConsentChanged() | PersonLeft():
            _learn_profile(state, event)
        case LeadQualified():
            _learn_why(state, event, data)
        case BusinessCardExchanged():
            _learn_who_brought_it(state, event, data)
        case RepAction():
            _learn_touch(state, event, data)
    if isinstance(data, ActivityData | LeadQualified) and data.account_id and not isinstance(data, ProfileUpdated):
        _merge(state, event, [("account_id", data.account_id)])
    if isinstance(data, ActivityData) and data.lead_source:
        told = Told(event.time, event.source, event.id, data.lead_source)
        if state.source is None or _place(told) < _place(state.source):
            state.source = told


def _place(told: Told | Touch) -> tuple[object, ...]:
    return (told.at, told.source, told.id)


def _learn_profile(state: LeadRouting, event: Event) -> None:
    _merge(state, event, _profile_fields(event))


def _merge(state: LeadRouting, event: Event, told_of: Iterable[tuple[str, JsonValue]]) -> None:
    merged = dict(state.profile)
    for name, value in told_of:
        told = Told(event.time, event.source, event.id, value)
        known = merged.get(name)
        if (known is None and len(merged) < MOST_FIELDS) or (known is not None and _place(known) <= _place(told)):
            merged[name] = told
    state.profile = merged


def _profile_fields(event: Event) -> Iterator[tuple[str, JsonValue]]:
    data = event.data
    if isinstance(data, ConsentChanged) and data.consent is not None:
        yield "consent", data.consent
    elif isinstance(data, PersonLeft):
        yield "left", True
    elif isinstance(data, ProfileUpdated):
        for name, value in {**data.__dict__, **data.__pydantic_extra__}.items():
            if value is not None and name not in NOT_OF_THE_PROFILE:
                yield name, value


def _learn_why(state: LeadRouting, event: Event, data: LeadQualified) -> None:
    known = state.qualified
    if known is not None and (known.at, known.id) > (event.time, event.id):
        return
    best = sorted(data.contributions, key=lambda part: (-part.value, part.rule))[:MOST_REASONS]
    why = tuple(Why(part.rule, part.value, part.time) for part in best if part.value > 0)
    state.qualified = Qualification(event.time, event.id, data.reason, data.score, data.lead_source, why)


def _learn_who_brought_it(state: LeadRouting, event: Event, data: BusinessCardExchanged) -> None:
    rep = data.exchanged_by or data.rep_id
    told = Told(event.time, event.source, event.id, rep)
    if rep and (state.brought_by is None or _place(state.brought_by) < _place(told)):
        state.brought_by = told


def _learn_touch(state: LeadRouting, event: Event, data: RepAction) -> None:
    said = data.what if isinstance(data, PromiseMade) else data.memo
    if event.type not in TOUCHES and not said:
        return
    touch = Touch(event.time, event.source, event.id, event.type, data.rep_id, said[:LONGEST_TEXT] if said else None)
    state.touches = tuple(sorted((*state.touches, touch), key=_place)[-MOST_TOUCHES:])


def fields_of(state: LeadRouting, handoff: Handoff) -> dict[str, object]:
    """What the conditions of rules and clocks read: the profile, `lead_source`, `stage`, `cycle`, and `reason` and
    `score` of the qualification; the reason of a handoff that is for something else is its own."""
    fields: dict[str, object] = {name: told.value for name, told in state.profile.items()}
    fields |= {"lead_source": state.lead_source, "stage": state.standing.stage, "cycle": handoff.cycle}
    if state.qualified:
        fields |= {"reason": state.qualified.reason, "score": state.qualified.score}
    if handoff.why:
        fields["reason"] = handoff.why
    return fields


def packet(state: LeadRouting) -> dict[str, JsonValue]:
    """The handoff packet: who and which company, why now, what was done and said before, how earlier cycles ended."""
    found: dict[str, JsonValue] = {name: state.profile[name].value for name in SHOWN_PROFILE if name in state.profile}
    if state.lead_source:
        found["lead_source"] = state.lead_source
    if state.qualified:
        found["score"] = state.qualified.score
        found["contributions"] = [_reason(why) for why in state.qualified.why]
    if state.filled:
        found["handover"] = {name: told.value for name, told in state.filled.items()}
    found["touches"] = [_touch(touch) for touch in state.touches if touch.type in TOUCHES]
    found["notes"] = [{**_touch(touch), "text": touch.text} for touch in state.touches if touch.text]
    found["earlier_cycles"] = list(_earlier_cycles(state))
    return found


def _reason(why: Why) -> dict[str, JsonValue]:
    return {"rule": why.rule, "value": why.value, "time": why.at.isoformat() if why.at else None}


def _touch(touch: Touch) -> dict[str, JsonValue]:
    return {"type": touch.type, "time": touch.at.isoformat(), "rep_id": touch.rep_id}


def _earlier_cycles(state: LeadRouting) -> Iterator[JsonValue]:
    """How each cycle ended: an end stage closes its own cycle, a recycling is the entry that begins the next."""
    ended = [told for told in state.stages.values() if not told.retracted and _ends_cycle(told)]
    for told in sorted(ended, key=lambda told: told.entry.at)[-MOST_REASONS:]:
        entry = told.entry
        yield {
            "cycle": entry.cycle if entry.to in ENDS else entry.cycle - 1,
            "ended": "recycled" if entry.to == "lead" else entry.to,
            "reason": entry.reason,
            "at": entry.at.isoformat(),
        }


def _ends_cycle(told: ToldStage) -> bool:
    return told.entry.to in ENDS or told.entry.to == "lead"
