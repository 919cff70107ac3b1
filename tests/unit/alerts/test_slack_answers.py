from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.alerts.outcomes import (
    Delivered,
    NoReply,
    NotSent,
    Outcome,
    RateLimited,
    Refused,
    Reply,
    Unclear,
    classify,
    retry_after,
)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Reply(200, {"ok": True, "channel": "D1", "ts": "1.000001"}), Delivered("D1", "1.000001")),
        (Reply(429, None, "3"), RateLimited(timedelta(seconds=3))),
        (Reply(429, {"ok": False, "error": "ratelimited"}, None), RateLimited(timedelta(seconds=30))),
        (Reply(200, {"ok": False, "error": "ratelimited"}, "2"), RateLimited(timedelta(seconds=2))),
        (Reply(500, {"ok": False, "error": "channel_not_found"}), Unclear("channel_not_found")),
        (Reply(503), Unclear("http_503_without_json")),
        (Reply(404), Unclear("http_404_without_json")),
        (NoReply("ClientConnectorDNSError", before_sending=True), NotSent("ClientConnectorDNSError")),
        (NoReply("ServerDisconnectedError"), Unclear("ServerDisconnectedError")),
        (Reply(200, {"ok": False, "error": "an_error_of_tomorrow"}), Refused("an_error_of_tomorrow", "message")),
    ],
)
def test_answers_are_read_for_what_they_prove(answer: Reply | NoReply, outcome: Outcome) -> None:
    assert classify(answer) == outcome


@settings(deadline=None)
@given(st.one_of(st.none(), st.text(max_size=20), st.floats().map(str)))
def test_any_retry_after_gives_a_wait_of_at_most_an_hour(header: str | None) -> None:
    assert timedelta(0) <= retry_after(header) <= timedelta(hours=1)
