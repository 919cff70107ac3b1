"""`baton migrate`, `topics`, `playbook` and `run`: bringing the system up and keeping it as it should be."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from services.commands.output import RefusalError, answer, counted, print_json
from shared.settings import Settings

if TYPE_CHECKING:
    from shared.kafka import TopicState
    from shared.service import Service

console = Console(stderr=True)
topics_app = typer.Typer(help="Create and compare the Kafka topics of deploy/kafka/topics.yaml.", no_args_is_help=True)
playbook_app = typer.Typer(
    help="Make a folder of rules the active playbook. scoring, routing, alerts and kpi notice by themselves, each with "
    "the next record, timer or page that it handles; no restart is needed. Clocks that run keep their deadlines until "
    "`baton playbook move-clocks`, and nobody is qualified by new rules alone unless asked with `--rescore`.",
    no_args_is_help=True,
)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Change nothing; only count the leads.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PerSecond = Annotated[int, typer.Option(min=1, max=10_000, help="So many leads a second.")]
SERVICES = ("scoring", "routing", "alerts", "kpi")


def migrate(as_json: AsJson = False) -> None:
    """Bring the database up to date; safe to run again and by several at once.

    Example: BATON_POSTGRES=postgresql://baton:baton@127.0.0.1:5432/baton baton migrate
    """
    from shared.migrations import migrate as apply

    applied = asyncio.run(apply(Settings().postgres.get_secret_value()))
    if as_json:
        print_json({"applied": applied})
    else:
        typer.echo(f"{counted(len(applied), 'migration')} applied" if applied else "the database is up to date")


@topics_app.command("apply")
def topics_apply(as_json: AsJson = False) -> None:
    """Create the topics that are missing. Example: BATON_KAFKA=127.0.0.1:9092 baton topics apply"""
    from shared.provisioning import apply_topics, read_topics

    settings = Settings()
    created = apply_topics(settings.kafka, settings.topic_prefix, read_topics())
    if as_json:
        print_json({"created": created})
    else:
        typer.echo(f"created {', '.join(created)}" if created else "every topic is there")


@topics_app.command("check")
def topics_check(as_json: AsJson = False) -> None:
    """Compare the topics with deploy/kafka/topics.yaml; exit 1 where they differ. Example: baton topics check"""
    from shared.provisioning import check_topics, read_topics

    settings = Settings()
    findings = check_topics(settings.kafka, settings.topic_prefix, read_topics())
    if as_json:
        print_json([{"topic": finding.name, "problem": finding.problem} for finding in findings])
    else:
        for finding in findings:
            typer.echo(f"{finding.name}: {finding.problem or 'as it should be'}")
    answer(all(finding.problem is None for finding in findings))


@topics_app.command("accept")
def topics_accept(name: str) -> None:
    """Take a topic that was deleted and created again for the one it replaces: it is read from its start.

    Run it with the services stopped. Example: baton topics accept lead.activity.v1
    """
    from shared.kafka import describe_topics

    settings = Settings()
    state = describe_topics(settings.kafka, [name]).get(name)
    if state is None:
        raise RefusalError(f"there is no topic {name}: create it with `baton topics apply`")
    asyncio.run(_accept(settings, state))
    console.print(f"{name} will be read from its start by every service")


async def _accept(settings: Settings, state: "TopicState") -> None:
    import asyncpg

    from shared.provisioning import accept

    connection = await asyncpg.connect(settings.postgres.get_secret_value())
    try:
        async with connection.transaction():
            await accept(connection, settings.topic_prefix, state)
    finally:
        await connection.close()


@playbook_app.command("activate")
def playbook_activate(
    folder: Annotated[Path, typer.Argument(help="The playbook's folder.")],
    rescore: Annotated[bool, typer.Option("--rescore", help="Have every lead judged by it now.")] = False,
    per_second: PerSecond = 50,
    dry_run: DryRun = False,
) -> None:
    """Check a folder of rules and make it the active playbook; nobody is qualified by this alone.

    With --rescore every lead is judged anew, so many a second, and those who meet the criteria now become MQLs. Run it
    again after an interruption: the same requests are sent again, and change nothing where they were answered.
    Example: baton playbook activate deploy/playbook --rescore --per-second 20
    """
    from services.commands.playbooks import activate_folder, checked
    from services.commands.requests import ask, say_asked, say_would_ask, would_qualify
    from shared.events.activities import RescoreRequested

    if dry_run:
        without_mistakes = checked(folder)
        console.print(f"playbook {without_mistakes.version} has no mistakes; this run activates nothing")
        if rescore:
            say_would_ask(*would_qualify(without_mistakes))
        return
    version, fresh = asyncio.run(activate_folder(folder, Settings().postgres.get_secret_value()))
    console.print(f"playbook {version} is active" if fresh else f"playbook {version} was active already")
    if rescore:
        total = ask(RescoreRequested, per_second)
        once = "one that was answered for this activation changes nothing"
        say_asked(total, f"scoring judges each as it reads the request, {once}; `baton why LEAD` tells")


@playbook_app.command("move-clocks")
def playbook_move_clocks(per_second: PerSecond = 50, dry_run: DryRun = False) -> None:
    """Let clocks that run under an older playbook go on under the active one: new deadlines, steps and calendars.

    What was used of their time stays used; no deadline moves into the past. Example: baton playbook move-clocks
    """
    from services.commands.requests import ask, concerned, say_asked, say_would_ask
    from shared.events.activities import ClocksMoveRequested

    if dry_run:
        say_would_ask(concerned(ClocksMoveRequested))
    else:
        total = ask(ClocksMoveRequested, per_second)
        say_asked(total, "routing moves each lead's clocks as it reads the request; `baton why LEAD` tells")


def run(
    service: Annotated[str, typer.Argument(help="scoring, routing, alerts or kpi")],
    _folder: Annotated[str, typer.Option("--folder", hidden=True, help="Marks the process as of a local system.")] = "",
) -> None:
    """Run one service until it is stopped. Example: baton run scoring"""
    from shared.host import run as host

    if service not in SERVICES:
        raise RefusalError(f"there is no service {service}: choose one of {', '.join(SERVICES)}")
    raise typer.Exit(host(_create(service)))


def _create(service: str) -> "Service[object]":
    from importlib import import_module

    create: Callable[[], Service[object]] = import_module(f"services.{service}.app").create
    return create()
