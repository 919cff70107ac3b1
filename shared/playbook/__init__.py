"""Playbook files: loaded with positions, refused whole with every problem listed."""

from shared.playbook.errors import Attempt, Collector, PlaybookError, Problem, collect
from shared.playbook.fields import Flag, Moment, Number, PlaybookModel, Text, Whole
from shared.playbook.folder import PLAYBOOK_FILES, Holidays, PlaybookFolder
from shared.playbook.known_keys import nearest
from shared.playbook.positions import NOWHERE, Path, Position, Positions
from shared.playbook.schema import export_schemas, schema_drift, schema_text
from shared.playbook.source import LoadedFile, load_file, load_yaml

__all__ = [
    "NOWHERE",
    "PLAYBOOK_FILES",
    "Attempt",
    "Collector",
    "Flag",
    "Holidays",
    "LoadedFile",
    "Moment",
    "Number",
    "Path",
    "PlaybookError",
    "PlaybookFolder",
    "PlaybookModel",
    "Position",
    "Positions",
    "Problem",
    "Text",
    "Whole",
    "collect",
    "export_schemas",
    "load_file",
    "load_yaml",
    "nearest",
    "schema_drift",
    "schema_text",
]
