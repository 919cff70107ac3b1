"""The handovers between departments, as they are agreed."""

from collections.abc import Iterator

from services.commands.manual.gathering import Agreement
from services.commands.manual.markdown import bullets, heading, quoted, safe, table
from services.commands.manual.speech import Speech
from services.routing.written import HandoverEntry

TERMS = ("packet", "touch_accepts", "rejected", "recycled")


def handovers(agreed: Agreement, say: Speech) -> Iterator[str]:
    for entry in agreed.routing.handovers:
        yield heading(3, say("from_to_team", giver=say.team(entry.giver), to=say.team(entry.to)))
        yield quoted(safe(entry.definition))
        yield _handover(entry, agreed, say)
    if not agreed.routing.handovers:
        yield say("no_handovers")
    yield heading(3, say("for_every_handover"))
    relay = {team.id for team in agreed.teams}
    returned = [say("returned")] if {"is", "fs"} <= relay else []
    yield bullets([*map(say, TERMS), *returned])


def _handover(entry: HandoverEntry, agreed: Agreement, say: Speech) -> str:
    rows = [
        (say("asked"), say.listed(map(say.asked, entry.fields)) or say("no_fields")),
        (say("decides"), say.listed(_decider(one, agreed, say) for one in entry.decides) or say("nobody_decides")),
        (
            say("reject_reasons"),
            say.listed(_reason(one, agreed, say) for one in entry.reject_reasons) or say("no_reasons"),
        ),
    ]
    if entry.fields:
        rows.append((say("when_missing"), say(entry.when_missing)))
    return table([say("point"), say("agreement")], rows)


def _decider(who: str, agreed: Agreement, say: Speech) -> str:
    if who in agreed.reps:
        return say.person(who)
    return say("manager") if who == "manager" else say.team(who)


def _reason(reason: str, agreed: Agreement, say: Speech) -> str:
    told = agreed.alerts.reject_reasons.get(reason) if agreed.alerts else None
    return safe(told or say.cards.reject_reasons.get(reason) or reason)
