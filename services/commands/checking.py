"""`baton check`: every mistake in a playbook, with its place."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from services.commands.operations import AsJson
from services.commands.output import RefusalError, answer, print_json

if TYPE_CHECKING:
    from shared.playbook import PlaybookFolder, Problem

console = Console(stderr=True)

NEEDS = {"scoring": "scoring.yaml", "routing": "routing.yaml"}
"""The files without which a service cannot work; every other one has defaults."""


def check(
    folder: Annotated[Path, typer.Argument(help="The playbook's folder; it may hold only some of the files.")] = Path(
        "deploy/playbook"
    ),
    as_json: AsJson = False,
) -> None:
    """Check a playbook: every problem as file:line:column, exit 1 if there is one. Example: baton check my-playbook"""
    from shared.playbook import PlaybookError, PlaybookFolder

    if not folder.is_dir():
        raise RefusalError(f"there is no folder {folder}: give the folder that holds scoring.yaml, routing.yaml, …")
    read, problems = PlaybookFolder({}), tuple["Problem", ...]()
    try:
        read = PlaybookFolder.read(folder)
        _check_what_is_there(read)
    except PlaybookError as error:
        problems = error.problems
    for name in read.unknown_files:
        console.print(f"warning: {name} is no file of a playbook and was passed over", markup=False, soft_wrap=True)
    if as_json:
        print_json(_report(read, problems))
    else:
        _tell(read, problems)
    answer(not problems)


def _check_what_is_there(folder: "PlaybookFolder") -> None:
    """Load every part whose own file is there. Raises PlaybookError with all problems."""
    from services.commands.playbooks import loaders
    from services.routing.playbook import SlaFile
    from shared.playbook import PLAYBOOK_FILES, PlaybookError, Problem, collect

    if not folder.files:
        message = f"no file of a playbook is here; expected some of {', '.join(PLAYBOOK_FILES)}"
        raise PlaybookError([Problem(".", 1, 1, message)])
    with collect() as problems:
        for part, load in loaders().items():
            if NEEDS.get(part, "") in ("", *folder.files):
                problems.attempt(load, folder)
        if "routing.yaml" not in folder.files:
            problems.attempt(folder.load_optional, "sla.yaml", SlaFile)


def _report(folder: "PlaybookFolder", problems: "tuple[Problem, ...]") -> dict[str, object]:
    return {
        "version": folder.version,
        "files": sorted(folder.files),
        "unknown_files": list(folder.unknown_files),
        "problems": [
            {"file": one.file, "line": one.line, "column": one.column, "message": one.message} for one in problems
        ],
    }


def _tell(folder: "PlaybookFolder", problems: "tuple[Problem, ...]") -> None:
    for problem in problems:
        typer.echo(str(problem))
    if not problems:
        typer.echo(f"version {folder.version}: {len(folder.files)} files, no problems")
