"""What became of a call to Slack: a pure reading of the answer, or of the way in which there was none."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

DEFAULT_RETRY_AFTER = timedelta(seconds=30)
LONGEST_RETRY_AFTER = timedelta(hours=1)

Scope = Literal["channel", "workspace", "message"]


@dataclass(frozen=True, slots=True)
class Delivered:
    """Slack has the message, in this channel under this `ts`."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class RateLimited:
    retry_after: timedelta


@dataclass(frozen=True, slots=True)
class Refused:
    """Slack said no for good: to this channel, to this message, or to everything until an operator acts."""

    error: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class NotSent:
    """Slack certainly does not have it, and may take it later."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """Slack may or may not have it."""

    reason: str


Outcome = Delivered | RateLimited | Refused | NotSent | Unclear


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; `body` is None where it is no JSON object."""

    status: int
    body: Mapping[str, object] | None = None
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class NoReply:
    """No whole answer came; `before_sending` tells that no byte of the request had gone out."""

    reason: str
    before_sending: bool = False


_CHANNEL_ERRORS = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "not_in_channel",
        "user_not_found",
        "user_disabled",
        "cannot_dm_bot",
        "messages_tab_disabled",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "is_inactive",
        "no_address",
    }
)
_WORKSPACE_ERRORS = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "no_permission",
        "missing_scope",
        "not_allowed_token_type",
        "org_login_required",
        "ekm_access_denied",
        "access_denied",
        "team_access_not_granted",
        "two_factor_setup_required",
        "enterprise_is_restricted",
    }
)
KNOWN_REFUSALS = (
    _CHANNEL_ERRORS | _WORKSPACE_ERRORS | {"invalid_blocks", "invalid_blocks_format", "msg_too_long", "no_text"}
)
"""Refusals that a metric may name; Slack's other words are counted as `other`, so that labels stay few."""
_LATER_ERRORS = frozenset({"service_unavailable", "request_timeout", "team_added_to_org"})
_UNCLEAR_ERRORS = frozenset({"fatal_error", "internal_error"})
_RATE_ERRORS = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})


def classify(answer: Reply | NoReply) -> Outcome:
    """Read an answer. Anything that does not clearly say whether Slack took the message is Unclear."""
    if isinstance(answer, NoReply):
        return NotSent(answer.reason) if answer.before_sending else Unclear(answer.reason)
    if answer.status == 429:
        return RateLimited(retry_after(answer.retry_after))
    if answer.body is None:
        return Unclear(f"http_{answer.status}_without_json")
    if answer.body.get("ok") is True:
        return _accepted(answer.body)
    error = answer.body.get("error")
    return _refused(error, answer) if isinstance(error, str) else Unclear(f"http_{answer.status}_without_error")


def _accepted(body: Mapping[str, object]) -> Outcome:
    channel, ts = body.get("channel"), body.get("ts")
    if isinstance(channel, str) and isinstance(ts, str):
        return Delivered(channel, ts)
    return Unclear("ok_without_ts")


def _refused(error: str, answer: Reply) -> Outcome:
    if error in _RATE_ERRORS:
        return RateLimited(retry_after(answer.retry_after))
    if error in _UNCLEAR_ERRORS or answer.status >= 500:
        return Unclear(error)
    if error in _LATER_ERRORS:
        return NotSent(error)
    if error in _CHANNEL_ERRORS:
        return Refused(error, "channel")
    return Refused(error, "workspace" if error in _WORKSPACE_ERRORS else "message")


def retry_after(header: str | None) -> timedelta:
    """Seconds from a `Retry-After` header; 30 s where it is missing or no number, never more than an hour."""
    try:
        seconds = float(header or "")
    except ValueError:
        return DEFAULT_RETRY_AFTER
    if not math.isfinite(seconds) or seconds < 0:
        return DEFAULT_RETRY_AFTER
    return min(timedelta(seconds=min(seconds, LONGEST_RETRY_AFTER.total_seconds())), LONGEST_RETRY_AFTER)
