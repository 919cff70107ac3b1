"""Cards as Slack messages: Block Kit and a plain text that says the same where blocks are not shown."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ContextBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from services.alerts.controls import controls
from services.alerts.markup import day, escaped, moment, number, plain_words, zone_name
from services.alerts.notices import Card
from services.alerts.playbook import AlertsFile
from services.alerts.texts import WORDS
from services.alerts.words import Words

Json = Mapping[str, object]
SHORT: Final = 60
LINE: Final = 150
MOST_GATHERED: Final = 150
"""Lines of a digest: Slack takes 3,000 characters a section, 50 blocks, and 40,000 characters of plain text."""
PAGE_LINES: Final = 15
STILL_OPEN: Final = frozenset({"accepted"})


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message ready for Slack."""

    text: str
    blocks: tuple[Json, ...]


@dataclass(frozen=True)
class Wording:
    """What the playbook says about how cards read."""

    labels: Mapping[str, str] = field(default_factory=dict)
    reject_reasons: Mapping[str, str] = field(default_factory=dict)
    recycle_reasons: Mapping[str, str] = field(default_factory=dict)
    footer: str = ""

    @classmethod
    def of(cls, rules: AlertsFile) -> "Wording":
        return cls(rules.labels, rules.reject_reasons, rules.recycle_reasons, rules.footer or "")


def render(card: Card, wording: Wording | None = None, *, repeated: bool = False, footer: str = "") -> Rendered:
    """The message of a card; `footer` labels it, such as figures that are simulated. Lead-supplied text is escaped."""
    wording = wording or Wording()
    words = WORDS[card.locale]
    title = _title(card, words)
    sections = [section for part in _PARTS if (section := part(card, words, wording))]
    blocks: list[Block] = [HeaderBlock(text=PlainTextObject(text=title, emoji=False))]
    blocks += [SectionBlock(text=MarkdownTextObject(text=section, verbatim=True)) for section in sections]
    blocks += _actions(card, words, wording)
    blocks.append(_context(card, words, repeated, footer or wording.footer))
    text = "\n".join([title, *sections, *([words.repeat] if repeated else [])])
    return Rendered(text, tuple(block.to_dict() for block in blocks))


def digest(cards: Sequence[Card], *, footer: str = "") -> Rendered:
    """Several cards for one address in one message, a line each, the oldest first.

    Raises ValueError for no card, and for more than `MOST_GATHERED`.
    """
    if not 0 < len(cards) <= MOST_GATHERED:
        raise ValueError(f"a digest shows 1 to {MOST_GATHERED} cards, not {len(cards)}")
    words = WORDS[cards[0].locale]
    title = words.digest.format(count=len(cards))
    ordered = sorted(cards, key=lambda card: (card.at, card.lead_id))
    lines = [f"• {_title(card, words)}" for card in ordered]
    pages = [lines[start : start + PAGE_LINES] for start in range(0, len(lines), PAGE_LINES)]
    blocks: list[Block] = [HeaderBlock(text=PlainTextObject(text=title, emoji=False))]
    blocks += [SectionBlock(text=MarkdownTextObject(text="\n".join(page), verbatim=True)) for page in pages]
    if footer:
        blocks.append(ContextBlock(elements=[MarkdownTextObject(text=escaped(footer, LINE), verbatim=True)]))
    return Rendered("\n".join([title, *lines]), tuple(block.to_dict() for block in blocks))


def _title(card: Card, words: Words) -> str:
    return words.titles[card.kind].format(lead=_lead(card, words, 90), other=_person(card.other, words))


def _lead(card: Card, words: Words, longest: int) -> str:
    name = words.person.format(name=escaped(card.name, longest // 2)) if card.name else ""
    known = " ".join(part for part in (escaped(card.company, longest // 2), name) if part)
    return known or words.unnamed.format(lead_id=escaped(card.lead_id, longest))


def _person(name: str | None, words: Words) -> str:
    return escaped(name, 40) if name else words.someone


def _labelled(label: str, value: str, words: Words) -> str:
    # Slack shows bold only where a space or an ASCII mark follows.
    separator = "" if value.startswith("\n") else words.after_label
    return f"*{words.labels[label]}*{separator}{value}"


def _outcome(card: Card, words: Words, _: Wording) -> str:
    if card.outcome is None:
        return ""
    at = moment(card.outcome.at, card.zone, words)
    text = words.outcomes[card.outcome.what].format(who=_person(card.outcome.who, words), at=at)
    return _labelled("now", text, words)


def _facts(card: Card, words: Words, wording: Wording) -> str:
    lines = [_labelled("stage", words.stages.get(card.stage, card.stage), words)]
    if card.kind == "breach" and card.role != "owner" and card.other:
        lines.append(_labelled("missed", _person(card.other, words), words))
    if card.owner:
        lines.append(_labelled("owner", f"{_person(card.owner, words)} ({_team(card, words)})", words))
    if card.title:
        lines.append(_labelled("title", escaped(card.title, SHORT), words))
    if card.source:
        lines.append(_labelled("source", _named(card.source, words, wording), words))
    if card.detail and card.kind != "stale":
        lines.append(_labelled("reason", _reason_text(card, words, wording), words))
    return "\n".join(lines)


def _reason_text(card: Card, words: Words, wording: Wording) -> str:
    code, _, clock = card.detail.partition(":")
    if code in words.reasons:
        return words.reasons[code].format(clock=_named(clock, words, wording))
    return escaped(_said(card.detail, words, wording), LINE)


def _said(text: str, words: Words, wording: Wording) -> str:
    """What somebody gave as a reason: the words for a code that is known, else what they wrote."""
    for known in (wording.reject_reasons, wording.recycle_reasons, words.reject_reasons, words.recycle_reasons):
        if text in known:
            return known[text]
    return words.reasons.get(text) or words.said.get(text) or plain_words(text)


def _named(code: str, words: Words, wording: Wording) -> str:
    """What the playbook calls a rule, a clock or a source, else what we do."""
    return escaped(wording.labels.get(code) or words.clocks.get(code) or plain_words(code), SHORT)


def _team(card: Card, words: Words) -> str:
    return words.teams.get(card.team) or escaped(card.team, SHORT)


def _deadlines(card: Card, words: Words, wording: Wording) -> str:
    if not _is_open(card):
        return ""
    lines = []
    for clock, due in card.deadlines[:5]:
        what = _named(clock, words, wording)
        lines.append(words.by.format(what=what, moment=moment(due, card.zone, words), zone=zone_name(due, card.zone)))
    return _labelled("deadline", "\n".join(lines), words) if lines else ""


def _why_now(card: Card, words: Words, wording: Wording) -> str:
    if card.score is None:
        return ""
    lines = [words.labels["points"].format(score=number(card.score))]
    for reason in card.reasons:
        label = _named(reason.rule, words, wording)
        on = f" ({day(reason.at, card.zone, words)})" if reason.at else ""
        lines.append(f"• {label} +{number(reason.value)}{on}")
    return _labelled("score", "\n".join(lines), words)


def _notes(card: Card, words: Words, wording: Wording) -> str:
    lines = []
    for note in card.notes:
        what = words.said.get(note.type) or escaped(plain_words(note.type), SHORT)
        said = " – ".join(escaped(_said(text, words, wording), LINE) for text in (note.reason, note.text) if text)
        by = f", {_person(note.by, words)}" if note.by else ""
        lines.append(f"• {day(note.at, card.zone, words)} {what}{by}{words.colon}{said}")
    return _labelled("notes", "\n" + "\n".join(lines), words) if lines else ""


def _next(card: Card, words: Words, _: Wording) -> str:
    if not _is_open(card) or (card.outcome and card.role != "owner"):
        return ""
    own = words.accepted_next if card.outcome else words.owner_next[card.kind]
    text = own if card.role == "owner" else words.others_next.get(card.kind, own)
    if card.kind == "breach" and card.role != "owner" and card.owner and card.owner != card.other:
        text = words.missed_by_another
    return _labelled("next", text.format(other=_person(card.other, words), owner=_person(card.owner, words)), words)


_PARTS: Final[tuple[Callable[[Card, Words, Wording], str], ...]] = (
    _outcome,
    _deadlines,
    _facts,
    _why_now,
    _notes,
    _next,
)


def _is_open(card: Card) -> bool:
    return card.outcome is None or card.outcome.what in STILL_OPEN


def _actions(card: Card, words: Words, wording: Wording) -> Iterable[ActionsBlock]:
    if card.role != "owner" or card.kind in ("moved", "waiting") or not _is_open(card):
        return ()
    reject = dict(wording.reject_reasons) or words.reject_reasons
    recycle = dict(wording.recycle_reasons) or words.recycle_reasons
    return controls(card, words, reject, recycle)


def _context(card: Card, words: Words, repeated: bool, footer: str) -> ContextBlock:
    lines = [f"{words.labels['lead']}{words.colon}{escaped(card.lead_id, 200)}"]
    lines += [words.repeat] if repeated else []
    lines += [escaped(footer, LINE)] if footer else []
    return ContextBlock(elements=[MarkdownTextObject(text=line, verbatim=True) for line in lines])
