"""Scoring as a service: activities in, scores and qualified leads out."""

from services.scoring import metrics, store
from services.scoring.handlers import on_activities, on_due
from services.scoring.playbook import load
from services.scoring.rules import ScoringPlaybook
from services.scoring.scores import ScoreSource
from shared.service import Service
from shared.topics import LEAD_ACTIVITY


def create() -> Service[ScoringPlaybook]:
    return Service(
        name="scoring",
        subscription=on_activities,
        load_playbook=load,
        on_due=on_due,
        admit=store.admit,
        keeps_invalid=frozenset({LEAD_ACTIVITY}),
        sources=(ScoreSource(),),
        count=metrics.count,
    )
