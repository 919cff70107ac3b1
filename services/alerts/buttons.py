"""A pressed button of a card as an activity like any other, and the check that Slack sent it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import uuid5

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from slack_sdk.signature import Clock, SignatureVerifier

from services.alerts.controls import Reference
from services.alerts.markup import escaped
from services.alerts.playbook import AlertsPlaybook
from services.alerts.texts import WORDS
from shared.durations import parse_duration
from shared.events import BATON_NS, Event
from shared.events.event import EventData, type_registry

SLACK_SOURCE: Final = "urn:baton:slack"
LONGEST_ID: Final = 40
_TYPES: Final = {
    "accept": "lead.accepted",
    "reject": "lead.rejected",
    "pass_on": "lead.rejected",
    "connected": "call.connected",
    "attempted": "call.attempted",
    "qualify": "lead.sales_qualified",
    "recycle": "lead.recycled",
    "snooze": "lead.snoozed",
    "acknowledge": "lead.acknowledged",
}
_MEANT: Final = {"pass_on": "not_mine"}
"""The reason that a button gives: this one lets the lead be routed on."""


@dataclass(frozen=True, slots=True)
class ActionError:
    """Why a press was not taken; `detail` is for the log and holds nothing of the payload."""

    code: Literal["stranger", "unreadable"]
    detail: str

    def text(self, playbook: AlertsPlaybook, user: str) -> str:
        """What the presser is answered; `user` is their Slack id."""
        return WORDS[playbook.locale].refusals[self.code].format(user=escaped(user, LONGEST_ID))


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class _Person(_Part):
    id: str = Field(min_length=1, max_length=200)


class _Option(_Part):
    value: str


class _Action(_Part):
    action_id: str
    action_ts: str = Field(pattern=r"\A[0-9]{1,10}\.[0-9]{1,6}\z")
    block_id: str = ""
    value: str | None = None
    selected_option: _Option | None = None


class _Payload(_Part):
    type: Literal["block_actions"]
    user: _Person
    actions: list[_Action] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Presser:
    """Who pressed, and the Slack conversation in which they did."""

    user: str
    channel: str


def presser_of(payload: Mapping[str, object]) -> Presser | None:
    """None where the payload does not tell."""
    match payload:
        case {"user": {"id": str(user)}, "channel": {"id": str(channel)}}:
            return Presser(user, channel)
        case _:
            return None


def machine_time(at: datetime) -> datetime:
    """The clock of production: domain time is machine time."""
    return at


def reps_by_slack(playbook: AlertsPlaybook) -> dict[str, str]:
    """Rep ids by Slack user id."""
    return {rep.slack: rep.id for rep in playbook.reps.values() if rep.slack}


def action_to_activity(
    payload: Mapping[str, object],
    reps: Mapping[str, str],
    domain_time: Callable[[datetime], datetime] = machine_time,
) -> Event | ActionError:
    """The activity of a `block_actions` payload; `reps` gives rep ids by Slack user id.

    The same press always gives the same event: its id and time come from the payload alone. Whether the rep may do it
    is for routing to decide, as with any other activity.
    """
    try:
        pressed = _Payload.model_validate(payload)
        action = pressed.actions[0]
        reference = Reference.decode(action.block_id if action.selected_option else action.value or "")
        rep_id = reps.get(pressed.user.id)
        if rep_id is None:
            return ActionError("stranger", "the Slack user belongs to no rep")
        at = domain_time(datetime.fromtimestamp(float(action.action_ts), UTC))
        return _activity(action, pressed.user.id, reference, rep_id, at)
    except ValidationError:
        return ActionError("unreadable", "the payload is no press of a button of ours")
    except (ValueError, KeyError, OverflowError, OSError):
        return ActionError("unreadable", "the button refers to nothing that can be read")


def _activity(action: _Action, user: str, reference: Reference, rep_id: str, at: datetime) -> Event:
    chosen = action.selected_option.value if action.selected_option else _MEANT.get(action.action_id, "")
    press = [user, action.action_id, chosen, reference.encode(), action.action_ts]
    event_type = _TYPES[action.action_id]
    return Event(
        id=str(uuid5(BATON_NS, json.dumps([SLACK_SOURCE, *press], ensure_ascii=False))),
        source=SLACK_SOURCE,
        type=event_type,
        subject=reference.lead_id,
        time=at,
        data=_data(event_type, chosen, reference, rep_id, at),
    )


def _data(event_type: str, chosen: str, reference: Reference, rep_id: str, at: datetime) -> EventData:
    fields: dict[str, object] = {"rep_id": rep_id, "cycle": reference.cycle, "attempt": reference.attempt}
    match event_type:
        case "lead.rejected" | "lead.recycled":
            fields["reason"] = chosen
        case "lead.snoozed":
            fields["until"] = at + parse_duration(chosen)
        case "call.attempted":
            fields["outcome"] = "no_answer"
        case _:
            pass
    return type_registry[event_type].model_validate(fields)


class _FixedClock(Clock):
    def __init__(self, at: datetime) -> None:
        self._seconds = at.timestamp()

    def now(self) -> float:
        return self._seconds


def is_from_slack(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> bool:
    """Whether the raw body bears Slack's v0 signature by one of the secrets, made at most five minutes from now.

    Hostile input is refused, not raised: the library's verifier converts text without looking.
    """
    return any(_signed(body, headers, secret, now) for secret in secrets if secret.strip())


def _signed(body: bytes, headers: Mapping[str, str], secret: str, now: datetime) -> bool:
    try:
        return SignatureVerifier(secret, _FixedClock(now)).is_valid_request(body, headers)
    except (ValueError, TypeError, ArithmeticError, AttributeError):
        return False
