"""The sections of a card about what was: why now, what was said and promised, how earlier cycles ended."""

import re
from datetime import datetime

from services.alerts.markup import date, day, escaped, moment, number, plain_words, zone_name
from services.alerts.notices import Card
from services.alerts.packet import MOST_FIELDS
from services.alerts.state import EarlierCycle, Note
from services.alerts.wording import SHORT, Wording, labelled, person
from services.alerts.words import Words

LINE = 150
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT")


def why_now(card: Card, words: Words, wording: Wording) -> str:
    if card.score is None:
        return ""
    lines = [words.labels["points"].format(score=number(card.score))]
    for reason in card.reasons:
        on = words.bracketed.format(day(reason.at, card.zone, words)) if reason.at else ""
        lines.append(f"• {wording.named(reason.rule, words)} +{number(reason.value)}{on}")
    return labelled("score", "\n".join(lines), words)


def promises(card: Card, words: Words, wording: Wording) -> str:
    lines = [f"• {_promise(note, card, words, wording)}" for note in card.promises]
    return labelled("promises", "\n" + "\n".join(lines), words) if lines else ""


def _promise(note: Note, card: Card, words: Words, wording: Wording) -> str:
    made = words.bracketed.format(words.comma.join(filter(None, (_by(note, words), day(note.at, card.zone, words)))))
    what = f"{_text(note, words, wording)}{made}"
    if note.due_at is None:
        return what
    until = moment(note.due_at, card.zone, words)
    return words.by.format(what=what, moment=until, zone=zone_name(note.due_at, card.zone))


def agreed(card: Card, words: Words, wording: Wording) -> str:
    """What was filled in for the handover, while the owner may still act on it."""
    shown = card.agreed[:MOST_FIELDS] if card.outcome is None or card.outcome.what == "accepted" else ()
    lines = [f"• {wording.field(name, words)}{words.colon}{_filled(text, card.zone, words)}" for name, text in shown]
    return labelled("agreed", "\n" + "\n".join(lines), words) if lines else ""


def _filled(text: str, zone: str, words: Words) -> str:
    """What was filled in; days and instants as people write them."""
    if _DAY.fullmatch(text) and (on := _instant(text)):
        return words.date.format(day=on.day, month=words.months[on.month - 1], year=on.year)
    at = _instant(text) if _INSTANT.match(text) else None
    return moment(at, zone, words) if at and at.tzinfo else escaped(text, LINE)


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def notes(card: Card, words: Words, wording: Wording) -> str:
    lines = []
    for note in card.notes:
        what = words.said.get(note.type) or escaped(plain_words(note.type), SHORT)
        who = words.comma.join(filter(None, (what, _by(note, words))))
        said = f"{_text(note, words, wording)}{_due(note, card.zone, words)}"
        lines.append(f"• {day(note.at, card.zone, words)} {who}{words.colon}{said}")
    return labelled("notes", "\n" + "\n".join(lines), words) if lines else ""


def _due(note: Note, zone: str, words: Words) -> str:
    """Until when something was promised whose day is over."""
    return words.bracketed.format(words.was_due.format(day=day(note.due_at, zone, words))) if note.due_at else ""


def _by(note: Note, words: Words) -> str:
    return person(note.by, words) if note.by else ""


def _text(note: Note, words: Words, wording: Wording) -> str:
    parts = (note.reason, note.text)
    return words.dash.join(escaped(wording.said(text, words), LINE) for text in parts if text)


def earlier_cycles(card: Card, words: Words, wording: Wording) -> str:
    lines = [f"• {_cycle(cycle, card.zone, words, wording)}" for cycle in card.earlier]
    return labelled("earlier", "\n" + "\n".join(lines), words) if lines else ""


def _cycle(cycle: EarlierCycle, zone: str, words: Words, wording: Wording) -> str:
    ended = words.said["lead.recycled"] if cycle.ended == "recycled" else words.stages.get(cycle.ended)
    how = ended or escaped(plain_words(cycle.ended), SHORT)
    why = f"{words.colon}{escaped(wording.said(cycle.reason, words), LINE)}" if cycle.reason else ""
    on = words.bracketed.format(date(cycle.at, zone, words)) if cycle.at else ""
    return f"{words.nth_cycle.format(cycle=cycle.cycle)}{words.comma}{how}{on}{why}"
