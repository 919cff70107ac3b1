"""`baton check`: every mistake in a playbook, with its place."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.instants import Instant
from services.commands.operations import AsJson
from services.commands.output import RefusalError, answer, counted, print_json
from shared.clock import machine_now

if TYPE_CHECKING:
    from shared.playbook import PlaybookFolder, Problem

NEEDS = {"scoring": "scoring.yaml", "routing": "routing.yaml"}
"""The files without which a service cannot work; every other one has defaults."""


def check(
    folder: Annotated[Path, typer.Argument(help="The playbook's folder; it may hold only some of the files.")] = Path(
        "deploy/playbook"
    ),
    at: Annotated[
        datetime | None,
        typer.Option(parser=Instant, help="Ask who is there in the 14 days from this time on, not from today on."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a playbook and run its examples: every problem as file:line:column, exit 1 if there is one.

    What is only doubtful is a warning.
    Example: baton check deploy/playbook
    """
    from services.commands.doubts import doubts
    from shared.playbook import PlaybookError, PlaybookFolder

    _must_be_folder(folder)
    read, problems = PlaybookFolder({}), tuple["Problem", ...]()
    try:
        read = PlaybookFolder.read(folder)
        _check_what_is_there(read)
    except PlaybookError as error:
        problems = error.problems
    doubtful = doubts(read, at or machine_now())
    if as_json:
        print_json(_report(read, problems, doubtful))
    else:
        _tell(read, problems, doubtful)
    answer(not problems)


def _must_be_folder(path: Path) -> None:
    """Raises RefusalError."""
    if path.is_file():
        told = "is a file: its rules name what stands in other files, so give the folder"
        raise RefusalError(f"{path} {told}: baton check {path.parent}")
    if not path.is_dir():
        raise RefusalError(f"there is no folder {path}: give the folder that holds scoring.yaml, routing.yaml, …")


def _check_what_is_there(folder: "PlaybookFolder") -> None:
    """Load every part whose own file is there, and run its examples. Raises PlaybookError with all problems."""
    from services.commands.playbooks import between_files, failed_examples, loaders
    from services.routing.written import CompanyFile, SlaFile
    from shared.playbook import collect

    with collect() as problems:
        for part, load in loaders().items():
            if NEEDS.get(part, "") in ("", *folder.files):
                problems.attempt(load, folder)
        if "routing.yaml" not in folder.files:
            problems.attempt(folder.load_optional, "sla.yaml", SlaFile)
            problems.attempt(folder.load_optional, "company.yaml", CompanyFile)
        problems.add(*folder.misnamed, *between_files(folder), *failed_examples(folder))


def _report(
    folder: "PlaybookFolder", problems: "Sequence[Problem]", doubtful: "Sequence[Problem]"
) -> dict[str, object]:
    return {
        "version": folder.version,
        "files": sorted(folder.files),
        "unknown_files": list(folder.unknown_files),
        "problems": [asdict(problem) for problem in problems],
        "warnings": [asdict(doubt) for doubt in doubtful],
    }


def _tell(folder: "PlaybookFolder", problems: "Sequence[Problem]", doubtful: "Sequence[Problem]") -> None:
    misnamed = {problem.file for problem in folder.misnamed}
    for name in (name for name in folder.unknown_files if name not in misnamed):
        typer.echo(f"warning: {name} is no file of a playbook and was passed over", err=True)
    for doubt in doubtful:
        typer.echo(f"warning: {doubt}", err=True)
    for problem in problems:
        typer.echo(str(problem))
    if not problems:
        from services.commands.playbooks import count_examples

        found = f"{counted(len(folder.files), 'file')}, {counted(count_examples(folder), 'example')}"
        typer.echo(f"version {folder.version}: {found}, no problems")
