"""`baton why` and `baton why-not`: why a lead has its score, owner, clocks and alerts, and why a rep has not got it."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.instants import Instant
from services.commands.operations import AsJson
from services.commands.output import answer, print_json

if TYPE_CHECKING:
    from services.commands.why_owner import OwnerTold
    from services.commands.why_told import ScoreTold

Lead = Annotated[str, typer.Argument(metavar="LEAD", help="The id of the lead.")]


def why(
    lead_id: Lead,
    as_of: Annotated[
        datetime | None,
        typer.Option(parser=Instant, help="Its score as of this time; by default of its latest activity."),
    ] = None,
    without: Annotated[
        bool, typer.Option("--why-not", help="Only what keeps it from being an MQL, and what would make it one.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Explain a lead's score, owner, clocks and alerts, counted and decided anew from what was recorded.

    Exit 1 where that does not agree with what is kept, or where nobody knows the lead.
    Example: baton why lead-1 --why-not
    """
    scored, owned = asyncio.run(_why(lead_id, as_of, only_missing=without))
    if as_json:
        print_json(_as_json(scored, owned))
    elif scored is None and owned is None:
        typer.echo(_unknown(lead_id, as_of), err=True)
    else:
        _print(scored, owned)
    known = scored is not None or owned is not None
    answer(known and (scored is None or scored.agrees) and (owned is None or owned.agrees))


async def _why(
    lead_id: str, as_of: datetime | None, *, only_missing: bool
) -> "tuple[ScoreTold | None, OwnerTold | None]":
    from services.commands.why_owner import why_owner
    from services.commands.why_score import why_score

    scored = await why_score(lead_id, as_of, with_missing=only_missing)
    unknown_then = as_of is not None and scored is None
    return scored, None if only_missing or unknown_then else await why_owner(lead_id)


def _unknown(lead_id: str, as_of: datetime | None) -> str:
    return f"nobody knew a lead {lead_id} by {as_of}" if as_of else f"nobody knows a lead {lead_id}"


def _as_json(scored: "ScoreTold | None", owned: "OwnerTold | None") -> dict[str, object]:
    from pydantic import TypeAdapter

    from services.commands.why_owner import OwnerTold
    from services.commands.why_told import ScoreTold

    return {
        "score": TypeAdapter(ScoreTold).dump_python(scored, mode="json") if scored else None,
        "owner": TypeAdapter(OwnerTold).dump_python(owned, mode="json") if owned else None,
    }


def _print(scored: "ScoreTold | None", owned: "OwnerTold | None") -> None:
    from services.commands.why_text import Teller

    if scored and scored.missing:
        Teller(scored.zone).missing(scored.missing, scored)
    elif scored:
        Teller(scored.zone).score(scored)
    if owned:
        Teller(owned.zone).owner(owned)


def why_not(
    lead_id: Lead,
    rep_id: Annotated[str, typer.Argument(metavar="REP", help="The id of the rep, as in routing.yaml.")],
    as_json: AsJson = False,
) -> None:
    """Explain why a rep was not given the lead at the latest decision on its owner; exit 1 where they were.

    Example: baton why-not lead-1 rep-02
    """
    from pydantic import TypeAdapter

    from services.commands.why_owner import why_not_rep
    from services.commands.why_text import Teller, say
    from services.routing.explain import DecisionTold
    from services.routing.explain_absence import NotThem

    found = asyncio.run(why_not_rep(lead_id, rep_id))
    if found is None:
        typer.echo(f"nothing was decided on the owner of a lead {lead_id}", err=True)
        raise typer.Exit(1)
    told, decision, zone = found
    if as_json:
        decided = TypeAdapter(DecisionTold).dump_python(decision, mode="json")
        print_json({**TypeAdapter(NotThem).dump_python(told, mode="json"), "decision": decided})
    else:
        say(f"{rep_id} and {lead_id}: {told.why}")
        Teller(zone.key).decision(decision)
    answer(told.verdict != "got_it")
