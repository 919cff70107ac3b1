"""`baton`: the composition root of the command line."""

import logging
from typing import TYPE_CHECKING

import typer
from typer.core import TyperGroup

from services.commands import operations, story
from services.commands.calendars import calendar_app
from services.commands.checking import check
from services.commands.failures import in_words
from services.commands.importing import import_csv
from services.commands.manual.command import manual
from services.commands.output import until_nobody_reads
from services.commands.publishing import publish
from services.commands.quarantines import quarantine_app
from services.commands.route import route
from services.commands.why import why, why_not
from services.demo.commands import demo
from services.local.commands import down, up
from services.offline.commands import replay
from services.scoring.commands import score

if TYPE_CHECKING:
    from typer._click.core import Context


class Baton(TyperGroup):
    """What goes wrong outside of us, and mistakes in a playbook one a line, are said on stderr; exit status 2."""

    def invoke(self, ctx: "Context") -> object:
        # Libraries warn of what we say better, on stderr where nobody else listens.
        logging.getLogger("aiokafka").addHandler(logging.NullHandler())
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except Exception as error:
            told = in_words(error)
            if told is None:
                raise
        typer.echo(told, err=True)
        raise typer.Exit(2)


app = typer.Typer(
    name="baton",
    cls=Baton,
    help="Hands B2B leads from Marketing to Inside Sales to Field Sales to Customer Success without dropping one.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command()(demo)
app.command()(up)
app.command()(down)
app.command()(operations.migrate)
app.command()(operations.run)
app.command()(publish)
app.command("import")(import_csv)
app.command()(check)
app.command()(manual)
app.command()(replay)
app.command()(story.lead)
app.command()(story.export)
app.command()(why)
app.command("why-not")(why_not)
app.command()(route)
app.command()(score)
app.add_typer(calendar_app, name="calendar")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(operations.topics_app, name="topics")
app.add_typer(operations.playbook_app, name="playbook")


def main() -> None:
    """Run the command line."""
    with until_nobody_reads():
        app()


if __name__ == "__main__":
    main()
