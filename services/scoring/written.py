"""The models of `scoring.yaml`, as it is written."""

from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from services.scoring.examples_written import ScoringExample
from shared.conditions import Condition
from shared.durations import Duration
from shared.playbook import Number, PlaybookModel, Text, Whole

MOST_POINTS = 1_000_000_000
KEEP = 200
SCANNERS = (
    "barracuda",
    "bot",
    "crawler",
    "curl/",
    "fortimail",
    "headlesschrome",
    "mimecast",
    "proofpoint",
    "python-requests",
    "safelinks",
    "spider",
    "symantec",
    "trendmicro",
)
"""Parts of the user agents of known mail scanners."""


def _longer_than_nothing(length: timedelta) -> timedelta:
    if length <= timedelta(0):
        raise ValueError("a length of zero is no period; one such as 30d is expected")
    return length


Points = Annotated[Number, Field(ge=-MOST_POINTS, le=MOST_POINTS)]
Period = Annotated[Duration, AfterValidator(_longer_than_nothing)]
Keep = Annotated[Whole, Field(ge=1, le=10_000)]
Types = Text | tuple[Text, ...]


class OncePerObject(PlaybookModel):
    once_per: Text


class AtMostPerPeriod(PlaybookModel):
    at_most: Annotated[Whole, Field(ge=0, le=10_000)]
    per: Period


class FitRuleEntry(PlaybookModel):
    id: Text
    when: Condition | None = None
    points: Points


class EngagementRuleEntry(PlaybookModel):
    """Without `half_life` the engagement's default holds; `half_life: null` switches it off for this rule."""

    id: Text
    on: Types
    when: Condition | None = None
    points: Points
    repeat: Literal["always", "once"] | OncePerObject | AtMostPerPeriod = "always"
    half_life: Period | None = None
    window: Period | None = None
    keep: Keep | None = None


class Bounded(PlaybookModel):
    cap: Points | None = None
    floor: Points | None = None


class GroupSection(Bounded):
    id: Text
    rules: tuple[EngagementRuleEntry, ...] = ()


class FitSection(Bounded):
    rules: tuple[FitRuleEntry, ...] = ()


class EngagementSection(Bounded):
    half_life: Period | None = None
    keep: Keep = KEEP
    groups: tuple[GroupSection, ...] = ()


class MqlSection(PlaybookModel):
    threshold: Points
    min_fit: Points | None = None
    instant: Types = ()
    unless: Condition | None = None
    rearm_below: Points | None = None


def _known_network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError:
        raise ValueError(f'"{text}" is no range of addresses; one such as 198.51.100.0/24 is expected') from None
    return text


class MachinesSection(PlaybookModel):
    """How opens and clicks by mail scanners are known; a length of null switches a sign off.

    `links_within`: several links of a mail, this close together. `after_delivery`: this soon after the delivery.
    `open_within`: a click on a mail that was not opened this long before or after.
    """

    agents: tuple[Text, ...] = SCANNERS
    networks: tuple[Annotated[Text, AfterValidator(_known_network)], ...] = ()
    links_within: Period | None = timedelta(seconds=2)
    after_delivery: Period | None = timedelta(seconds=5)
    open_within: Period | None = None


class ScoringFile(PlaybookModel):
    """Without `mql` nobody is qualified."""

    version: Text | Whole | Number = ""
    machines: MachinesSection = MachinesSection()
    fit: FitSection = FitSection()
    engagement: EngagementSection = EngagementSection()
    mql: MqlSection | None = None
    examples: tuple[ScoringExample, ...] = ()


def types_of(types: Types) -> frozenset[str]:
    """The activity types that were written as one or as a list."""
    return frozenset([types] if isinstance(types, str) else types)
