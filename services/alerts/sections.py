"""The sections of a card, from top to bottom, as Slack's mrkdwn; all text from outside is escaped."""

from collections.abc import Callable
from typing import Final

from services.alerts import history
from services.alerts.contact import mail, telephone
from services.alerts.history import LINE
from services.alerts.kinds import DECIDED_BY_OTHERS, PRESSED, Kind
from services.alerts.lead_link import lead_page
from services.alerts.markup import escaped, moment, zone_name
from services.alerts.notices import Card
from services.alerts.packet import MOST_FIELDS
from services.alerts.state import ENDINGS
from services.alerts.state import Outcome as Went
from services.alerts.wording import SHORT, Wording, labelled, person, team_name, whose
from services.alerts.words import Words

STILL_OPEN: Final = frozenset({"accepted", "acknowledged"})
GIVEN_AWAY: Final = ENDINGS | {"rejected"}
"""Outcomes after which the one who had the lead has it no more: they are no owner of the stage that is shown."""
NO_REASON: Final[frozenset[Kind]] = DECIDED_BY_OTHERS | {"stale", "refused", "incomplete"}
"""Kinds whose detail is no reason."""
MOST_DEADLINES: Final = 5

Section = Callable[[Card, Words, Wording], str]


def sections(card: Card, words: Words, wording: Wording) -> list[str]:
    """Those that have something to say."""
    parts = _BRIEF_PARTS if card.kind in DECIDED_BY_OTHERS else _PARTS
    return [section for part in parts if (section := part(card, words, wording))]


def is_open(card: Card) -> bool:
    """Whether the owner may still act on what the card tells."""
    return card.outcome is None or card.outcome.what in STILL_OPEN


def _outcome(card: Card, words: Words, _: Wording) -> str:
    if card.outcome is None:
        return ""
    what, at = card.outcome.what, moment(card.outcome.at, card.zone, words)
    to = _destination(card.outcome, words)
    who = person(card.outcome.who, words, words.somebody if what == "acknowledged" else "")
    text = words.outcomes[what].format(who=who, at=at, to=to)
    if what == "won" and card.outcome.to_team:
        text += words.taken_over.format(to=to)
    if card.outcome.until:
        text += words.steps_rest.format(until=moment(card.outcome.until, card.zone, words))
    return labelled("now", text, words)


def _destination(outcome: Went, words: Words) -> str:
    if outcome.to_team:
        return whose(outcome.to_owner or "", outcome.to_team, words)
    return words.team_before if outcome.what == "returned" else words.next_team


def _deadlines(card: Card, words: Words, wording: Wording) -> str:
    if not is_open(card):
        return ""
    lines = []
    for clock, due in card.deadlines[:MOST_DEADLINES]:
        what = wording.named(clock, words)
        lines.append(words.by.format(what=what, moment=moment(due, card.zone, words), zone=zone_name(due, card.zone)))
    return labelled("deadline", "\n".join(lines), words) if lines else ""


def _open_elsewhere(card: Card, words: Words, wording: Wording) -> str:
    """Clocks that run for other teams, a line each."""
    lines = []
    for team, clock, due in card.open_elsewhere if is_open(card) else ():
        what = f"{team_name(team, words)}{words.comma}{wording.named(clock, words)}"
        lines.append(words.by.format(what=what, moment=moment(due, card.zone, words), zone=zone_name(due, card.zone)))
    return labelled("open_clocks", "\n".join(lines[:MOST_DEADLINES]), words) if lines else ""


def _contact(card: Card, words: Words, wording: Wording) -> str:
    ways = [words.unreachable[card.unreachable]] if card.unreachable else []
    ways += [telephone(card.phone)] if card.phone else []
    ways += [mail(card.email)] if card.email else []
    lines = [labelled("contact", words.comma.join(ways), words)] if ways else []
    return "\n".join(filter(None, (*lines, _page(card, words, wording))))


def _page(card: Card, words: Words, wording: Wording) -> str:
    return lead_page(wording.lead_link, card.lead_id, words.open_page) if wording.lead_link else ""


def _facts(card: Card, words: Words, wording: Wording) -> str:
    lines = [labelled("stage", words.stages.get(card.stage, card.stage), words)]
    if card.kind == "breach" and card.role != "owner" and card.other:
        lines.append(labelled("missed", person(card.other, words), words))
    if card.owner and card.kind != "note" and not (card.outcome and card.outcome.what in GIVEN_AWAY):
        lines.append(labelled("owner", whose(card.owner, card.team, words), words))
    if card.department:
        lines.append(labelled("department", escaped(card.department, SHORT), words))
    if card.title:
        lines.append(labelled("title", escaped(card.title, SHORT), words))
    if card.source:
        lines.append(labelled("source", wording.named(card.source, words), words))
    if card.detail and card.kind not in NO_REASON:
        lines.append(labelled("reason", _reason_text(card, words, wording), words))
    return "\n".join(lines)


def _reason_text(card: Card, words: Words, wording: Wording) -> str:
    code, _, clock = card.detail.partition(":")
    if code in words.reasons:
        return words.reasons[code].format(clock=wording.named(clock, words))
    return escaped(wording.said(card.detail, words), LINE)


def _missing(card: Card, words: Words, wording: Wording) -> str:
    fields = words.comma.join(wording.field(name, words) for name in card.missing[:MOST_FIELDS])
    return labelled("missing", fields, words) if fields else ""


def _next(card: Card, words: Words, _: Wording) -> str:
    if card.outcome and card.outcome.what == "done" and card.missing:
        return labelled("next", words.tell_missing.format(to=_destination(card.outcome, words)), words)
    if not is_open(card) or (card.outcome and card.role != "owner"):
        return ""
    to = team_name(card.detail, words)
    text = _what_to_do(card, words)
    other = person(card.other, words, unnamed_other(card, words))
    return labelled("next", text.format(other=other, owner=person(card.owner, words), to=to), words)


def unnamed_other(card: Card, words: Words) -> str:
    """What the other person is called who has no name; nothing where that can only be the owner."""
    return words.somebody if card.kind in DECIDED_BY_OTHERS and card.role == "owner" else ""


def _what_to_do(card: Card, words: Words) -> str:
    if card.unreachable and card.role == "owner" and card.kind in PRESSED:
        return words.unreachable_next[card.unreachable]
    if card.kind == "breach" and card.role != "owner" and card.owner and card.owner != card.other:
        return words.missed_by_another
    accepted = card.outcome is not None and card.outcome.what == "accepted"
    own = words.accepted_next if accepted else words.owner_next[card.kind]
    return own if card.role == "owner" else words.others_next.get(card.kind, own)


_PARTS: Final[tuple[Section, ...]] = (
    _outcome,
    _deadlines,
    _contact,
    _facts,
    history.why_now,
    _missing,
    history.agreed,
    history.promises,
    _open_elsewhere,
    history.notes,
    history.earlier_cycles,
    _next,
)
_BRIEF_PARTS: Final[tuple[Section, ...]] = (_page, _next)
