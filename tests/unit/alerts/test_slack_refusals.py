import pytest
from structlog.testing import capture_logs

from services.alerts.outcomes import Delivered, Outcome, Refused
from services.alerts.refusals import Refusals
from shared.metrics import Metrics

SENT = Delivered("D1", "1.000001")
REVOKED = Refused("token_revoked", "workspace")


def counted(answers: list[Outcome], scope: str, error: str) -> float:
    metrics = Metrics("alerts")
    refusals = Refusals(metrics)
    for answer in answers:
        refusals.see(answer)
    labels = {"service": "alerts", "scope": scope, "error": error}
    return metrics.registry.get_sample_value("baton_slack_refusals_total", labels) or 0.0


@pytest.mark.parametrize(
    ("refused", "scope", "error"),
    [
        (REVOKED, "workspace", "token_revoked"),
        (Refused("is_archived", "channel"), "channel", "is_archived"),
        (Refused("invalid_blocks", "message"), "message", "invalid_blocks"),
        (Refused("an_error_of_tomorrow", "message"), "message", "other"),
    ],
)
def test_every_refusal_is_counted_by_slacks_word_as_far_as_we_know_it(refused: Refused, scope: str, error: str) -> None:
    assert counted([refused, SENT, refused], scope, error) == 2


def test_refusing_workspace_is_logged_when_it_begins_and_ends_and_not_for_each_message() -> None:
    refusals = Refusals(Metrics("alerts"))
    with capture_logs() as logs:
        for answer in (SENT, REVOKED, REVOKED, Refused("is_archived", "channel"), SENT, SENT, REVOKED):
            refusals.see(answer)
    told = [(entry["log_level"], entry.get("error") or entry.get("refused_before")) for entry in logs]
    assert told == [("error", "token_revoked"), ("info", "token_revoked"), ("error", "token_revoked")]
