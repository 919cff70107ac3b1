"""What happened to a lead, gathered from what each service recorded of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pydantic import JsonValue

if TYPE_CHECKING:
    from shared.db import Connection
    from shared.events import Event

PROFILE = "profile.updated"
ABOUT = (
    "asset_id",
    "kind",
    "title",
    "page",
    "url",
    "seminar_id",
    "form_id",
    "exhibition_id",
    "heat",
    "lead_source",
    "reason",
    "outcome",
    "consent",
    "opportunity_id",
    "playbook",
)
"""What an activity was about, in this order."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a lead's story."""

    at: datetime
    service: str
    what: str
    who: str
    detail: str


async def activities(connection: "Connection", lead_id: str, decided: Mapping[str, str]) -> list[Happening]:
    from services.scoring.store import find, history

    happened = (await history(connection, [lead_id]))[lead_id]
    state = await find(connection, lead_id)
    qualified = state.qualified if state else ()
    return [
        *(Happening(event.time, "lead", event.type, _by(event), _about(event)) for event in happened),
        *(
            Happening(past.at, "scoring", "lead.qualified", "", f"{decided.get(past.id, '')}cycle {past.cycle}")
            for past in qualified
        ),
    ]


def in_zone(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(" ", "seconds")


async def messages(connection: "Connection", lead_id: str) -> list[Happening]:
    from services.alerts.notifications import of_lead

    return [
        Happening(told.card.at, "alerts", f"message: {told.kind}", told.message.address, told.message.status)
        for told in await of_lead(connection, lead_id)
    ]


def _by(event: "Event") -> str:
    rep = event.data.value("rep_id")
    return rep if isinstance(rep, str) else ""


def _about(event: "Event") -> str:
    """What an activity was about; of a profile every field that it tells."""
    if event.type == PROFILE:
        found = event.data.model_dump(mode="json", exclude_none=True, exclude_unset=True).items()
    else:
        found = {name: value for name in ABOUT if (value := event.data.value(name)) is not None}.items()
    return ", ".join(f"{name} {_plain(value)}" for name, value in found)


def _plain(value: JsonValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
