"""What we measured of slack_sdk and rest on: see `test_library_facts.py`."""

import time

import pytest
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from services.alerts.slack import sender_for


def test_s1_the_client_posts_again_after_a_lost_connection_unless_told_not_to() -> None:
    assert [type(h) for h in AsyncWebClient(token="x").retry_handlers] == [AsyncConnectionErrorRetryHandler]


async def test_s1_ours_is_told_not_to() -> None:
    sender = sender_for("xoxb-test", print, "http://127.0.0.1:9/api/")

    client = sender._connected()
    assert client.retry_handlers == []
    await client.session.close()


@pytest.mark.parametrize(
    ("body", "timestamp", "error"),
    [("body", "not a number", ValueError), (b"\xff", "now", UnicodeDecodeError)],
)
def test_s3_the_verifier_raises_on_hostile_input(body: bytes | str, timestamp: str, error: type[Exception]) -> None:
    timestamp = str(int(time.time())) if timestamp == "now" else timestamp
    with pytest.raises(error):
        SignatureVerifier("secret").is_valid(body, timestamp, "v0=0")
