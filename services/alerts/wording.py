"""The words of a card's codes: the playbook's where it has some, else ours, else the code without its underscores."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from services.alerts.markup import escaped, plain_words
from services.alerts.playbook import AlertsPlaybook
from services.alerts.words import Words

SHORT: Final = 60
NAME: Final = 40


@dataclass(frozen=True)
class Wording:
    """What the playbook says about how cards read."""

    labels: Mapping[str, str] = field(default_factory=dict)
    reject_reasons: Mapping[str, str] = field(default_factory=dict)
    recycle_reasons: Mapping[str, str] = field(default_factory=dict)
    agreed_reasons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Why a team may reject a lead, as agreed for the handover to it."""
    footer: str = ""
    lead_link: str = ""

    @classmethod
    def of(cls, playbook: AlertsPlaybook) -> "Wording":
        rules = playbook.rules
        reasons = (rules.reject_reasons, rules.recycle_reasons, playbook.agreed_reasons)
        return cls(rules.labels, *reasons, rules.footer or "", rules.lead_link or "")

    def to_reject(self, team: str, words: Words) -> Mapping[str, str]:
        """The reasons to choose from, with their words; that a lead is not theirs may be said in any team."""
        usual = dict(self.reject_reasons) or words.reject_reasons
        agreed = self.agreed_reasons.get(team, ())
        if not agreed:
            return usual
        not_mine = {"not_mine": usual.get("not_mine") or words.reject_reasons["not_mine"]}
        return not_mine | {reason: self.said(reason, words) for reason in agreed}

    def said(self, text: str, words: Words) -> str:
        """What somebody gave as a reason: the words for a code that is known, else what they wrote; not escaped."""
        for known in (self.reject_reasons, self.recycle_reasons, words.reject_reasons, words.recycle_reasons):
            if text in known:
                return known[text]
        return words.reasons.get(text) or words.said.get(text) or plain_words(text)

    def named(self, code: str, words: Words) -> str:
        """A rule, a clock or a source, escaped."""
        known = self.labels.get(code) or words.clocks.get(code) or words.sources.get(code.lower())
        return escaped(known or plain_words(code), SHORT)

    def field(self, name: str, words: Words) -> str:
        """A field of a handover, escaped."""
        return escaped(self.labels.get(name) or words.fields.get(name) or plain_words(name), SHORT)


def person(name: str | None, words: Words, unnamed: str = "") -> str:
    """The name, else `unnamed`, else the owner."""
    return escaped(name, NAME) if name else unnamed or words.someone


def team_name(team: str, words: Words) -> str:
    return words.teams.get(team) or escaped(team, SHORT)


def whose(name: str, team: str, words: Words) -> str:
    """A rep with their team, or the team alone where nobody of it is known yet."""
    shown = team_name(team, words)
    return words.member.format(person=person(name, words), team=shown) if name else shown


def labelled(label: str, value: str, words: Words) -> str:
    # Slack shows bold only where a space or an ASCII mark follows.
    separator = "" if value.startswith("\n") else words.after_label
    return f"*{words.labels[label]}*{separator}{value}"
