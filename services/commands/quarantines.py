"""`baton quarantine`: what the services could not handle, and how it gets another chance."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.commands.databases import connected
from services.commands.operations import SERVICES, AsJson
from services.commands.output import RefusalError, answer, print_json, print_table
from services.commands.publishing import opened, send_events
from services.commands.quarantined import (
    UNKNOWN,
    Ref,
    age_in_words,
    described,
    how_to_mend,
    is_same_record,
    mended_event,
    place_of,
    refs,
    why_not_released,
)
from shared.clock import machine_now
from shared.settings import Settings

if TYPE_CHECKING:
    from shared.quarantine import Kept

quarantine_app = typer.Typer(
    help="Records that a service refused: kept with their bytes until they are mended or let go.", no_args_is_help=True
)
console = Console()
words = Console(stderr=True)

WAITING = ("open", "future", "retry")
MOST_SEARCHED = 10_000

Service = Annotated[Literal["scoring", "routing", "alerts", "kpi"] | None, typer.Option(help="Only of this service.")]


@quarantine_app.command("list")
def list_(
    service: Service = None,
    status: Annotated[
        Literal["open", "future", "retry", "done"] | None, typer.Option(help="Only these; all but done otherwise.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many of a service and status.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List what is in quarantine. Example: baton quarantine list --service scoring"""
    found = asyncio.run(_listed([service] if service else SERVICES, (status,) if status else WAITING, limit))
    if as_json:
        print_json([described(ref, kept) for ref, kept in found])
    elif found:
        print_table(_table(found))
    else:
        words.print("nothing is in quarantine")


@quarantine_app.command()
def show(ref: Annotated[str, typer.Argument(help="Such as scoring/17.")], as_json: AsJson = False) -> None:
    """Show one record in full, with its bytes, and how to mend it. Example: baton quarantine show scoring/17"""
    wanted = Ref.parse(ref)
    kept = asyncio.run(_found(wanted))
    shown = described(wanted, kept, whole=True)
    if as_json:
        print_json(shown)
        return
    for name, value in shown.items():
        if name not in {"headers", "value"}:
            console.print(f"{name:>12}  {value}", markup=False, highlight=False, soft_wrap=True)
    for header, value in kept.record.headers:
        console.print(f"{'header':>12}  {header}: {value!r}", markup=False, highlight=False, soft_wrap=True)
    typer.echo(shown["value"])
    words.print(how_to_mend(wanted, kept), markup=False, highlight=False, soft_wrap=True)


@quarantine_app.command()
def retry(
    ref: Annotated[list[str] | None, typer.Argument(help="Such as scoring/17; several may be given.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that are open or wait for their time.")] = False,
    service: Service = None,
    mended: Annotated[
        Path | None, typer.Option("--with", help="A file with the mended event: it is published instead.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask the service that refused a record to try it again as it is, or publish it mended.

    Tried again, a record keeps its identity, and only the service that refused it reads it. A mended event goes to
    everybody: where other services took it in its old form, it needs an id of its own.
    Example: baton quarantine retry scoring/17

    Mended: baton quarantine retry scoring/17 --with mended.json
    """
    wanted = refs(ref or [])
    if everything == bool(wanted):
        raise RefusalError("give the records, such as scoring/17, or --all")
    if mended is not None and len(wanted) != 1:
        raise RefusalError("--with mends one record: give one, such as scoring/17")
    if mended is not None:
        event_id, done = asyncio.run(_publish_mended(wanted[0], _read(mended), str(mended)))
        names = [str(one) for one in done]
        _tell({"published": event_id, "done": names}, f"published as {event_id}; done: {', '.join(names)}", as_json)
        return
    released, missed = asyncio.run(_release(wanted, [service] if service else SERVICES))
    left = [f"{one} {why}" for one, why in missed.items()]
    report = {"released": list(map(str, released)), "not_released": left}
    lines = [f"{len(released)} released: the service tries them again at once"] if released else []
    _tell(report, "\n".join(lines + left) or "nothing waits in quarantine", as_json)
    if wanted and not released and all(why == UNKNOWN for why in missed.values()):
        raise typer.Exit(2)
    answer(not missed)


def _read(file: Path) -> bytes:
    with opened(str(file)) as stream:
        return stream.read()


def _tell(report: Mapping[str, object], text: str, as_json: bool) -> None:
    if as_json:
        print_json(report)
    else:
        words.print(text, markup=False, highlight=False, soft_wrap=True)


def _table(found: "list[tuple[Ref, Kept]]") -> Table:
    table = Table("id", "reason", "topic/partition/offset", "age", "status", "error")
    for column in table.columns[:2]:
        column.no_wrap = True
    now = machine_now()
    for ref, kept in found:
        age = age_in_words(now - kept.created_at)
        table.add_row(str(ref), kept.reason, place_of(kept), age, kept.status, escape(kept.error))
    return table


async def _listed(services: Iterable[str], statuses: Iterable[str], limit: int) -> "list[tuple[Ref, Kept]]":
    from shared.quarantine import listing

    found: list[tuple[Ref, Kept]] = []
    for service in services:
        async with connected(service) as connection:
            for status in statuses:
                rows = await listing(connection, status=status, limit=limit)
                found += [(Ref(service, kept.id), kept) for kept in rows]
    return found


async def _found(ref: Ref) -> "Kept":
    from shared.quarantine import find

    async with connected(ref.service) as connection:
        kept = await find(connection, ref.id)
    if kept is None:
        raise RefusalError(f"{ref} {UNKNOWN}")
    return kept


async def _release(wanted: Sequence[Ref], services: Iterable[str]) -> tuple[list[Ref], dict[Ref, str]]:
    """What was released, and why the others were not; all that waits in these services where nothing is named."""
    from shared.quarantine import find, release

    released: list[Ref] = []
    missed: dict[Ref, str] = {}
    for service in sorted({ref.service for ref in wanted}) or services:
        named = [ref for ref in wanted if ref.service == service]
        async with connected(service) as connection:
            ids = await release(connection, [ref.id for ref in named] or None)
            released += [Ref(service, row_id) for row_id in ids]
            for ref in named:
                if ref.id not in ids:
                    missed[ref] = why_not_released(await find(connection, ref.id))
    return released, missed


async def _publish_mended(ref: Ref, content: bytes, name: str) -> tuple[str, list[Ref]]:
    """The id that was published, and what is done by it: the record, wherever a service refused it."""
    from shared.quarantine import settle

    kept = await _found(ref)
    if kept.status == "done":
        raise RefusalError(f"{ref} is done already")
    event = mended_event(kept, content, name)
    waiting = await _listed(SERVICES, WAITING, MOST_SEARCHED)
    alike = [other for other, row in waiting if is_same_record(row, kept)]
    # Sent before it is marked: a crash in between sends the same identity again, which counts once.
    await send_events([event], Settings(), lambda _: None)
    for done in alike:
        async with connected(done.service) as connection:
            await settle(connection, [done.id])
    return event.event.id, alike
