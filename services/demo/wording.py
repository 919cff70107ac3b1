"""The example company's playbook in the language of the demo: locale, and what cards call rules and clocks."""

from pathlib import Path
from typing import Final

from shared.locales import Locale
from shared.playbook import PlaybookFolder

CLOCKS: Final = {
    "accept_hand_raise": ("accept", "受諾"),
    "first_touch_hand_raise": ("first contact", "初回対応"),
    "accept_sql": ("accept", "受諾"),
    "opportunity": ("open an opportunity", "商談化"),
    "first_contact": ("first contact", "初回対応"),
}
ENGLISH: Final = {
    "decision_maker": "decision maker",
    "manager": "manager",
    "buying_department": "department that buys",
    "large_company": "1,000 employees or more",
    "mid_size_company": "100 employees or more",
    "core_industry": "core industry",
    "demo_request": "asked for a demo",
    "contact_form": "contact form",
    "pricing_page": "read the pricing page",
    "case_study": "downloaded a case study",
    "white_paper": "downloaded a white paper",
    "seminar_registered": "registered for a seminar",
    "seminar_attended": "attended a seminar",
    "card_hot": "business card, keen",
    "card": "business card",
    "page_view": "page views",
    "ad_click": "clicked an ad",
    "mail_click": "clicked in a mail",
}


def playbook_in(lang: Locale, original: Path, copy: Path) -> Path:
    """A copy of the playbook whose cards speak the language; returns its folder."""
    copy.mkdir(parents=True, exist_ok=True)
    for name, text in PlaybookFolder.read(original).files.items():
        (copy / name).write_text(_worded(name, text, lang), "utf-8")
    return copy


def _worded(name: str, text: str, lang: Locale) -> str:
    match name:
        case "company.yaml":
            return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("locale:")) + (
                f"locale: {lang}\n"
            )
        case "alerts.yaml":
            rules, head, labels = text.partition("\nlabels:\n")
            place = 1 if lang == "ja" else 0
            kept = labels if lang == "ja" else _lines(ENGLISH)
            named = {clock: words[place] for clock, words in CLOCKS.items() if f"  {clock}:" not in kept}
            return f"{rules}{head or chr(10) + 'labels:' + chr(10)}{kept}{_lines(named)}"
        case _:
            return text


def _lines(labels: dict[str, str]) -> str:
    return "".join(f'  {name}: "{label}"\n' for name, label in labels.items())
