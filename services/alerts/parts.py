"""What alerts reads of the playbook's other files, each of which another service reads and checks in full."""

from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict

from shared.durations import WorkDuration

RELAY: Final = ("is", "fs", "cs")
"""The teams of a relay that names none."""


class Part(BaseModel):
    """A part of a file; the rest of it is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _team(value: object) -> object:
    return {"id": value} if isinstance(value, str) else value


class RepPart(Part):
    id: str
    name: str | None = None
    slack: str | None = None
    team: Annotated[tuple[str, ...], BeforeValidator(_several)] = ()
    calendar: str | None = None


class TeamPart(Part):
    id: str
    manager: str | None = None
    channel: str | None = None
    fallback: str | None = None
    calendar: str | None = None


class HandoverPart(Part):
    to: str
    reject_reasons: tuple[str, ...] = ()


class RoutingPart(Part):
    """Of `routing.yaml`: who people are, and why a lead may be rejected."""

    teams: tuple[Annotated[TeamPart, BeforeValidator(_team)], ...] = tuple(TeamPart(id=team) for team in RELAY)
    reps: tuple[RepPart, ...] = ()
    handovers: tuple[HandoverPart, ...] = ()


class ClockPart(Part):
    id: str
    acknowledged_for: WorkDuration | None = None
    calendar: str | None = None


class SlaPart(Part):
    """Of `sla.yaml`: for how long the steps after a breach rest."""

    clocks: tuple[ClockPart, ...] = ()


class CompanyPart(Part):
    """Of `company.yaml`: its zone and language."""

    timezone: str = "UTC"
    locale: str = "en"
