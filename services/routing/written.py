"""The models of `routing.yaml` and `sla.yaml`, as they are written."""

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from shared.calendars import Leave, TimeZoneName
from shared.conditions import Condition
from shared.durations import WorkDuration
from shared.playbook import Flag, Moment, Number, PlaybookModel, Text, Whole

TeamId = Literal["is", "fs", "cs"]
Cap = Annotated[Whole, Field(ge=0)]
Weight = Annotated[Number, Field(ge=0, le=1_000_000)]


class TeamEntry(PlaybookModel):
    """A team of the relay, with those whom its alerts reach."""

    id: TeamId
    manager: Text | None = None
    channel: Text | None = None
    fallback: Text | None = None
    calendar: Text | None = None


class RepEntry(PlaybookModel):
    """A person who owns leads; `team` is one, or a list for a dual role. Leave days are inclusive."""

    id: Text
    name: Text | None = None
    team: TeamId | tuple[TeamId, ...]
    slack: Text | None = None
    calendar: Text | None = None
    weight: Weight = 1
    daily_cap: Cap | None = None
    open_cap: Cap | None = None
    active: Flag = True
    skills: tuple[Text, ...] = ()
    leave: tuple[Leave, ...] = ()

    @property
    def teams(self) -> tuple[TeamId, ...]:
        return self.team if isinstance(self.team, tuple) else (self.team,)


class PoolEntry(PlaybookModel):
    """A group that a rule draws from. With `at_work: next` the hours pass nobody over."""

    id: Text
    team: TeamId
    members: tuple[Text, ...] = ()
    pick: Literal["weighted_round_robin", "least_open"] = "weighted_round_robin"
    when_all_away: Literal["wait", "assign"] = "wait"
    at_work: Literal["now", "next"] = "now"


class RuleEntry(PlaybookModel):
    """The first rule that holds gives the pool. One with `owner: from_event` holds where the rep who exchanged cards
    with the lead can take it, and gives it to them; with `owner: account` where somebody of the team who holds another
    lead of the account can. The pool then serves a later reassignment."""

    id: Text
    team: TeamId
    when: Condition | None = None
    pool: Text
    needs: tuple[Text, ...] = ()
    """Skills that whoever of the pool takes the lead must have."""
    priority: Annotated[Whole, Field(ge=0, le=1000)] = 0
    """Of leads that wait in one pool, those of a higher priority are given out first."""
    owner: Literal["from_event", "account"] | None = None


FREE_MAIL = (
    "aol.com",
    "docomo.ne.jp",
    "ezweb.ne.jp",
    "gmail.com",
    "gmx.de",
    "gmx.net",
    "hotmail.co.jp",
    "hotmail.com",
    "i.softbank.jp",
    "icloud.com",
    "live.jp",
    "mail.ru",
    "me.com",
    "msn.com",
    "nifty.com",
    "outlook.com",
    "outlook.jp",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "softbank.ne.jp",
    "web.de",
    "yahoo.co.jp",
    "yahoo.com",
    "yandex.ru",
    "ymail.ne.jp",
)
"""Domains at which anybody has an address."""


class AccountsSection(PlaybookModel):
    """How leads of one company are known: by `account_id`, else by the domain of their mail address.

    With `note` a new MQL at an account with an open opportunity goes to the opportunity's owner, without a clock.
    """

    email_domain: Flag = True
    free_mail: tuple[Text, ...] = FREE_MAIL
    note: Flag = True


class HandoverEntry(PlaybookModel):
    """What the departments have agreed for handing a lead to a team: in words, and the fields to be filled.

    Missing fields mark the handover; with `when_missing: refuse` the lead stays with the giver until they are told.
    """

    giver: Annotated[Literal["marketing", "is", "fs"], Field(alias="from")]
    to: TeamId
    definition: Text
    fields: tuple[Text, ...] = ()
    when_missing: Literal["mark", "refuse"] = "mark"
    decides: tuple[Text, ...] = ()
    reject_reasons: tuple[Text, ...] = ()


class ExpectedOwner(PlaybookModel):
    """Who should get the lead of an example; `owner: null` expects that it waits."""

    rule: Text | None = None
    pool: Text | None = None
    owner: Text | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("nothing is expected: at least one of rule, pool and owner is")
        return self


class RoutingExample(PlaybookModel):
    """A lead as a company imagines it, given to a team; nobody has any work yet. Of the profile are read, besides the
    fields of the person, `lead_source`, `exchanged_by`, and `reason`, `score` and `stage` of the qualification."""

    name: Text
    profile: dict[Text, JsonValue] = Field(default_factory=dict)
    team: TeamId | None = None
    at: Moment | None = None
    expect: ExpectedOwner

    @model_validator(mode="after")
    def _owner_at_a_time(self) -> Self:
        if "owner" in self.expect.model_fields_set and self.at is None:
            raise ValueError("who gets the lead depends on who is at work: an expected owner needs `at`")
        return self


class RoutingFile(PlaybookModel):
    """The whole of `routing.yaml`. With `actions_by_others: refuse` a lead that somebody else than its owner passes on
    or snoozes stays as it is; either way it is recorded."""

    teams: Annotated[tuple[TeamId | TeamEntry, ...], Field(min_length=1)] = ("is", "fs", "cs")
    reps: tuple[RepEntry, ...] = ()
    pools: tuple[PoolEntry, ...] = ()
    rules: tuple[RuleEntry, ...] = ()
    accounts: AccountsSection = AccountsSection()
    handovers: tuple[HandoverEntry, ...] = ()
    actions_by_others: Literal["apply", "refuse"] = "apply"
    examples: tuple[RoutingExample, ...] = ()

    @property
    def relay(self) -> tuple[TeamEntry, ...]:
        return tuple(team if isinstance(team, TeamEntry) else TeamEntry(id=team) for team in self.teams)


class StepEntry(PlaybookModel):
    """One step of the ladder after a breach; `after` is working time since the breach."""

    after: WorkDuration = WorkDuration()
    remind: Literal["owner"] | None = None
    reassign: Literal["pool"] | None = None
    notify: Text | None = None

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        if sum(action is not None for action in (self.remind, self.reassign, self.notify)) != 1:
            raise ValueError("a step does one of remind: owner, reassign: pool or notify: manager (or fallback, a rep)")
        return self


class ClockEntry(PlaybookModel):
    """An SLA clock in the owner's working time, unless `calendar` names another.

    It starts when the lead is given, or with an event of the types named; what the owner does, or any event that is no
    rep's, stops it. Events of `pauses` let it rest until one of `resumes`; `acknowledged_for` is how long the ladder
    rests after somebody has said that they see to it.
    """

    id: Text
    team: TeamId
    when: Condition | None = None
    starts: Literal["assigned"] | tuple[Text, ...] = "assigned"
    stops: tuple[Text, ...] = ()
    pauses: tuple[Text, ...] = ()
    resumes: tuple[Text, ...] = ()
    acknowledged_for: WorkDuration | None = None
    within: WorkDuration
    warn: tuple[WorkDuration, ...] = ()
    on_breach: tuple[StepEntry, ...] = ()
    calendar: Text | None = None


class SlaFile(PlaybookModel):
    """The whole of `sla.yaml`."""

    clocks: tuple[ClockEntry, ...] = ()


class CompanyFile(PlaybookModel):
    """The whole of `company.yaml`, of which every service reads its part; `version` is the author's own name for it."""

    name: Text | None = None
    timezone: TimeZoneName = "UTC"
    locale: Text | None = None
    version: Text | None = None
