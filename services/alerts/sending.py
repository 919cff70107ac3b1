"""The life of one message to Slack: pending, sending, then sent, retried, unknown or abandoned. Pure.

Slack offers no idempotency key, so an answer that is lost is `unknown` until the channel's history tells.
All times are machine time, but for `Notify.not_before`, which the store compares with the domain clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.alerts.outcomes import Delivered, NotSent, Outcome, RateLimited, Refused, Unclear
from services.alerts.playbook import Severity

Status = Literal["pending", "sending", "retry", "unknown", "sent", "abandoned"]
WAITING: frozenset[Status] = frozenset({"pending", "retry"})


@dataclass(frozen=True, slots=True)
class SendingRules:
    """Lengths of machine time, and how often history is asked before the severity decides."""

    lease: timedelta = timedelta(seconds=30)
    first_retry: timedelta = timedelta(seconds=1)
    longest_retry: timedelta = timedelta(minutes=5)
    retry_when_refused: timedelta = timedelta(minutes=1)
    reconcile_after: timedelta = timedelta(seconds=5)
    reconcile_attempts: int = 3
    give_up_after: timedelta = timedelta(days=1)
    channel_pause: timedelta = timedelta(seconds=1)


RULES = SendingRules()


@dataclass(frozen=True, slots=True)
class Message:
    """One notification on its way. `plain` leaves the blocks out, `repeated` marks it a possible repeat."""

    id: str
    severity: Severity
    address: str
    fallbacks: tuple[str, ...]
    created_at: datetime
    next_try_at: datetime
    status: Status = "pending"
    attempts: int = 0
    lookups: int = 0
    first_sending_at: datetime | None = None
    lease_until: datetime | None = None
    channel: str | None = None
    ts: str | None = None
    plain: bool = False
    repeated: bool = False
    reason: str = ""
    sent_as: str | None = None
    """The first message of the digest that this one last went out in; None where it went alone."""

    @property
    def settled(self) -> bool:
        return self.status in ("sent", "abandoned")


@dataclass(frozen=True, slots=True)
class Budget:
    """One message a second to a channel, shared by all senders; nothing at all before `paused_until`."""

    address: str
    next_send_at: datetime
    paused_until: datetime | None = None


def claim(
    message: Message, budget: Budget, now: datetime, rules: SendingRules = RULES
) -> tuple[Message, Budget] | None:
    """Take a due message for sending, alone, and its channel's turn; None when it or the channel has to wait."""
    if message.status not in WAITING or max(message.next_try_at, budget.next_send_at) > now:
        return None
    claimed = replace(
        message,
        status="sending",
        attempts=message.attempts + 1,
        first_sending_at=message.first_sending_at or now,
        lease_until=now + rules.lease,
        sent_as=None,
    )
    return claimed, replace(budget, next_send_at=now + rules.channel_pause)


def paused(budget: Budget, outcome: Outcome, now: datetime) -> Budget:
    """The channel's budget after an outcome: being rate limited holds back every sender to the channel."""
    if not isinstance(outcome, RateLimited):
        return budget
    until = now + outcome.retry_after
    return replace(
        budget, next_send_at=max(budget.next_send_at, until), paused_until=max(budget.paused_until or until, until)
    )


def settle(message: Message, outcome: Outcome, now: datetime, rules: SendingRules = RULES) -> Message:
    """The message after Slack's answer to it, or the lack of one."""
    if message.status != "sending":
        return message
    match outcome:
        case Delivered(channel, ts):
            return replace(message, status="sent", channel=channel, ts=ts, lease_until=None, reason="")
        case RateLimited(retry_after):
            return _retry(message, now, retry_after, "rate_limited", rules)
        case NotSent(reason):
            return _retry(message, now, _back_off(message.attempts, rules), reason, rules)
        case Unclear(reason):
            return _unknown(message, now, reason, rules)
        case Refused():
            return _refused(message, outcome, now, rules)


def expire(message: Message, now: datetime, rules: SendingRules = RULES) -> Message:
    """A message whose sender died before it recorded the answer is unknown."""
    if message.status != "sending" or message.lease_until is None or message.lease_until > now:
        return message
    return _unknown(message, now, "lease_expired", rules)


def reconcile(message: Message, found: Outcome, now: datetime, rules: SendingRules = RULES) -> Message:
    """An unknown message after a look at the channel's history.

    Delivered: it is there. NotSent: it is not there. Anything else: history cannot be read now, or ever (Refused).
    """
    if message.status != "unknown":
        return message
    match found:
        case Delivered(channel, ts):
            return replace(message, status="sent", channel=channel, ts=ts, reason="")
        case NotSent() | Refused():
            return _repeat_or_abandon(message, now)
        case RateLimited() | Unclear():
            asked = replace(message, lookups=message.lookups + 1)
            if asked.lookups >= rules.reconcile_attempts:
                return _repeat_or_abandon(asked, now)
            wait = found.retry_after if isinstance(found, RateLimited) else rules.reconcile_after
            return replace(asked, next_try_at=now + wait)


def withdraw(message: Message) -> Message:
    """The situation has ended before anybody was told: nothing is sent."""
    return replace(message, status="abandoned", reason="overtaken") if message.status in WAITING else message


def next_update_at(attempts: int, outcome: Outcome, now: datetime, rules: SendingRules = RULES) -> datetime | None:
    """When to try an update of a sent message again; None when it is done or refused. Updates may be repeated."""
    match outcome:
        case Delivered():
            return None
        case Refused(scope="workspace"):
            return now + rules.retry_when_refused
        case Refused():
            return None
        case RateLimited(retry_after):
            return now + retry_after
        case NotSent() | Unclear():
            return now + _back_off(attempts, rules)


def gather(waiting: Sequence[Message], over: int, most: int) -> tuple[Message, ...]:
    """Of the messages waiting for one address, those that go out as one digest: none while they are `over` or fewer.

    Urgent ones, and those that were tried already, go alone; those beyond the `most` that a digest shows wait on.
    """
    gathered = tuple(message for message in waiting if message.status == "pending" and message.severity != "urgent")
    return gathered[:most] if len(gathered) > over else ()


def _repeat_or_abandon(message: Message, now: datetime) -> Message:
    if message.severity == "info" or message.repeated:
        return replace(message, status="abandoned", reason=message.reason or "unknown")
    return replace(message, status="retry", repeated=True, next_try_at=now, lookups=0)


def _unknown(message: Message, now: datetime, reason: str, rules: SendingRules) -> Message:
    return replace(message, status="unknown", lease_until=None, reason=reason, next_try_at=now + rules.reconcile_after)


def _retry(message: Message, now: datetime, wait: timedelta, reason: str, rules: SendingRules) -> Message:
    if now - message.created_at >= rules.give_up_after:
        return replace(message, status="abandoned", lease_until=None, reason=reason)
    return replace(message, status="retry", lease_until=None, reason=reason, next_try_at=now + wait)


def _back_off(attempts: int, rules: SendingRules) -> timedelta:
    doubled: timedelta = rules.first_retry * 2 ** min(max(attempts - 1, 0), 20)
    return min(doubled, rules.longest_retry)


def _refused(message: Message, refused: Refused, now: datetime, rules: SendingRules) -> Message:
    """A refused channel hands over to the next address, a refused card to plain text; a bad token is waited for."""
    if refused.scope == "workspace":
        return _retry(message, now, rules.retry_when_refused, refused.error, rules)
    if refused.scope == "message" and not message.plain:
        return _retry(replace(message, plain=True), now, timedelta(0), refused.error, rules)
    if refused.scope == "channel" and message.fallbacks:
        onward = replace(message, address=message.fallbacks[0], fallbacks=message.fallbacks[1:])
        return _retry(onward, now, timedelta(0), refused.error, rules)
    return replace(message, status="abandoned", lease_until=None, reason=refused.error)
