"""The table of notifications: claimed for sending, settled by Slack's answer, looked up when the answer was lost."""

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
    budget = await _budget(connection, row["address"])
    taken = sending.claim(notification.message, budget, now) if budget else None
    if taken is None:
        return None
    message, budget = taken
    await save(connection, message)
    await save_budget(connection, budget)
    return replace(notification, message=message)


async def gather(
    connection: Connection, first: Notification, now: datetime, over: int, most: int
) -> list[Notification]:
    """This one, and where many wait for its address the oldest of them: together they are a digest of `most`."""
    rows = await connection.fetch(
        "SELECT * FROM notification WHERE address = $1 AND status = 'pending' AND next_try_at <= $2"
        " AND (not_before IS NULL OR not_before <= baton.domain_now()) ORDER BY created_at, alert_id LIMIT $3"
        " FOR UPDATE SKIP LOCKED",
        first.message.address,
        now,
        max(over + 1, most - 1),
    )
    waiting = {row["alert_id"]: _read(row) for row in rows}
    gathered = sending.gather([notification.message for notification in waiting.values()], over, most - 1)
    claims = [sending.claim(message, Budget(message.address, message.next_try_at), now) for message in gathered]
    together = [replace(waiting[claimed[0].id], message=claimed[0]) for claimed in claims if claimed]
    return [await _of_digest(connection, one, first) for one in (first, *together)] if together else [first]


async def _of_digest(connection: Connection, notification: Notification, first: Notification) -> Notification:
    message = replace(notification.message, sent_as=first.message.id)
    await save(connection, message)
    return replace(notification, message=message)


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
    """Sent messages whose situation has changed since; those of a paused channel wait until it is over."""
    rows = await connection.fetch(
        "SELECT n.* FROM notification n LEFT JOIN channel_budget b USING (address)"
        " WHERE n.status = 'sent' AND n.sent_as IS NULL AND n.shown_revision < n.card_revision"
        " AND n.update_at <= $1 AND (b.paused_until IS NULL OR b.paused_until <= $1) ORDER BY n.update_at LIMIT $2",
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
        " repeated = $13, reason = $14, sent_as = $15 WHERE alert_id = $1",
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
        message.sent_as,
    )


async def _budget(connection: Connection, address: str) -> Budget | None:
    row = await connection.fetchrow("SELECT * FROM channel_budget WHERE address = $1 FOR UPDATE", address)
    return Budget(address, row["next_send_at"], row["paused_until"]) if row else None


async def save_budget(connection: Connection, budget: Budget) -> None:
    await connection.execute(
        "UPDATE channel_budget SET next_send_at = $2, paused_until = $3 WHERE address = $1",
        budget.address,
        budget.next_send_at,
        budget.paused_until,
    )


async def pause(connection: Connection, address: str, outcome: Outcome, now: datetime) -> None:
    """Hold back every sender to a channel that Slack has limited."""
    if budget := await _budget(connection, address):
        await save_budget(connection, sending.paused(budget, outcome, now))


async def shown(connection: Connection, alert_id: str, revision: int) -> None:
    """Remember which card revision the message shows."""
    await connection.execute(
        "UPDATE notification SET shown_revision = greatest(shown_revision, $2) WHERE alert_id = $1", alert_id, revision
    )


async def put_off_update(connection: Connection, alert_id: str, at: datetime) -> None:
    await connection.execute(
        "UPDATE notification SET update_attempts = update_attempts + 1, update_at = $2 WHERE alert_id = $1",
        alert_id,
        at,
    )


# Settled messages are kept for ever: only the index of the others may be read each time.
UNSETTLED = (
    "SELECT status, count(*) AS n, extract(epoch FROM clock_timestamp() - min(created_at) FILTER"
    " (WHERE status <> 'unknown' AND (not_before IS NULL OR not_before <= baton.domain_now())))::float8 AS age"
    " FROM notification WHERE status IN ('pending', 'retry', 'sending', 'unknown') GROUP BY status"
)


async def counts(connection: Connection) -> tuple[dict[str, int], float]:
    """(messages that are not settled by status, age of the oldest that waits, in seconds of machine time)."""
    rows = await connection.fetch(UNSETTLED)
    return {row["status"]: row["n"] for row in rows}, max((row["age"] or 0.0 for row in rows), default=0.0)


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
        sent_as=row["sent_as"],
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
    )
