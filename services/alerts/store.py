"""The leads' states of alerts, and what its decisions ask of the sender."""

from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter

from services.alerts.notices import Card, Notice, Notify, Update
from services.alerts.state import LeadAlerts
from shared.db import Connection

_STATE = TypeAdapter(LeadAlerts)
CARD = TypeAdapter(Card)


async def load(connection: Connection, lead_ids: Sequence[str]) -> dict[str, LeadAlerts]:
    """The states of the leads, locked in order; a new lead has an empty one."""
    select = "SELECT lead_id, state FROM lead WHERE lead_id = ANY($1::text[]) ORDER BY lead_id FOR UPDATE"
    rows = await connection.fetch(select, lead_ids)
    if len(rows) < len(lead_ids):
        await connection.execute(
            "INSERT INTO lead (lead_id) SELECT unnest($1::text[]) ORDER BY 1 ON CONFLICT DO NOTHING", lead_ids
        )
        rows = await connection.fetch(select, lead_ids)
    return {
        row["lead_id"]: _STATE.validate_json(row["state"]) if row["state"] else LeadAlerts(row["lead_id"])
        for row in rows
    }


async def save(connection: Connection, states: Mapping[str, LeadAlerts]) -> None:
    await connection.execute(
        "UPDATE lead SET state = k.state FROM unnest($1::text[], $2::text[]) AS k (lead_id, state)"
        " WHERE lead.lead_id = k.lead_id",
        list(states),
        [_STATE.dump_json(state).decode() for state in states.values()],
    )


async def ask(connection: Connection, notices: Sequence[Notice]) -> None:
    """Ask the sender, in order: a second notice to tell the same is the same."""
    for notice in notices:
        if isinstance(notice, Notify):
            await _tell(connection, notice)
        else:
            await _show(connection, notice)


async def _tell(connection: Connection, notify: Notify) -> None:
    await connection.execute(
        "INSERT INTO notification (alert_id, lead_id, kind, severity, target, address, fallbacks, card, not_before,"
        " status, reason, traceparent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        " ON CONFLICT (alert_id) DO NOTHING",
        notify.alert_id,
        notify.card.lead_id,
        notify.card.kind,
        notify.severity,
        notify.target,
        notify.address,
        list(notify.fallbacks),
        CARD.dump_json(notify.card).decode(),
        notify.not_before,
        "suppressed" if notify.suppressed else "pending",
        notify.suppressed,
        notify.traceparent,
    )


async def _show(connection: Connection, update: Update) -> None:
    """Replace the card. Nobody was told yet and it is moot: nobody will be."""
    await connection.execute(
        "UPDATE notification SET card = $2, card_revision = card_revision + 1, update_attempts = 0,"
        " update_at = clock_timestamp(),"
        " status = CASE WHEN $3 AND status IN ('pending', 'retry') THEN 'abandoned' ELSE status END,"
        " reason = CASE WHEN $3 AND status IN ('pending', 'retry') THEN 'overtaken' ELSE reason END"
        " WHERE alert_id = $1",
        update.alert_id,
        CARD.dump_json(update.card).decode(),
        update.moot,
    )
