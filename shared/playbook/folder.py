"""The folder of a playbook, or the same files kept in the database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Self, TypeVar

from pydantic import BaseModel

from shared.playbook.errors import PlaybookError, Problem, collect
from shared.playbook.known_keys import nearest
from shared.playbook.positions import NOWHERE, Positions
from shared.playbook.source import LoadedFile, load_file, validated
from shared.playbook.yaml_source import LONGEST_FILE, decode_text

M = TypeVar("M", bound=BaseModel)
Holidays = Mapping[str, Mapping[date, str]]
"""Statutory holidays and their names, by calendar."""

PLAYBOOK_FILES = (
    "company.yaml",
    "scoring.yaml",
    "routing.yaml",
    "calendars.yaml",
    "sla.yaml",
    "alerts.yaml",
    "kpi.yaml",
)


@dataclass(frozen=True)
class PlaybookFolder:
    """The texts of a playbook's files by name, read once; `unknown_files` were passed over and deserve a warning.

    `holidays` are those kept when the version was activated: a later release of the library moves no deadline.
    """

    files: Mapping[str, str]
    unknown_files: tuple[str, ...] = ()
    holidays: Holidays | None = None

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the known files of a directory. Raises PlaybookError for one that cannot be read."""
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            message = f"the folder cannot be read: {error.strerror}"
            raise PlaybookError([Problem(str(folder), *NOWHERE, message)]) from None
        unknown = tuple(entry.name for entry in entries if not _belongs(entry.name))
        if not any(entry.name in PLAYBOOK_FILES for entry in entries):
            raise PlaybookError([Problem(str(folder), *NOWHERE, _no_playbook(unknown))])
        with collect() as problems:
            attempts = {entry.name: problems.attempt(_read, entry) for entry in entries if entry.name in PLAYBOOK_FILES}
        return cls({name: attempt.value for name, attempt in attempts.items()}, unknown)

    @classmethod
    def of(cls, texts: Mapping[str, str], holidays: Holidays | None = None) -> Self:
        """The playbook made of these texts by file name, as they are kept in the database."""
        known = {name: text.replace("\r\n", "\n") for name, text in texts.items() if name in PLAYBOOK_FILES}
        return cls(known, tuple(sorted(name for name in texts if not _belongs(name))), holidays)

    @property
    def version(self) -> str:
        """The first 12 hexadecimal digits of the SHA-256 of names and texts, in the order of the names."""
        digest = sha256()
        for name, text in sorted(self.files.items()):
            content = text.encode(errors="surrogatepass")
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()[:12]

    @property
    def misnamed(self) -> list[Problem]:
        """The files passed over whose names are nearly that of a file which is not there."""
        meant = {name: _meant(name) for name in self.unknown_files}
        return [
            Problem(name, *NOWHERE, f"this is no file of a playbook; did you mean {file}? Rename it")
            for name, file in meant.items()
            if file and file not in self.files
        ]

    def text(self, name: str) -> str:
        """The text of one file. Raises PlaybookError naming the file that is missing."""
        if name in self.files:
            return self.files[name]
        similar = next((file for file in self.unknown_files if _meant(file) == name), None)
        hint = f"; rename {similar}" if similar else ""
        raise PlaybookError([Problem(name, *NOWHERE, f"the file is missing from the playbook{hint}")])

    def load(self, name: str, model: type[M]) -> LoadedFile[M]:
        """Load a required file. Raises PlaybookError."""
        return load_file(self.text(name), name, model)

    def load_optional(self, name: str, model: type[M]) -> LoadedFile[M]:
        """Load a file, or the model's defaults where there is no such file. Raises PlaybookError."""
        return self.load(name, model) if name in self.files else validated(Positions(), name, model)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return decode_text(file.read(4 * LONGEST_FILE + 1), path.name)
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        raise PlaybookError([Problem(path.name, *NOWHERE, message)]) from None


def _meant(name: str) -> str | None:
    """The file of a playbook for which another YAML file was probably meant."""
    stem, _, ending = name.rpartition(".")
    stems = {file.removesuffix(".yaml"): file for file in PLAYBOOK_FILES}
    found = nearest(stem, stems) if ending.lower() in ("yaml", "yml") else None
    return stems[found] if found else None


def _no_playbook(names: Iterable[str]) -> str:
    meant = [f"; rename {name} to {file}" for name in names if (file := _meant(name))]
    return f"no file of a playbook is here; expected some of {', '.join(PLAYBOOK_FILES)}{''.join(meant)}"


def _belongs(name: str) -> bool:
    return (
        name in PLAYBOOK_FILES
        or name.startswith(("README", "."))
        or name.endswith(".schema.json")
        or name == "examples"
    )
