"""`baton score`: the score of each lead in a file of events, with every contribution."""

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from services.scoring.contributions import Line, assess
from services.scoring.folding import folded
from services.scoring.history import is_activity
from services.scoring.instants import to_instant, to_microseconds
from services.scoring.playbook import load
from services.scoring.rules import ScoringPlaybook, in_points
from services.scoring.state import LeadScore
from shared.event_files import BadLine, EventLine, once_each, read_lines
from shared.events import Event
from shared.playbook import PlaybookError, PlaybookFolder

app = typer.Typer(no_args_is_help=True)

LeadLine = dict[str, object]
MOST_TOLD = 20
"""So many lines that are no events are told one by one."""


def Instant(text: str) -> datetime:  # noqa: N802 - typer shows the parser's name as the type
    """An aware time. Raises typer.BadParameter, exit status 2."""
    expected = "a time with its zone is expected, such as 2026-04-01T09:00:00+09:00"
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"cannot read '{text}': {expected}") from None
    if at.tzinfo is None:
        raise typer.BadParameter(f"'{text}' has no zone: {expected}")
    return at


@app.command()
def score(
    playbook: Annotated[Path, typer.Option(help="Folder with scoring.yaml; no other file is needed.")],
    events: Annotated[str, typer.Option(help="Activities, one CloudEvents JSON object a line; - is standard input.")],
    lead: Annotated[str | None, typer.Option(help="Only this lead.")] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(parser=Instant, help="Score as of this time, with its zone; else as of the latest activity."),
    ] = None,
    _json: Annotated[bool, typer.Option("--json", hidden=True)] = False,
) -> None:
    """Print the score of each lead and what it is made of, one JSON object a line, sorted by lead id.

    Lines that are no events are listed on stderr, the others are counted, and the exit status is 1; it is 1, too, where
    the file holds nothing of the lead asked for.

    Example: baton score --playbook deploy/playbook --events docs/examples/events.jsonl
    --as-of 2026-05-01T09:00:00+09:00
    """
    rules = _rules(playbook)
    found = list(_read(events))
    bad_lines = [one for one in found if isinstance(one, BadLine)]
    _tell_bad(bad_lines)
    is_known = lead is None
    for line in score_file((one.event for one in found if isinstance(one, EventLine)), rules, lead=lead, as_of=as_of):
        typer.echo(json.dumps(line, ensure_ascii=False, allow_nan=False))
        is_known = True
    if not is_known:
        typer.echo(f"{events} holds no activity of a lead {lead}{f' up to {as_of}' if as_of else ''}", err=True)
    if bad_lines or not is_known:
        raise typer.Exit(1)


def _tell_bad(lines: Sequence[BadLine]) -> None:
    for bad in lines[:MOST_TOLD]:
        typer.echo(str(bad), err=True)
    if len(lines) > MOST_TOLD:
        typer.echo(f"… and {len(lines) - MOST_TOLD:,} more lines are no events", err=True)


def score_file(
    events: Iterable[Event], playbook: ScoringPlaybook, *, lead: str | None = None, as_of: datetime | None = None
) -> Iterator[LeadLine]:
    """One object a lead, sorted by lead id, after its activities up to `as_of` in the order (time, place in the file).

    Leads without an activity up to then are left out.
    """
    activities = defaultdict[str, list[Event]](list)
    for event in events:
        if is_activity(event) and (lead is None or event.subject == lead) and (as_of is None or event.time <= as_of):
            activities[event.subject].append(event)
    for lead_id in sorted(activities):
        state = folded(sorted(activities[lead_id], key=lambda event: event.time), playbook)
        yield _described(lead_id, state, playbook, as_of)


def _described(lead_id: str, state: LeadScore, playbook: ScoringPlaybook, as_of: datetime | None) -> LeadLine:
    found = assess(state, playbook, to_microseconds(as_of) if as_of else state.latest)
    return {
        "lead_id": lead_id,
        "as_of": _written(found.at),
        "score": in_points(found.total),
        "fit": in_points(found.fit),
        "engagement": in_points(found.engagement),
        "qualified": state.has_qualified,
        "contributions": [_contribution(line) for line in found.lines],
    }


def _contribution(line: Line) -> LeadLine:
    told: LeadLine = {"reason": line.reason} if line.reason else {}
    return {
        "rule": line.rule,
        "event_id": line.event_id,
        "time": None if line.at is None else _written(line.at),
        "base": in_points(line.base),
        "decay": line.decay,
        "value": in_points(line.value),
        **told,
    }


def _written(at: int) -> str:
    return to_instant(at).isoformat().replace("+00:00", "Z")


def _rules(folder: Path) -> ScoringPlaybook:
    try:
        return load(PlaybookFolder.read(folder))
    except PlaybookError as error:
        typer.echo(str(error.under(folder)), err=True)
        raise typer.Exit(2) from None


def _read(name: str) -> Iterator[EventLine | BadLine]:
    if name == "-":
        yield from once_each(read_lines(sys.stdin.buffer, "-"))
        return
    try:
        with Path(name).open("rb") as lines:
            yield from once_each(read_lines(lines, name))
    except OSError as error:
        raise typer.BadParameter(f"{name} cannot be read: {error.strerror}", param_hint="--events") from None
