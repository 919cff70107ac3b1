"""What a language has to say: the shape of `english.py` and `japanese.py`."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.alerts.kinds import Kind
from services.alerts.state import Ended, Unreachable


@dataclass(frozen=True)
class Words:
    """One language. Placeholders are filled with text that is escaped already; `months` may be numbers."""

    titles: Mapping[Kind, str]
    owner_next: Mapping[Kind, str]
    others_next: Mapping[Kind, str]
    outcomes: Mapping[Ended, str]
    labels: Mapping[str, str]
    stages: Mapping[str, str]
    teams: Mapping[str, str]
    said: Mapping[str, str]
    clocks: Mapping[str, str]
    sources: Mapping[str, str]
    """Where leads come from, by the usual codes in lower case."""
    fields: Mapping[str, str]
    """Fields of a handover."""
    unreachable: Mapping[Unreachable, str]
    unreachable_next: Mapping[Unreachable, str]
    buttons: Mapping[str, str]
    reject_reasons: Mapping[str, str]
    recycle_reasons: Mapping[str, str]
    reasons: Mapping[str, str]
    snoozes: Mapping[str, str]
    refusals: Mapping[str, str]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    day: str
    date: str
    moment: str
    by: str
    someone: str
    """The owner, where nobody is named."""
    somebody: str
    """Somebody who need not be the owner, where nobody is named."""
    unnamed: str
    person: str
    repeat: str
    digest: str
    after_label: str
    colon: str
    comma: str
    bracketed: str
    dash: str
    """Between a reason and what was said besides."""
    member: str
    next_team: str
    team_before: str
    taken_over: str
    steps_rest: str
    """Added to who sees to a missed deadline: until when nothing more follows."""
    last_time: str
    """The reason for which the cycle before ended, in a title."""
    tell_missing: str
    nth_cycle: str
    was_due: str
    open_page: str
    accepted_next: str
    missed_by_another: str
    """What others do about a missed deadline where the lead has another owner by now."""
