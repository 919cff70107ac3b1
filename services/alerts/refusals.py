"""Slack's refusals made visible: each is counted, and logged where the whole workspace begins and ends to refuse."""

import structlog

from services.alerts.metrics import refusals
from services.alerts.outcomes import KNOWN_REFUSALS, Delivered, Outcome, Refused
from shared.metrics import Metrics

log = structlog.get_logger()


class Refusals:
    """Watches the answers to all calls of one sender."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._workspace = ""

    def see(self, outcome: Outcome) -> None:
        """Take note of an answer of Slack's."""
        if isinstance(outcome, Refused):
            error = outcome.error if outcome.error in KNOWN_REFUSALS else "other"
            refusals(self._metrics).labels(self._metrics.service, outcome.scope, error).inc()
        match outcome:
            case Refused(error, "workspace") if error != self._workspace:
                self._workspace = error
                log.error("Slack refuses everything until an operator acts: nobody is told anything", error=error)
            case Delivered() if self._workspace:
                log.info("Slack takes messages again", refused_before=self._workspace)
                self._workspace = ""
            case _:
                pass
