"""The rows of a joined file by their key: the only file that is held in memory."""

from collections.abc import Iterator, Sequence

from services.commands.mapping.csv_files import BrokenRow, CsvFile
from services.commands.mapping.model import JoinEntry
from services.commands.mapping.rows import BadRow, bad_row


class Partners:
    """The columns that a join brings in; `names` are theirs in the mapping."""

    def __init__(self, name: str, file: CsvFile, join: JoinEntry, key_place: int) -> None:
        self.names = list(join.brought)
        self._name = name
        self._file = file
        self._join = join
        self._our_key = key_place
        self._their_key = file.header.index(join.their_key or join.key)
        self._taken = [file.header.index(there) for there in join.brought.values()]
        self._by_key: dict[str, tuple[int, tuple[str, ...]]] = {}

    def learn(self) -> Iterator[BadRow]:
        """Read the file; gives the rows that cannot be used. Of two rows with one key the first counts."""
        for row in self._file.rows():
            place = f"{self._name}:{row.line}"
            if isinstance(row, BrokenRow):
                yield bad_row(place, row.reason, row.message)
                continue
            key = row.cells[self._their_key].strip()
            brought = row.line, tuple(row.cells[taken] for taken in self._taken)
            first, _ = self._by_key.setdefault(key, brought) if key else brought
            if first != row.line:
                message = f"column {self._file.header[self._their_key]}: line {first} has the same key, and that counts"
                yield bad_row(place, "partner", f"{message}; a key of its own for each row is expected")

    def of(self, cells: Sequence[str]) -> Sequence[str] | str:
        """The partner's cells; a message where there is none and the mapping wants one."""
        key = cells[self._our_key].strip()
        found = self._by_key.get(key) if key else None
        if found:
            return found[1]
        if self._join.missing == "empty":
            return [""] * len(self.names)
        problem = f"no row of {self._join.path} has this key" if key else "found nothing"
        return f"column {self._join.key}: {problem}; a partner is expected (or missing: empty in the mapping)"
