"""Instants and lengths as scoring counts them: whole microseconds, instants since 1970."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(length: timedelta) -> int:
    return length // _MICROSECOND


def to_microseconds(at: datetime) -> int:
    """Microseconds since 1970, exactly."""
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def to_instant(at: int) -> datetime:
    """The instant of microseconds since 1970, in UTC."""
    return EPOCH + timedelta(microseconds=at)
