"""Cards as Slack messages: Block Kit and a plain text that says the same where blocks are not shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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

from services.alerts.controls import controls, is_to_be_seen_to
from services.alerts.history import LINE
from services.alerts.kinds import PRESSED
from services.alerts.lead_link import lead_page
from services.alerts.markup import escaped
from services.alerts.notices import Card
from services.alerts.sections import is_open, sections, unnamed_other
from services.alerts.texts import WORDS
from services.alerts.wording import Wording, person, team_name
from services.alerts.words import Words

Json = Mapping[str, object]
MOST_GATHERED: Final = 150
"""Lines of a digest: Slack takes 3,000 characters a section, 50 blocks, and 40,000 characters of plain text."""
PAGE_LINES: Final = 7
LONGEST_LINK: Final = 200
LONGEST_REASON: Final = 20


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message ready for Slack."""

    text: str
    blocks: tuple[Json, ...]


def render(
    card: Card, wording: Wording | None = None, *, repeated: bool = False, footer: str = "", discreet: bool = False
) -> Rendered:
    """The message of a card; `footer` labels it, such as figures that are simulated. Lead-supplied text is escaped.

    `discreet` leaves out how the lead is reached, for readers who are not of the team.
    """
    wording = wording or Wording()
    if discreet:
        card, wording = replace(card, phone="", email=""), replace(wording, lead_link="")
    words = WORDS[card.locale]
    title = _title(card, words, wording)
    parts = sections(card, words, wording)
    blocks: list[Block] = [HeaderBlock(text=PlainTextObject(text=title, emoji=False))]
    blocks += [SectionBlock(text=MarkdownTextObject(text=part, verbatim=True)) for part in parts]
    blocks += _actions(card, words, wording)
    blocks.append(_context(card, words, repeated, footer or wording.footer))
    text = "\n".join([title, *parts, *([words.repeat] if repeated else [])])
    return Rendered(text, tuple(block.to_dict() for block in blocks))


def digest(cards: Sequence[Card], wording: Wording | None = None, *, footer: str = "") -> Rendered:
    """Several cards for one address in one message, a line each with a link to the lead's page, the oldest first.

    Raises ValueError for no card, and for more than `MOST_GATHERED`.
    """
    if not 0 < len(cards) <= MOST_GATHERED:
        raise ValueError(f"a digest shows 1 to {MOST_GATHERED} cards, not {len(cards)}")
    wording, words = wording or Wording(), WORDS[cards[0].locale]
    title = words.digest.format(count=len(cards))
    ordered = sorted(cards, key=lambda card: (card.at, card.lead_id))
    lines = [f"• {_title(card, words, wording)}" for card in ordered]
    linked = [f"{line}{_link(card, wording.lead_link, words)}" for line, card in zip(lines, ordered, strict=True)]
    pages = [linked[start : start + PAGE_LINES] for start in range(0, len(linked), PAGE_LINES)]
    blocks: list[Block] = [HeaderBlock(text=PlainTextObject(text=title, emoji=False))]
    blocks += [SectionBlock(text=MarkdownTextObject(text="\n".join(page), verbatim=True)) for page in pages]
    if footer:
        blocks.append(ContextBlock(elements=[MarkdownTextObject(text=escaped(footer, LINE), verbatim=True)]))
    return Rendered("\n".join([title, *lines]), tuple(block.to_dict() for block in blocks))


def _link(card: Card, lead_link: str, words: Words) -> str:
    link = lead_page(lead_link, card.lead_id, words.open_page) if lead_link else ""
    return f" {link}" if 0 < len(link) <= LONGEST_LINK else ""


def _title(card: Card, words: Words, wording: Wording) -> str:
    to, last_time = team_name(card.detail, words), _last_time(card, words, wording)
    other = person(card.other, words, unnamed_other(card, words))
    known = {"lead": _lead(card, words, 90), "other": other, "to": to, "last_time": last_time}
    return words.titles[card.kind].format(**known, what=escaped(words.said.get(card.detail, card.detail), 40))


def _last_time(card: Card, words: Words, wording: Wording) -> str:
    given = card.earlier[-1].reason if card.earlier else ""
    return words.last_time.format(reason=escaped(wording.said(given, words), LONGEST_REASON)) if given else ""


def _lead(card: Card, words: Words, longest: int) -> str:
    name = words.person.format(name=escaped(card.name, longest // 2)) if card.name else ""
    known = " ".join(part for part in (escaped(card.company, longest // 2), name) if part)
    return known or words.unnamed.format(lead_id=escaped(card.lead_id, longest))


def _actions(card: Card, words: Words, wording: Wording) -> Iterable[ActionsBlock]:
    may_press = is_open(card) and card.kind in PRESSED if card.role == "owner" else is_to_be_seen_to(card)
    if not may_press:
        return ()
    reject = wording.to_reject(card.team, words)
    recycle = dict(wording.recycle_reasons) or words.recycle_reasons
    return controls(card, words, reject, recycle)


def _context(card: Card, words: Words, repeated: bool, footer: str) -> ContextBlock:
    lines = [f"{words.labels['lead']}{words.colon}{escaped(card.lead_id, 200)}"]
    lines += [words.repeat] if repeated else []
    lines += [escaped(footer, LINE)] if footer else []
    return ContextBlock(elements=[MarkdownTextObject(text=line, verbatim=True) for line in lines])
