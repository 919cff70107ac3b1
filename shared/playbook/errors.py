"""Mistakes in a playbook: where each one is, and all of them at once."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, ParamSpec, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake; `line` and `column` count from 1, and are 0 where a file or folder as a whole is meant."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = f":{self.line}:{self.column}" if self.line else ""
        return f"{self.file}{place}: {self.message}"


class PlaybookError(Exception):
    """A playbook, or a part of it, that is refused; `problems` is sorted and without repeats."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))

    def under(self, folder: Path) -> Self:
        """The same problems with their files named inside the folder, so that a terminal can open them."""
        return type(self)(
            problem if problem.file == str(folder) else replace(problem, file=str(folder / problem.file))
            for problem in self.problems
        )


class Attempt(Generic[T]):
    """The outcome of one step of several; reading the `value` of a failed one raises its PlaybookError."""

    def __init__(self, step: Callable[[], T]) -> None:
        self._error: PlaybookError | None = None
        try:
            self._value = step()
        except PlaybookError as error:
            self._error = error

    @property
    def value(self) -> T:
        if self._error:
            raise self._error
        return self._value

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._error.problems if self._error else ()


class Collector:
    """The problems that were found so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def attempt(self, step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Attempt[T]:
        """Call the step; its PlaybookError is kept instead of raised."""
        outcome = Attempt(lambda: step(*args, **kwargs))
        self.add(*outcome.problems)
        return outcome

    def add(self, *problems: Problem) -> None:
        self.problems.extend(problems)


@contextmanager
def collect() -> Iterator[Collector]:
    """Gather the problems of several steps and raise them as one PlaybookError at the end of the block.

    A PlaybookError inside the block ends it: what needs the value of a failed attempt is passed over.
    """
    found = Collector()
    try:
        yield found
    except PlaybookError as error:
        found.add(*error.problems)
    if found.problems:
        raise PlaybookError(found.problems)
