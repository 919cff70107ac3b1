"""The table of notifications: claimed for sending, settled by Slack's answer, looked up when the answer was lost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg

from services.alerts import sending
from services.alerts.notices import Card
from services.alerts.outcomes import Outcome
from services.alerts.sending import Budget, Message
from services.alerts.store import CARD
from shared.db import Connection


@dataclass(frozen=True, slots=True)
class Notification:
    """A message with the card that it shows and the trace that it belongs to."""

    message: Message
    card: Card
    card_revision: int
    lead_id: str
    kind: str
    update_attempts: int
    traceparent: str | None
    sent_as: str | None = None
    """The notification whose message carries this one: the first of a digest."""


async def claim(connection: Connection, now: datetime, limit: int) -> list[Notification]:
    """Take due messages, one for each address, urgent ones first, and the turns of their channels.

    Call it inside a transaction, and commit before anything is sent.
    """
    rows = await connection.fetch(
        "SELECT n.* FROM notification n LEFT JOIN channel_budget b USING (address)"
        " WHERE n.status IN ('pending', 'retry') AND n.next_try_at <= $1"
        " AND (n.not_before IS NULL OR n.not_before <= baton.domain_now())"
        " AND (b.next_send_at IS NULL OR b.next_send_at <= $1)"
        " ORDER BY n.severity = 'urgent' DESC, n.created_at, n.alert_id LIMIT $2 FOR UPDATE OF n SKIP LOCKED",
        now,
        limit,
    )
    first_of_each = {row["address"]: row for row in reversed(rows)}
    claimed = [await _claim_one(connection, row, now) for _, row in sorted(first_of_each.items())]
    return [notification for notification in claimed if notification]


async def _claim_one(connection: Connection, row: asyncpg.Record, now: datetime) -> Notification | None:
    notification = _read(row)
    await connection.execute(
        "INSERT INTO channel_budget (address, next_send_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        row["address"],
        now,
    )
    next_send_at = await connection.fetchval(
        "SELECT next_send_at FROM channel_budget WHERE address = $1 FOR UPDATE", row["address"]
    )
    taken = sending.claim(notification.message, Budget(row["address"], next_send_at), now)
    if taken is None:
        return None
    message, budget = taken
    await save(connection, message)
    await save_budget(connection, budget)
    return replace(notification, message=message)


async def gather(connection: Connection, first: Notification, now: datetime, over: int) -> list[Notification]:
    """The messages waiting for the same address that go out with this one as a digest; none while they are few."""
    rows = await connection.fetch(
        "SELECT * FROM notification WHERE address = $1 AND status = 'pending' AND next_try_at <= $2"
        " AND (not_before IS NULL OR not_before <= baton.domain_now()) ORDER BY created_at FOR UPDATE SKIP LOCKED",
        first.message.address,
        now,
    )
    waiting = {row["alert_id"]: _read(row) for row in rows}
    gathered = sending.gather([notification.message for notification in waiting.values()], over)
    together = []
    for message in gathered:
        taken = sending.claim(message, Budget(message.address, message.next_try_at), now)
        if taken:
            await save(connection, taken[0])
            await connection.execute(
                "UPDATE notification SET sent_as = $2 WHERE alert_id = $1", message.id, first.message.id
            )
            together.append(replace(waiting[message.id], message=taken[0]))
    return together


async def expire(connection: Connection, now: datetime) -> None:
    """What was being sent by a process that died is unknown."""
    rows = await connection.fetch(
        "SELECT * FROM notification WHERE status = 'sending' AND lease_until <= $1 FOR UPDATE SKIP LOCKED", now
    )
    for row in rows:
        await save(connection, sending.expire(_read(row).message, now))


async def unknown(connection: Connection, now: datetime, limit: int) -> list[Notification]:
    rows = await connection.fetch(
        "SELECT * FROM notification WHERE status = 'unknown' AND next_try_at <= $1 ORDER BY next_try_at LIMIT $2",
        now,
        limit,
    )
    return [_read(row) for row in rows]


async def to_update(connection: Connection, now: datetime, limit: int) -> list[Notification]:
    """Sent messages whose situation has changed since."""
    rows = await connection.fetch(
        "SELECT * FROM notification WHERE status = 'sent' AND NOT digested AND shown_revision < card_revision"
        " AND update_at <= $1 ORDER BY update_at LIMIT $2",
        now,
        limit,
    )
    return [_read(row) for row in rows]


async def of_lead(connection: Connection, lead_id: str) -> list[Notification]:
    rows = await connection.fetch(
        "SELECT * FROM notification WHERE lead_id = $1 ORDER BY created_at, alert_id", lead_id
    )
    return [_read(row) for row in rows]


async def locked(connection: Connection, alert_id: str) -> Notification:
    row = await connection.fetchrow("SELECT * FROM notification WHERE alert_id = $1 FOR UPDATE", alert_id)
    if row is None:
        raise LookupError(f"there is no notification {alert_id}")
    return _read(row)


async def save(connection: Connection, message: Message) -> None:
    await connection.execute(
        "UPDATE notification SET status = $2, attempts = $3, lookups = $4, address = $5, fallbacks = $6,"
        " next_try_at = $7, first_sending_at = $8, lease_until = $9, channel = $10, ts = $11, plain = $12,"
        " repeated = $13, reason = $14 WHERE alert_id = $1",
        message.id,
        message.status,
        message.attempts,
        message.lookups,
        message.address,
        list(message.fallbacks),
        message.next_try_at,
        message.first_sending_at,
        message.lease_until,
        message.channel,
        message.ts,
        message.plain,
        message.repeated,
        message.reason,
    )


async def save_budget(connection: Connection, budget: Budget) -> None:
    await connection.execute(
        "UPDATE channel_budget SET next_send_at = $2 WHERE address = $1", budget.address, budget.next_send_at
    )


async def pause(connection: Connection, address: str, outcome: Outcome, now: datetime) -> None:
    """Hold back every sender to a channel that Slack has limited."""
    at = await connection.fetchval("SELECT next_send_at FROM channel_budget WHERE address = $1 FOR UPDATE", address)
    if at is not None:
        await save_budget(connection, sending.paused(Budget(address, at), outcome, now))


async def shown(connection: Connection, alert_ids: Sequence[str], revision: int, *, digested: bool = False) -> None:
    """Remember which card revision the message shows."""
    await connection.execute(
        "UPDATE notification SET shown_revision = greatest(shown_revision, $2), digested = $3"
        " WHERE alert_id = ANY($1::text[])",
        alert_ids,
        revision,
        digested,
    )


async def put_off_update(connection: Connection, alert_id: str, at: datetime) -> None:
    await connection.execute(
        "UPDATE notification SET update_attempts = update_attempts + 1, update_at = $2 WHERE alert_id = $1",
        alert_id,
        at,
    )


async def counts(connection: Connection) -> tuple[dict[str, int], float]:
    """(messages by status, age of the oldest that waits, in seconds of machine time)."""
    rows = await connection.fetch("SELECT status, count(*) AS n FROM notification GROUP BY status")
    age = await connection.fetchval(
        "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 FROM notification"
        " WHERE status IN ('pending', 'retry', 'sending')"
        " AND (not_before IS NULL OR not_before <= baton.domain_now())"
    )
    return {row["status"]: row["n"] for row in rows}, age


def _read(row: asyncpg.Record) -> Notification:
    message = Message(
        id=row["alert_id"],
        severity=row["severity"],
        address=row["address"],
        fallbacks=tuple(row["fallbacks"]),
        created_at=row["created_at"],
        next_try_at=row["next_try_at"],
        status=row["status"],
        attempts=row["attempts"],
        lookups=row["lookups"],
        first_sending_at=row["first_sending_at"],
        lease_until=row["lease_until"],
        channel=row["channel"],
        ts=row["ts"],
        plain=row["plain"],
        repeated=row["repeated"],
        reason=row["reason"],
    )
    card = CARD.validate_json(row["card"])
    return Notification(
        message,
        card,
        row["card_revision"],
        row["lead_id"],
        row["kind"],
        row["update_attempts"],
        row["traceparent"],
        row["sent_as"],
    )
