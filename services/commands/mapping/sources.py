"""The files of a mapping, opened together: every column that the mapping names is there before the first event."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services.commands.mapping.csv_files import BrokenRow, CsvFile, CsvFileError, Row, open_csv, same_name_twice
from services.commands.mapping.model import ColumnUse, CsvForm, FileEntry, JoinEntry, MappingFile
from services.commands.mapping.partners import Partners
from services.commands.mapping.rows import BadRow, EventMaker, Tally, bad_row, make_events, once_each
from shared.event_files import EventLine
from shared.playbook import LoadedFile, PlaybookError, Problem, collect, load_file, nearest
from shared.playbook.positions import NOWHERE
from shared.playbook.positions import Path as Place
from shared.playbook.scalars import shortened

MOST_NAMES = 20


@dataclass(frozen=True, slots=True)
class Source:
    """An open file with the files joined to it and what its rows make."""

    name: str
    file: CsvFile
    joins: Sequence[Partners]
    makers: Sequence[EventMaker]

    def read(self, tally: Tally) -> Iterator[EventLine | BadRow]:
        """The events of every row, and what is refused."""
        for join in self.joins:
            yield from join.learn()
        for row in self.file.rows():
            tally.rows += 1
            place = f"{self.name}:{row.line}"
            if isinstance(row, BrokenRow):
                yield bad_row(place, row.reason, row.message)
            else:
                yield from self._of_row(place, row)

    def _of_row(self, place: str, row: Row) -> Iterator[EventLine | BadRow]:
        cells = list(row.cells)
        for join in self.joins:
            brought = join.of(cells)
            if isinstance(brought, str):
                yield bad_row(place, "partner", brought)
                return
            cells += brought
        yield from make_events(self.makers, place, cells)


@dataclass(slots=True)
class Sources:
    """All files of a mapping."""

    total_bytes: int = 0
    _sources: list[Source] = field(default_factory=list)

    def read(self, tally: Tally, advanced: Callable[[int], object]) -> Iterator[EventLine | BadRow]:
        """Every event and every refusal, in the order of the files; `advanced` is told the bytes read so far."""
        for made in once_each(self._all(tally, advanced), tally):
            tally.count(made)
            yield made

    def add(self, source: Source, size_bytes: int) -> None:
        self._sources.append(source)
        self.total_bytes += size_bytes

    def _all(self, tally: Tally, advanced: Callable[[int], object]) -> Iterator[EventLine | BadRow]:
        done = 0
        for source in self._sources:
            for made in source.read(tally):
                yield made
                if tally.rows % 1000 == 0:
                    advanced(done + source.file.read_bytes)
            done += source.file.read_bytes


@contextmanager
def open_sources(mapping: Path, data: Path | None = None) -> Iterator[Sources]:
    """Open the mapping and all of its files, relative to its own folder or to `data`.

    Raises PlaybookError with every mistake: of the mapping, of files that cannot be read, of columns that are missing.
    """
    loaded = load_file(_content(mapping), str(mapping), MappingFile)
    with ExitStack() as stack:
        opening = _Opening(loaded, data or mapping.parent, stack)
        with collect() as problems:
            attempts = [problems.attempt(opening.source, at, file) for at, file in enumerate(loaded.model.files)]
        sources = Sources()
        for attempt in attempts:
            sources.add(attempt.value, Path(attempt.value.name).stat().st_size)
        yield sources


def _content(mapping: Path) -> bytes:
    try:
        return mapping.read_bytes()
    except OSError as error:
        raise PlaybookError([Problem(str(mapping), *NOWHERE, f"the file cannot be read: {error.strerror}")]) from None


class _Opening:
    """Opens files and compares their headers with what the mapping reads."""

    def __init__(self, mapping: LoadedFile[MappingFile], folder: Path, stack: ExitStack) -> None:
        self._mapping = mapping
        self._folder = folder
        self._stack = stack

    def source(self, at: int, entry: FileEntry) -> Source:
        """Raises PlaybookError."""
        place: Place = ("files", at)
        file = self._open(entry, place)
        with collect() as problems:
            attempts = [
                problems.attempt(self._partners, (*place, "joins", number), join, file)
                for number, join in enumerate(entry.joins)
            ]
        joins = [attempt.value for attempt in attempts]
        header = file.header + [name for join in joins for name in join.names]
        self._expect(header, entry.columns_read(), place, entry.path)
        self._expect(header, self._shared_columns(entry), (), entry.path)
        places = {name: number for number, name in enumerate(header)}
        makers = [EventMaker(event, self._mapping.model, places) for event in entry.events]
        return Source(str(self._folder / entry.path), file, joins, makers)

    def _shared_columns(self, entry: FileEntry) -> Iterator[ColumnUse]:
        if any(event.source is None for event in entry.events):
            yield from self._mapping.model.columns_read()

    def _partners(self, place: Place, join: JoinEntry, ours: CsvFile) -> Partners:
        file = self._open(join, place)
        self._expect(file.header, join.columns_read(), place, join.path)
        self._expect(ours.header, [(("key",), join.key)], place, "the file that it is joined to")
        return Partners(str(self._folder / join.path), file, join, ours.header.index(join.key))

    def _open(self, form: CsvForm, place: Place) -> CsvFile:
        try:
            return self._stack.enter_context(open_csv(self._folder / form.path, form))
        except CsvFileError as error:
            raise PlaybookError([self._mapping.problem((*place, "path"), str(error))]) from None

    def _expect(
        self, header: Sequence[str], uses: Iterator[ColumnUse] | Sequence[ColumnUse], at: Place, file: str
    ) -> None:
        found = [(path, _wrong(list(header), column, file)) for path, column in uses]
        if problems := [self._mapping.problem((*at, *path), message) for path, message in found if message]:
            raise PlaybookError(problems)


def _wrong(header: list[str], column: str, file: str) -> str | None:
    """What is wrong with a column that the mapping names, if anything."""
    if (there := header.count(column)) == 1:
        return None
    if there > 1:
        return f"in {file}, {same_name_twice(header, column)}"
    meant = nearest(column, header)
    names = ", ".join(map(shortened, header[:MOST_NAMES])) + (", …" if len(header) > MOST_NAMES else "")
    hint = f"did you mean '{meant}'?" if meant else f"its columns: {names}"
    return f"{file} has no column '{shortened(column)}'; {hint}"
