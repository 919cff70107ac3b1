"""`baton`: the composition root of the command line."""

from typing import TYPE_CHECKING

import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from services.commands import operations, story
from services.commands.calendars import calendar_app
from services.commands.checking import check
from services.commands.importing import import_csv
from services.commands.output import RefusalError
from services.commands.publishing import publish
from services.commands.quarantines import quarantine_app
from services.demo.commands import demo
from services.local.commands import down, up
from services.offline.commands import replay
from services.scoring.commands import score
from shared.playbook import PlaybookError

if TYPE_CHECKING:
    from typer._click.core import Context


class Baton(TyperGroup):
    """Refusals, and mistakes in a playbook one a line, are said on stderr; exit status 2."""

    def invoke(self, ctx: "Context") -> object:
        try:
            return super().invoke(ctx)
        except (RefusalError, PlaybookError) as error:
            typer.echo(str(error), err=True)
        except ValidationError as error:
            if error.title not in ("Settings", "SlackSettings"):
                raise
            typer.echo("\n".join(_setting_problems(error)), err=True)
        raise typer.Exit(2)


def _setting_problems(error: ValidationError) -> list[str]:
    """Each wrong setting by the name of its environment variable."""
    prefix = "BATON_SLACK_" if error.title == "SlackSettings" else "BATON_"
    problems = error.errors(include_url=False, include_input=False)
    return [f"{prefix}{'_'.join(map(str, problem['loc'])).upper()}: {problem['msg']}" for problem in problems]


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
app.command()(replay)
app.command()(story.lead)
app.command()(story.export)
app.command()(score)
app.add_typer(calendar_app, name="calendar")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(operations.topics_app, name="topics")
app.add_typer(operations.playbook_app, name="playbook")


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
