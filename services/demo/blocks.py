"""Block Kit as HTML: what Slack would show of a card, all text escaped, its controls as plain forms."""

import re
from collections.abc import Mapping
from html import escape, unescape
from typing import Final

from services.demo.slack import SlackMessage

_BOLD: Final = re.compile(r"\*([^*\n]+)\*")
_LINK: Final = re.compile(r"<((?:https?://|mailto:|tel:)[^|>\s]+)\|([^|>]+)>")
Block = Mapping[str, object]


def rendered(message: SlackMessage) -> str:
    """The blocks of a message, or its plain text where it has none."""
    if not message.blocks:
        return f"<p>{marked(message.text)}</p>"
    return "".join(_block(block, message) for block in message.blocks if isinstance(block, dict))


def _block(block: Block, message: SlackMessage) -> str:
    match block:
        case {"type": "header", "text": {"text": str(text)}}:
            return f"<h3>{_plain(text)}</h3>"
        case {"type": "section", "text": {"text": str(text)}}:
            return f"<p>{marked(text)}</p>"
        case {"type": "context", "elements": list(elements)}:
            return f'<p class="context">{" · ".join(marked(_text(part)) for part in elements)}</p>'
        case {"type": "actions", "elements": list(elements)}:
            return f'<div class="actions">{"".join(_control(part, message) for part in elements)}</div>'
        case _:
            return ""


def _control(element: object, message: SlackMessage) -> str:
    match element:
        case {"type": "button", "action_id": str(action), "text": {"text": str(text)}, **rest}:
            style = "primary" if rest.get("style") == "primary" else "plain"
            return _form(message, action, f'<button class="{style}">{_plain(text)}</button>')
        case {
            "type": "static_select",
            "action_id": str(action),
            "options": list(options),
            "placeholder": {"text": str(text)},
        }:
            choices = f'<option value="">{_plain(text)}</option>' + "".join(_option(option) for option in options)
            return _form(message, action, f'<select name="option" aria-label="{_plain(text)}">{choices}</select>')
        case _:
            return ""


def _form(message: SlackMessage, action: str, control: str) -> str:
    named = (("channel", message.channel), ("ts", message.ts), ("action", action))
    hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in named)
    return f'<form method="post" action="/press">{hidden}{control}</form>'


def _option(option: object) -> str:
    match option:
        case {"value": str(value), "text": {"text": str(text)}}:
            return f'<option value="{escape(value)}">{_plain(text)}</option>'
        case _:
            return ""


def _text(part: object) -> str:
    match part:
        case {"text": str(text)}:
            return text
        case _:
            return ""


def _plain(text: str) -> str:
    return escape(unescape(text))


def marked(text: str) -> str:
    """Slack's markup as HTML: its own escapes undone, everything escaped, then links, bold and line ends."""
    html, end = "", 0
    for link in _LINK.finditer(text):
        html += _unlinked(text[end : link.start()])
        html += f'<a href="{_plain(link[1])}" rel="noreferrer">{_plain(link[2])}</a>'
        end = link.end()
    return html + _unlinked(text[end:])


def _unlinked(text: str) -> str:
    return _BOLD.sub(r"<b>\1</b>", _plain(text)).replace("\n", "<br>")
