"""A lead's activities folded in memory, as the service does it record by record."""

from collections.abc import Sequence

from services.scoring.domain import apply, needs_history
from services.scoring.rules import ScoringPlaybook
from services.scoring.state import LeadScore
from shared.events import Event


def folded(activities: Sequence[Event], playbook: ScoringPlaybook) -> LeadScore:
    """The checkpoint of a lead after its activities, given in their order."""
    state = LeadScore()
    for place, event in enumerate(activities):
        history = activities[:place] if needs_history(state, event, playbook) else None
        state = apply(state, event, playbook, history).state
    return state
