"""Sections and targets as tables on a terminal, and all of it as JSON."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.figures import Section
from tests.bench.targets import TARGETS, Target

WIDTH = 150


def console() -> Console:
    """Wide enough for the rows also where the output goes into a file."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=WIDTH)


def table_of(section: Section) -> Table:
    shown = Table(title=section.title, title_justify="left")
    for number, column in enumerate(section.columns):
        shown.add_column(column, justify="right" if number else "left")
    for row in section.rows:
        shown.add_row(*row)
    return shown


def show(section: Section, to: Console) -> None:
    to.print(table_of(section))
    for note in section.notes:
        to.print(f"  {note}", markup=False, soft_wrap=True)


def table_of_targets(figures: Mapping[str, float], targets: Sequence[Target] = TARGETS) -> Table:
    """The targets beside what was found; those whose figures are missing say so."""
    shown = Table("target (DESIGN §8)", "found", "must reach", "aims at", "", title="targets", title_justify="left")
    for target in targets:
        shown.add_row(*target.cells(figures))
    return shown


def figures_of(sections: Mapping[str, Section]) -> dict[str, float]:
    """All that targets may ask for."""
    return {key: value for section in sections.values() for key, value in section.keyed.items()}


def write(path: Path, sections: Mapping[str, Section], settings: Mapping[str, object]) -> None:
    """Everything that was found, as JSON."""
    figures = figures_of(sections)
    document = {
        "settings": settings,
        "sections": {name: section.document for name, section in sections.items()},
        "targets": {target.what: target.found(figures) for target in TARGETS},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
