"""What is told to whom in Slack, how urgently, and when not."""

from collections.abc import Iterator

from services.alerts.playbook import AlertsFile, WaitingRule
from services.commands.manual.gathering import Agreement
from services.commands.manual.markdown import bullets, heading, safe, table
from services.commands.manual.speech import Speech


def telling(agreed: Agreement, say: Speech, deadlines_chapter: int) -> Iterator[str]:
    alerts = agreed.alerts
    if alerts is None:
        yield say("nobody_told")
        return
    header = [say("occasion"), say("told_to"), say("severity")]
    yield table(header, _occasions(alerts, say, deadlines_chapter))
    if alerts.stale:
        yield heading(3, say("stale"))
        yield say("stale_note")
        yield _stale(alerts, say)
    yield heading(3, say("how_told"))
    yield bullets(_ways(alerts, agreed, say))


def _occasions(alerts: AlertsFile, say: Speech, chapter: int) -> Iterator[tuple[str, str, str]]:
    for kind in type(alerts.severity).model_fields:
        severity = alerts.severity.model_dump()[kind]
        yield say(f"told_{kind}"), say(f"to_{kind}", chapter=chapter), say(severity)
    if alerts.waiting:
        yield _waited(alerts.waiting, say), say(f"to_{alerts.waiting.tell}"), say(alerts.waiting.severity)


def _waited(rule: WaitingRule, say: Speech) -> str:
    phrase = "told_waiting" if rule.after.business_days is None else "told_waiting_days"
    return say(phrase, length=say.length(rule.after))


def _stale(alerts: AlertsFile, say: Speech) -> str:
    header = [say(column) for column in ("stage", "without_action", "told_to", "severity")]
    rows = [
        (say.cards.stages[rule.stage], say.length(rule.after), say(f"to_{rule.tell}"), say(rule.severity))
        for rule in alerts.stale
    ]
    return table(header, rows)


def _ways(alerts: AlertsFile, agreed: Agreement, say: Speech) -> Iterator[str]:
    yield say("quiet" if alerts.quiet_hours else "not_quiet")
    yield say("digest", count=alerts.digest_over)
    yield say("too_old", length=say.length(alerts.suppress_older_than))
    yield say("updated")
    yield say(
        "buttons", buttons=say.listed(say("quoted", text=text.rstrip(" …")) for text in say.cards.buttons.values())
    )
    named = [(team.id, team.channel) for team in agreed.teams if team.channel]
    channels = [say("channel_of", team=say.team(team), channel=f"`{safe(channel)}`") for team, channel in named]
    if channels:
        yield say("channels", channels=say.listed(channels))
    if alerts.channel:
        yield say("last_resort", channel=f"`{safe(alerts.channel)}`")
