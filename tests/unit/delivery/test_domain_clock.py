"""Domain time as a straight line over machine time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import DomainClock

MACHINE, DOMAIN = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 4, 1, 9, tzinfo=UTC)


def test_at_its_origin_the_clock_shows_the_domains_origin() -> None:
    assert DomainClock(MACHINE, DOMAIN, 60).at(MACHINE) == DOMAIN


@pytest.mark.parametrize(("rate", "later"), [(1, timedelta(seconds=90)), (60, timedelta(minutes=90))])
def test_domain_time_passes_at_its_rate(rate: float, later: timedelta) -> None:
    assert DomainClock(MACHINE, DOMAIN, rate).at(MACHINE + timedelta(seconds=90)) == DOMAIN + later


def test_what_was_before_the_origin_was_before_the_domains_origin() -> None:
    assert DomainClock(MACHINE, DOMAIN, 10).at(MACHINE - timedelta(seconds=6)) == DOMAIN - timedelta(minutes=1)


def test_an_hour_of_a_clock_sixty_times_as_fast_takes_a_minute() -> None:
    assert DomainClock(MACHINE, DOMAIN, 60).machine_seconds(timedelta(hours=1)) == 60


@given(
    rate=st.sampled_from([1.0, 2.0, 60.0, 3600.0]),
    seconds=st.integers(min_value=-(10**6), max_value=10**6),
    more=st.integers(min_value=1, max_value=10**6),
)
def test_the_clock_never_goes_back_and_its_lengths_agree_with_it(rate: float, seconds: int, more: int) -> None:
    clock = DomainClock(MACHINE, DOMAIN, rate)
    early, late = (MACHINE + timedelta(seconds=n) for n in (seconds, seconds + more))

    assert clock.at(late) > clock.at(early)
    assert clock.machine_seconds(clock.at(late) - clock.at(early)) == pytest.approx(more)
