"""What is legal in `routing.yaml` and `sla.yaml` and probably not meant: `baton check` warns of it, nothing stops."""

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from pydantic import BaseModel

from services.routing.story import NOT_OF_THE_PROFILE
from services.routing.written import RoutingFile, SlaFile
from shared.conditions import Condition, check_fields
from shared.events.activities import ProfileUpdated
from shared.playbook import LoadedFile, Problem

M = TypeVar("M", bound=BaseModel)

PROFILE = frozenset(ProfileUpdated.model_fields) - NOT_OF_THE_PROFILE
KNOWN_FIELDS = PROFILE | {"consent", "left", "lead_source", "reason", "score", "stage", "cycle"}
"""What `fields_of` tells conditions of a lead; a company's profile may have fields of its own."""


class _Conditional(Protocol):
    @property
    def when(self) -> Condition | None: ...


def warnings(routing: LoadedFile[RoutingFile], sla: LoadedFile[SlaFile]) -> list[Problem]:
    """Each doubt at its place, in no order."""
    return [*_of_fields(routing, "rules", routing.model.rules), *_of_fields(sla, "clocks", sla.model.clocks)]


def _of_fields(file: LoadedFile[M], name: str, entries: Sequence[_Conditional]) -> Iterator[Problem]:
    for index, entry in enumerate(entries):
        if entry.when:
            for place, message in check_fields(entry.when, KNOWN_FIELDS, (name, index, "when")):
                yield file.problem(place, message)
