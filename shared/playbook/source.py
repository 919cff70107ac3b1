"""Loads one file of a playbook into its model."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from shared.playbook.errors import PlaybookError, Problem
from shared.playbook.positions import Path, Positions
from shared.playbook.validation import problems_of
from shared.playbook.yaml_source import decode_text, read_yaml

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class LoadedFile(Generic[M]):
    """A file's model, and the places of its values for checks that come later."""

    name: str
    model: M
    positions: Positions

    def problem(self, path: Path, message: str) -> Problem:
        """A problem at the value with that path, such as ("rules", 3, "pool")."""
        return Problem(self.name, *self.positions.locate(path), message)


def load_file(text: str | bytes, name: str, model: type[M]) -> LoadedFile[M]:
    """Read YAML 1.2 and validate it. Raises PlaybookError with every problem as `name:line:column: message`."""
    decoded = decode_text(text, name) if isinstance(text, bytes) else text
    return validated(read_yaml(decoded, name), name, model)


def load_yaml(text: str | bytes, name: str, model: type[M]) -> M:
    """As `load_file`, for those who need no positions afterwards."""
    return load_file(text, name, model).model


def validated(positions: Positions, name: str, model: type[M]) -> LoadedFile[M]:
    """Build the model from values already read. Raises PlaybookError."""
    try:
        return LoadedFile(name, model.model_validate(positions.value), positions)
    except ValidationError as error:
        raise PlaybookError(problems_of(error, name, model, positions)) from None
