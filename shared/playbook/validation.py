"""Turns a model's validation errors into problems with positions: one for each mistake."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from shared.playbook.errors import Problem
from shared.playbook.known_keys import known_keys, nearest
from shared.playbook.positions import Path, Position, Positions
from shared.playbook.scalars import shortened
from shared.playbook.wording import expectation, found_and_expected, is_wrong_choice, is_wrong_type, sentence

_KEY_MARK = "[key]"


@dataclass(frozen=True, slots=True)
class _Fork:
    """A union met on the way to an error: where it stands, and which of its shapes was tried."""

    path: Path
    shape: str | int


@dataclass(frozen=True, slots=True)
class _Located:
    """An error with its path in the file and the unions passed on the way."""

    error: ErrorDetails
    path: Path
    forks: tuple[_Fork, ...]

    @property
    def kind(self) -> str:
        return self.error["type"]


def problems_of(error: ValidationError, name: str, model: type[BaseModel], positions: Positions) -> tuple[Problem, ...]:
    """The problems in the file `name` that a validation error stands for."""
    located = [_locate(details, positions) for details in error.errors(include_url=False)]
    return _Report(name, model, positions).of(list(_one_shape_each(located, depth=0)))


def _locate(error: ErrorDetails, positions: Positions) -> _Located:
    """Follow the error's location through the file; what does not lead on there is the name of a union's shape."""
    parts = [part for part in error["loc"] if part != _KEY_MARK]
    missing = parts.pop() if error["type"] == "missing" else None
    node, path, forks = positions.root, list[str | int](), list[_Fork]()
    for part in parts:
        if part in node.children:
            node = node.children[part]
            path.append(part)
        else:
            forks.append(_Fork(tuple(path), part))
    return _Located(error, (*path, missing) if missing is not None else tuple(path), tuple(forks))


def _one_shape_each(located: Iterable[_Located], depth: int) -> Iterable[_Located]:
    """Of each union keep the errors of the shape that was most likely meant."""
    unions: dict[Path, dict[str | int, list[_Located]]] = defaultdict(lambda: defaultdict(list))
    for one in located:
        if len(one.forks) <= depth:
            yield one
        else:
            unions[one.forks[depth].path][one.forks[depth].shape].append(one)
    for path, shapes in unions.items():
        ranked = sorted(shapes.values(), key=lambda errors: _misfit(errors, path))
        if len(ranked) > 1 and _misfit(ranked[0], path)[0] == 2:
            yield _merged(ranked, path)
        else:
            yield from _one_shape_each(ranked[0], depth + 1)


def _misfit(errors: Sequence[_Located], path: Path) -> tuple[int, int]:
    """How badly a shape fits what was written: 2 another type, 1 another choice of word, 0 a mistake inside it."""
    here = [one.error for one in errors if one.path == path]
    worst = max((2 if is_wrong_type(error) else int(is_wrong_choice(error)) for error in here), default=0)
    return worst, len(errors)


def _merged(shapes: Sequence[Sequence[_Located]], path: Path) -> _Located:
    expected = dict.fromkeys(expectation(one.error) or "" for errors in shapes for one in errors if one.path == path)
    first = shapes[0][0]
    message = found_and_expected(first.error["input"], " or ".join(filter(None, expected)))
    error: ErrorDetails = {"type": "union", "loc": (), "input": None, "msg": message}
    return _Located(error, path, ())


class _Report:
    """Words and positions of the mistakes in one file."""

    def __init__(self, name: str, model: type[BaseModel], positions: Positions) -> None:
        self._name = name
        self._model = model
        self._positions = positions

    def of(self, mistakes: Sequence[_Located]) -> tuple[Problem, ...]:
        """One problem each; a key that is missing because it is misspelt is told once."""
        meant = {one.path: self._meant_key(one.path) for one in mistakes if one.kind == "extra_forbidden"}
        misspelt = {(*path[:-1], key) for path, key in meant.items() if key}
        told = [one for one in mistakes if not (one.kind == "missing" and one.path in misspelt)]
        return tuple(Problem(self._name, *self._at(one), self._message(one, meant.get(one.path))) for one in told)

    def _at(self, mistake: _Located) -> Position:
        is_about_key = mistake.kind == "extra_forbidden" or _KEY_MARK in mistake.error["loc"]
        return self._positions.locate_key(mistake.path) if is_about_key else self._positions.locate(mistake.path)

    def _message(self, mistake: _Located, meant: str | None) -> str:
        key = shortened(str(mistake.path[-1])) if mistake.path else ""
        if mistake.kind == "missing":
            return f"the key '{key}' is missing"
        if mistake.kind != "extra_forbidden":
            return sentence(mistake.error)
        if meant:
            return f"unknown key '{key}'; did you mean '{meant}'?"
        known = ", ".join(self._known_keys(mistake.path[:-1]))
        return f"unknown key '{key}'" + (f"; known here: {known}" if known else "")

    def _known_keys(self, path: Path) -> tuple[str, ...]:
        return known_keys(self._model, path, self._positions.keys(path))

    def _meant_key(self, path: Path) -> str | None:
        written = self._positions.keys(path[:-1])
        absent = [key for key in self._known_keys(path[:-1]) if key not in written]
        return nearest(str(path[-1]), absent)
