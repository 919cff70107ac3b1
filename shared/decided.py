"""What a pure decision returns: the new state and the events that follow from it."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.events import Event

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Decided(Generic[S]):
    state: S
    events: tuple[Event, ...] = ()
