"""The buttons of a card, and the reference in them to the lead and the handoff that it was about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, Option, PlainTextObject, StaticSelectElement

from services.alerts.notices import Card
from services.alerts.words import Words

ActionId = Literal[
    "accept", "pass_on", "connected", "attempted", "qualify", "reject", "recycle", "snooze", "acknowledge"
]
MOST_OPTIONS = 100


@dataclass(frozen=True, slots=True)
class Reference:
    """The handoff that a button is about."""

    lead_id: str
    cycle: int
    attempt: int

    def encode(self) -> str:
        """`cycle:attempt:lead id`, short enough for a block id (255 characters), where a select keeps it."""
        return f"{self.cycle}:{self.attempt}:{self.lead_id}"

    @classmethod
    def decode(cls, text: str) -> "Reference":
        """Raises ValueError for anything that `encode` did not make."""
        cycle, _, rest = text.partition(":")
        attempt, _, lead_id = rest.partition(":")
        if not lead_id:
            raise ValueError("cycle:attempt:lead id is expected")
        return cls(lead_id, int(cycle), int(attempt))


def controls(
    card: Card, words: Words, reject_reasons: Mapping[str, str], recycle_reasons: Mapping[str, str]
) -> tuple[ActionsBlock, ...]:
    """Buttons for what needs no more words, selects for what needs a reason or a length; others than the owner may
    only say that they see to it."""
    reference = Reference(card.lead_id, card.cycle, card.attempt).encode()
    if card.role != "owner":
        return (ActionsBlock(elements=[_button("acknowledge", words, reference, style="primary")]),)
    if card.kind == "note":
        return (_of_note(card, words, reference),)
    to_accept = card.kind != "stale" and (card.outcome is None or card.outcome.what == "acknowledged")
    accept = [_button("accept", words, reference, style="primary")] if to_accept else []
    buttons = [_button(action, words, reference) for action in _buttons_of(card)]
    buttons += [_button("acknowledge", words, reference)] if is_to_be_seen_to(card) else []
    selects = [_select("reject", words, reject_reasons)] if to_accept else []
    selects += [_select("recycle", words, recycle_reasons)] if card.kind != "revisit" else []
    selects += [_select("snooze", words, words.snoozes)]
    first = [ActionsBlock(elements=[*accept, *buttons])] if accept or buttons else []
    return *first, ActionsBlock(block_id=reference, elements=selects)


def is_to_be_seen_to(card: Card) -> bool:
    """Whether it tells of a missed deadline that nobody has said to see to."""
    return card.kind == "breach" and card.outcome is None


def _of_note(card: Card, words: Words, reference: str) -> ActionsBlock:
    """Somebody else at the account: the owner takes them on or lets the first team have them."""
    accept = [_button("accept", words, reference, style="primary")] if card.outcome is None else []
    pass_on = _button("pass_on", words, reference)
    return ActionsBlock(elements=[*accept, pass_on, *(_button(one, words, reference) for one in _buttons_of(card))])


def _buttons_of(card: Card) -> tuple[ActionId, ...]:
    if card.unreachable:
        return ()
    if card.kind == "note":
        return ("connected", "attempted")
    return ("connected", "attempted", "qualify") if card.team == "is" else ("connected", "attempted")


def _button(action: ActionId, words: Words, reference: str, style: str | None = None) -> ButtonElement:
    label = PlainTextObject(text=words.buttons[action], emoji=False)
    return ButtonElement(text=label, action_id=action, value=reference, style=style)


def _select(action: ActionId, words: Words, choices: Mapping[str, str]) -> StaticSelectElement:
    options = [Option(value=value, text=label[:75]) for value, label in list(choices.items())[:MOST_OPTIONS]]
    placeholder = PlainTextObject(text=words.buttons[action], emoji=False)
    return StaticSelectElement(placeholder=placeholder, action_id=action, options=options)
