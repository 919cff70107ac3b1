"""The sender: claims due messages, commits, calls Slack, and records what became of the call.

Nothing is sent inside a transaction. A message whose answer was lost is looked up in the channel's history before it
is sent again, marked as a possible repeat.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import structlog

from services.alerts import SOURCE, notifications, sending
from services.alerts.cards import MOST_GATHERED, Rendered, digest, render
from services.alerts.metrics import outcomes
from services.alerts.notifications import Notification
from services.alerts.outcomes import Delivered, Outcome
from services.alerts.playbook import AlertsPlaybook, load
from services.alerts.recipients import is_of_the_team
from services.alerts.refusals import Refusals
from services.alerts.sending import Message
from services.alerts.slack import Sender
from services.alerts.wording import Wording
from shared import outbox
from shared.active_playbook import ActivePlaybook
from shared.clock import domain_now, machine_now
from shared.db import Connection
from shared.errors import is_transient
from shared.events import Event, TimerCause
from shared.events.derived import AlertFailed, AlertSent
from shared.resting import told_to_stop
from shared.service import Running
from shared.telemetry import span_after

log = structlog.get_logger()

AT_ONCE = 8
IDLE_SECONDS = 0.05
ERROR_SECONDS = 1.0


class Outgoing:
    """Sends what waits, shows what changed, and finds out about what is unknown."""

    def __init__(self, running: Running, sender: Sender) -> None:
        self._running = running
        self._pool = running.pool
        self._sender = sender
        self._footer = running.settings.label
        self._playbook = ActivePlaybook(load)
        self._refusals = Refusals(running.metrics)

    async def run(self, stopping: asyncio.Event) -> None:
        try:
            while not await told_to_stop(stopping, await self._turn()):
                pass
        finally:
            await self._sender.close()

    async def _turn(self) -> float:
        """One pass; returns for how long to rest."""
        try:
            async with self._pool.acquire() as connection:
                rules = (await self._playbook.read(connection)).rules
            worked = await self.send_due(rules)
            worked |= await self.update_changed(rules)
            worked |= await self.look_up_unknown()
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("sending will be tried again", error_type=type(error).__name__)
            return ERROR_SECONDS
        return 0.0 if worked else IDLE_SECONDS

    async def send_due(self, rules: AlertsPlaybook) -> bool:
        """Send what is due and allowed, a message or digest to each address; False where there was nothing."""
        async with self._pool.acquire() as connection, connection.transaction():
            now = machine_now()
            await notifications.expire(connection, now)
            claimed = await notifications.claim(connection, now, AT_ONCE * 4)
            groups = [await self._together(connection, first, rules) for first in claimed]
        await asyncio.gather(*(self._send(group, rules) for group in groups))
        return bool(groups)

    async def _together(self, connection: Connection, first: Notification, rules: AlertsPlaybook) -> list[Notification]:
        """The message with those that wait for its address, where they are many; urgent and repeated ones go alone."""
        if first.message.severity == "urgent" or first.message.attempts > 1:
            return [first]
        over = rules.rules.digest_over
        return await notifications.gather(connection, first, machine_now(), over, MOST_GATHERED)

    async def _send(self, group: Sequence[Notification], rules: AlertsPlaybook) -> None:
        first = group[0]
        with span_after("send slack", first.traceparent, **{"baton.alert_kind": first.kind}) as span:
            outcome = await self._sender.post(
                first.message.address, self._rendered(group, rules), first.message.id, plain=first.message.plain
            )
            span.set_attribute("baton.outcome", type(outcome).__name__)
        self._refusals.see(outcome)
        async with self._pool.acquire() as connection, connection.transaction():
            for notification in group:
                await self._settle(connection, notification, outcome)
            await notifications.pause(connection, first.message.address, outcome, machine_now())
            if isinstance(outcome, Delivered):
                for notification in group:
                    await notifications.shown(connection, notification.message.id, notification.card_revision)
        self._running.wake()

    def _rendered(self, group: Sequence[Notification], rules: AlertsPlaybook) -> Rendered:
        first = group[0]
        if len(group) > 1:
            wording = Wording.of(rules)
            if not all(self._read_by_the_team(one, rules) for one in group):
                wording = replace(wording, lead_link="")
            return digest([one.card for one in group], wording, footer=self._footer)
        return self._rendered_alone(first, rules)

    def _rendered_alone(self, notification: Notification, rules: AlertsPlaybook) -> Rendered:
        return render(
            notification.card,
            Wording.of(rules),
            repeated=notification.message.repeated,
            footer=self._footer,
            discreet=not self._read_by_the_team(notification, rules),
        )

    def _read_by_the_team(self, notification: Notification, rules: AlertsPlaybook) -> bool:
        address = notification.message.address
        return self._sender.private and is_of_the_team(rules, notification.card.team, address)

    async def _settle(self, connection: Connection, notification: Notification, outcome: Outcome) -> None:
        before = (await notifications.locked(connection, notification.message.id)).message
        await self._record(connection, notification, before, sending.settle(before, outcome, machine_now()))

    async def _record(
        self, connection: Connection, notification: Notification, before: Message, message: Message
    ) -> None:
        """Save and count the step, and tell the others once the message's fate is settled.

        Another sender may have settled it meanwhile: then it is told already, and this is no step.
        """
        await notifications.save(connection, message)
        if message.status == before.status:
            return
        outcomes(self._running.metrics).labels(self._running.metrics.service, notification.kind, message.status).inc()
        if message.settled:
            event = await self._told(connection, notification, message)
            await outbox.add(connection, [event])

    async def _told(self, connection: Connection, notification: Notification, message: Message) -> Event:
        at = await domain_now(connection)
        cause = TimerCause(SOURCE, notification.lead_id, ("settled", message.id), notification.traceparent)
        if message.status == "sent":
            sent = AlertSent(alert_id=message.id, kind=notification.kind, decided_at=at, repeated=message.repeated)
            return Event.caused_by(cause, sent, source=SOURCE, time=at)
        failed = AlertFailed(alert_id=message.id, kind=notification.kind, decided_at=at, reason=message.reason)
        return Event.caused_by(cause, failed, source=SOURCE, time=at)

    async def update_changed(self, rules: AlertsPlaybook) -> bool:
        """Show what changed since in messages already sent; False where there was nothing."""
        async with self._pool.acquire() as connection:
            changed = await notifications.to_update(connection, machine_now(), AT_ONCE)
        await asyncio.gather(*(self._update(notification, rules) for notification in changed))
        return bool(changed)

    async def _update(self, notification: Notification, rules: AlertsPlaybook) -> None:
        message = notification.message
        rendered = self._rendered_alone(notification, rules)
        with span_after("update slack", notification.traceparent, **{"baton.alert_kind": notification.kind}):
            outcome = await self._sender.update(message.channel or "", message.ts or "", rendered, message.id)
        self._refusals.see(outcome)
        now = machine_now()
        again_at = sending.next_update_at(notification.update_attempts + 1, outcome, now)
        async with self._pool.acquire() as connection, connection.transaction():
            if again_at is None:
                await notifications.shown(connection, message.id, notification.card_revision)
            else:
                await notifications.put_off_update(connection, message.id, again_at)

    async def look_up_unknown(self) -> bool:
        """Ask the channels' history what became of messages whose answer was lost; False where there were none."""
        async with self._pool.acquire() as connection:
            unknown = await notifications.unknown(connection, machine_now(), AT_ONCE)
        for notification in unknown:
            await self._look_up(notification)
        return bool(unknown)

    async def _look_up(self, notification: Notification) -> None:
        message = notification.message
        since = message.first_sending_at or message.created_at
        found = await self._sender.find(message.address, since, message.sent_as or message.id)
        self._refusals.see(found)
        async with self._pool.acquire() as connection, connection.transaction():
            before = (await notifications.locked(connection, message.id)).message
            # Another sender may have asked too, and even sent it again: what was found then says nothing any more.
            if before == message:
                await self._record(connection, notification, before, sending.reconcile(before, found, machine_now()))
        self._running.wake()
