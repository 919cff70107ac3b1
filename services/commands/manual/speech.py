"""One language of the manual: its phrases, lists, lengths and dates, and the words for the playbook's codes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from services.alerts.texts import WORDS as CARDS
from services.alerts.words import Words
from services.commands.manual.markdown import safe
from services.commands.manual.words import PHRASES, VOCABULARY
from shared.durations import WorkDuration, format_duration
from shared.locales import Locale

_TEAM_BEFORE: Final = re.compile(r"^(is|fs|cs)[-_]")
UNITS: Final = {"s": "second", "m": "minute", "h": "hour", "d": "day", "bd": "business_day"}


@dataclass(frozen=True)
class Speech:
    """Words for `locale`; the playbook's own `labels` are in `labels_in`, and go beside ours in the other language."""

    locale: Locale
    labels: Mapping[str, str]
    labels_in: Locale
    names: Mapping[str, str]

    def __call__(self, phrase: str, **values: object) -> str:
        return self._pick(PHRASES[phrase]).format(**values)

    def _pick(self, pair: tuple[str, str]) -> str:
        return pair[self.locale == "ja"]

    @property
    def cards(self) -> Words:
        """The words of the Slack cards, which the manual shares."""
        return CARDS[self.locale]

    def known(self, kind: str, code: str) -> str | None:
        """Our word for a code; None where we have none."""
        pair = VOCABULARY[kind].get(code.lower())
        return pair and self._pick(pair)

    def listed(self, parts: Iterable[str]) -> str:
        return self.cards.comma.join(parts)

    def either(self, parts: Iterable[str]) -> str:
        """`A, B or C`."""
        *first, last = parts
        return self("or", first=self.listed(first), last=last) if first else last

    def bracketed(self, text: str) -> str:
        return self.cards.bracketed.format(text)

    def person(self, rep_id: str) -> str:
        return safe(self.names.get(rep_id, rep_id))

    def team(self, team: str) -> str:
        return self.known("departments", team) or self.cards.teams.get(team) or safe(team)

    def activity(self, code: str) -> str:
        return self.known("activities", code) or self.cards.said.get(code) or safe(plain(code))

    def rule(self, code: str) -> str:
        return _capital(self._labelled(code, self.known("rules", code)))

    def clock(self, code: str) -> str:
        return _capital(self._labelled(code, self.known("clocks", code) or self.cards.clocks.get(code)))

    def asked(self, field: str) -> str:
        """A field that a handover asks for."""
        return self._labelled(field, self.known("fields", field))

    def field(self, code: str) -> str:
        return self.known("fields", code) or safe(self.labels.get(code) or plain(code))

    def source(self, code: str) -> str:
        return self._labelled(code, self.cards.sources.get(code.lower()))

    def named(self, code: str) -> str:
        """A pool or calendar by its id without the team before it, in words."""
        short = _TEAM_BEFORE.sub("", code)
        return _capital(self._labelled(code, self.known("places", short) or safe(plain(short))))

    def _labelled(self, code: str, ours: str | None) -> str:
        label = self.labels.get(code)
        if label and self.locale == self.labels_in:
            return safe(label)
        shown = ours or safe(plain(code))
        return shown + self.bracketed(safe(label)) if label and label != shown else shown

    def number(self, number: float) -> str:
        return f"{number:,.10g}"

    def signed(self, points: float) -> str:
        return f"{points:+,.10g}".replace("-", "\N{MINUS SIGN}")

    def length(self, length: WorkDuration | timedelta) -> str:
        """`4 hours`, `2 business days`, `30 days`."""
        text = format_duration(length) if isinstance(length, timedelta) else str(length)
        count = int(text.rstrip("smhdb"))
        one = self.locale == "en" and count == 1
        return self(UNITS[text.lstrip("0123456789")] + ("_one" if one else ""), count=self.number(count))

    def deadline(self, within: WorkDuration) -> str:
        """By when, counted from the start."""
        match within.business_days:
            case None:
                return self("within", length=self.length(within))
            case 0:
                return self("same_closing")
            case 1:
                return self("next_closing")
            case days:
                return self("later_closing", count=days)

    def later(self, after: WorkDuration) -> str:
        """So much after something."""
        if after.business_days is None:
            return self("after", length=self.length(after))
        return self("after_closing", length=self.length(after)) if after.business_days else self("same_closing")

    def day(self, day: date) -> str:
        month = self.cards.months[day.month - 1]
        text = self.cards.date.format(year=day.year, month=month, day=day.day)
        return text + self.bracketed(self.cards.weekdays[day.weekday()])

    def dates(self, first: date, last: date) -> str:
        return self.day(first) if first == last else self("from_to", first=self.day(first), last=self.day(last))


def plain(code: str) -> str:
    """`private_address` and `is-large` as words; text that is no code as it is."""
    return re.sub(r"[_-]+", " ", code) if re.fullmatch(r"[a-z0-9]+([_.-][a-z0-9]+)*", code) else code


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
