"""Gathers why a lead has its score: from scoring's checkpoint, the log of record and the playbook in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.commands import store
from services.commands.databases import connected
from services.commands.happenings import ABOUT
from services.commands.store import ScoredLead
from services.commands.why_told import (
    BlockerTold,
    ChangeTold,
    Check,
    ContributionTold,
    MissingTold,
    QualifiedTold,
    ScoreTold,
    SuggestionTold,
)
from services.routing.state import Qualification as Told
from services.routing.store import find
from services.scoring.explain import (
    Part,
    Written,
    as_it_stood,
    cause_of,
    disagreements,
    explain,
    place_of,
    score_at_qualification,
    written,
)
from services.scoring.instants import to_instant, to_microseconds
from services.scoring.missing import Missing, missing
from services.scoring.playbook import load, read
from services.scoring.rules import ScoringPlaybook, in_points
from services.scoring.state import LeadScore
from services.scoring.store import history
from services.scoring.suggesting import Change, Suggestion
from shared.events import Event
from shared.events.activities import RescoreRequested
from shared.playbook import PlaybookFolder


@dataclass(frozen=True, slots=True)
class _Found:
    lead: ScoredLead
    log: Sequence[Event]
    folders: Mapping[str, PlaybookFolder]
    """By version, the active one first."""


async def why_score(lead_id: str, as_of: datetime | None, *, with_missing: bool) -> ScoreTold | None:
    """Why the lead has its score, as of its latest activity or a time; None where there was no activity by then."""
    found = await _find(lead_id)
    if found is None or (as_of is not None and all(event.time > as_of for event in found.log)):
        return None
    async with connected("routing") as connection:
        routed = await find(connection, lead_id)
    checks = (_checkpoint(found), _published(found.lead), *_qualification(found, routed.qualified if routed else None))
    return _told(lead_id, found, as_of, checks, with_missing=with_missing)


async def _find(lead_id: str) -> _Found | None:
    """The checkpoint and its log as of one moment, and every version of the playbook."""
    async with connected("scoring") as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        lead = await store.scored_lead(connection, lead_id)
        if lead is None:
            return None
        log = (await history(connection, [lead_id]))[lead_id]
        folders = {name: await store.playbook(connection, name) for name in await store.versions(connection)}
        if lead.state.playbook not in folders:
            await store.playbook(connection, lead.state.playbook)
    return _Found(lead, log, folders)


def _told(
    lead_id: str, found: _Found, as_of: datetime | None, checks: tuple[Check, ...], *, with_missing: bool
) -> ScoreTold:
    state, folder = found.lead.state, found.folders[found.lead.state.playbook]
    rules, file = load(folder), read(folder)
    at = to_microseconds(as_of) if as_of else state.latest
    log = found.log
    if as_of is not None and at < state.latest:
        state, log = as_it_stood(state, log, rules, as_of), [event for event in log if event.time <= as_of]
    zone = store.zone_of(folder)
    explained = explain(state, log, rules, at, zone)
    places, named = written(file), {(event.id, to_microseconds(event.time)): event for event in log}
    return ScoreTold(
        lead_id=lead_id,
        as_of=to_instant(at),
        zone=zone.key,
        playbook=rules.version,
        active_playbook=next(iter(found.folders)),
        score=in_points(explained.score.total),
        fit=in_points(explained.score.fit),
        engagement=in_points(explained.score.engagement),
        stage=state.stage,
        cycle=state.cycle,
        qualified=state.has_qualified,
        threshold=None if rules.mql.threshold is None else in_points(rules.mql.threshold),
        threshold_place=str(places["mql.threshold"]),
        min_fit=None if rules.mql.min_fit is None else in_points(rules.mql.min_fit),
        contributions=tuple(_contribution(part, places, named) for part in explained.parts),
        checks=checks,
        missing=_missing(missing(state, log, file, rules, at, zone)) if with_missing else None,
        qualified_by=_qualified_by(state, log),
    )


def _qualified_by(state: LeadScore, log: Sequence[Event]) -> QualifiedTold | None:
    """What the lead qualified with last in its cycle; None where it has not, or the log does not hold the activity."""
    past = next((one for one in reversed(state.qualified) if one.cycle == state.cycle), None)
    cause = cause_of(past, log) if past else None
    if past is None or cause is None:
        return None
    return QualifiedTold(past.at, about(cause), cause.id, _reason(cause), past.backfill)


def _reason(cause: Event) -> str:
    return "an operator had every lead judged by the rules" if isinstance(cause.data, RescoreRequested) else ""


def _contribution(
    part: Part, places: Mapping[str, Written], named: Mapping[tuple[str, int], Event]
) -> ContributionTold:
    line, place = part.line, place_of(part, places)
    event = named.get((line.event_id, line.at)) if line.event_id and line.at is not None else None
    return ContributionTold(
        line.rule,
        str(place) if place else None,
        place.condition if place else "",
        about(event) if event else None,
        line.event_id,
        None if line.at is None else to_instant(line.at),
        in_points(line.base),
        line.decay,
        in_points(line.value),
        part.why,
    )


def about(event: Event) -> str:
    """What an activity was, without attributes of the person: `content.downloaded case_study a-1`."""
    if event.type == "profile.updated":
        return event.type
    found = (event.data.value(name) for name in ABOUT)
    return " ".join([event.type, *(str(value) for value in found if value is not None)])


def _missing(found: Missing) -> MissingTold:
    return MissingTold(
        in_points(found.points),
        in_points(found.fit),
        tuple(BlockerTold(one.condition, one.found, str(one.place)) for one in found.blockers),
        found.obstacles,
        tuple(_suggestion(one, found.places) for one in found.suggestions),
    )


def _suggestion(one: Suggestion, places: Mapping[str, Written]) -> SuggestionTold:
    changes = tuple(_change(change, places) for change in one.changes)
    return SuggestionTold(changes, in_points(one.gain), in_points(one.total))


def _change(change: Change, places: Mapping[str, Written]) -> ChangeTold:
    first, place = change.events[0], places.get(change.rule)
    data = first.data.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    told = str(place) if place else None
    return ChangeTold(change.rule, told, change.meets, first.type, data, len(change.events))


def _checkpoint(found: _Found) -> Check:
    state = found.lead.state
    differ = disagreements(state, found.log, load(found.folders[state.playbook]))
    same = f"{len(found.log)} activities of the log, counted anew, give the same score to the last digit"
    return Check("checkpoint", not differ, "; ".join(differ) or same)


def _published(lead: ScoredLead) -> Check:
    if lead.published_version == lead.score_version:
        return Check("lead.scored", True, f"this score is published, as of activity {lead.score_version}")
    waits = f"activity {lead.score_version} is not published yet, activity {lead.published_version} is"
    return Check("lead.scored", None if lead.published_version < lead.score_version else False, waits)


def _qualification(found: _Found, told: Told | None) -> list[Check]:
    """The score with which the lead qualified last, as routing was told it, counted anew from what was read by then."""
    state = found.lead.state
    if not state.qualified:
        return []
    past = state.qualified[-1]
    if told is None or told.id != past.id:
        return [Check("lead.qualified", None, "routing has not read the latest qualification yet")]
    for rules in _rules_newest_last(found):
        score = score_at_qualification(past, found.log, rules)
        if score is not None and in_points(score.total) == told.score:
            detail = f"{told.score} points in cycle {past.cycle}, counted anew under {rules.version}: the same"
            return [Check("lead.qualified", True, detail)]
    return [Check("lead.qualified", False, f"it says {told.score} points, which the log gives under no playbook")]


def _rules_newest_last(found: _Found) -> list[ScoringPlaybook]:
    """The checkpoint's own version first: it is the likeliest to have been in force."""
    own = found.lead.state.playbook
    return [load(folder) for _, folder in sorted(found.folders.items(), key=lambda item: item[0] != own)]
