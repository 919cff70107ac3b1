"""The names of a lead: of the company and the person, as its profile gives them. Personal data: shown, never logged."""

from dataclasses import replace

from services.kpi.facts import Facts, Told
from shared.events import Event
from shared.events.activities import ProfileUpdated


def named(facts: Facts, data: ProfileUpdated, event: Event) -> Facts:
    """The names as the event that is latest by its own time gives them; one that is left out stays as it was."""
    company, person = _later(facts.company, data.company, event), _later(facts.person, data.name, event)
    if company is facts.company and person is facts.person:
        return facts
    return replace(facts, company=company, person=person)


def _later(known: Told | None, text: str | None, event: Event) -> Told | None:
    if not text or not text.strip():
        return known
    told = Told(event.time, event.source, event.id, text.strip())
    return known if known and known > told else told
