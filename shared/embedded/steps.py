"""What is told of a start: each step by its wording and values, so that it can be said in another language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is done; its text is English."""

    wording: "Wording"
    values: Mapping[str, object]

    def __str__(self) -> str:
        return self.worded(self.wording)

    def worded(self, template: str) -> str:
        """The same in the words of another template, which may name any of the values."""
        return template.format(**self.values)


class Wording(StrEnum):
    """Templates in English, each with the names of its values in braces."""

    def of(self, **values: object) -> Step:
        return Step(self, values)


class ServerStep(Wording):
    """What servers tell. `seconds` and `megabytes` are numbers, `address` is host:port."""

    FETCHING = "fetching Kafka ({megabytes:.0f} MB, once)"
    FORMATTING = "formatting Kafka's storage (once)"
    CREATING = "creating Postgres' data folder (once)"
    READY = "{name} ready on {address} ({seconds:.1f} s)"
    LEFT_BEHIND = "stopping the {name} that an earlier run left behind (process {pid})"


OnStep = Callable[[Step], None]


def quiet(_step: Step) -> None:
    """Report no progress."""
