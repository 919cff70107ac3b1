"""What a playbook says about counting, as it was written: kept beside the counts that were made under it."""

from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import Final

from pydantic import BaseModel, ConfigDict

from shared.calendars import CalendarRules, TimeZoneName
from shared.durations import WorkDuration

RESPONSE_WITHIN: Final = WorkDuration(business_days=1)


class CountingRules(BaseModel):
    """All of a playbook that moves a number, and nothing else: names, locale and targets recount no lead.

    `calendars` are those in use, `holidays` the statutory ones kept with the playbook's version, `works_by` the
    calendar of each rep and team, `rep_teams` the team of each rep.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    zone: TimeZoneName = "UTC"
    response_within: WorkDuration = RESPONSE_WITHIN
    calendar: str | None = None
    calendars: dict[str, CalendarRules] = {}
    holidays: dict[str, dict[date, str]] = {}
    works_by: dict[str, str] = {}
    rep_teams: dict[str, str] = {}

    @cached_property
    def document(self) -> str:
        """The rules as JSON; weekdays stay in the order in which they were written, for later ones win."""
        return self.model_dump_json(by_alias=True)

    @cached_property
    def digest(self) -> str:
        """Names the rules: the first 16 hexadecimal digits of the SHA-256 of the document."""
        return sha256(self.document.encode()).hexdigest()[:16]


NO_RULES: Final = CountingRules()
