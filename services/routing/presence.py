"""Whether a rep can take a lead at an instant, why not, and when next."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.routing.desk import Desk, RepState
from services.routing.rules import Pool, Rep, RoutingRules
from shared.worktime import NoOpeningError

OFF_HOURS = "off hours"
HAD_IT = "had this lead"
MOST_OBSTACLES = 100


def obstacle(rep: Rep, state: RepState, at: datetime) -> str | None:
    """Why the rep cannot take a lead whatever the hour: leave, absence or a cap; None where nothing is in the way."""
    today = at.astimezone(rep.zone).date()
    in_the_way = {
        "inactive": not rep.active,
        "on leave": rep.on_leave(today) is not None or rep.out_until(at) is not None,
        "away": state.is_away(at),
        "weight 0": not rep.weight,
        "daily cap": rep.daily_cap is not None and state.given.get(today, 0) >= rep.daily_cap,
        "open cap": rep.open_cap is not None and state.open >= rep.open_cap,
    }
    return next((reason for reason, holds in in_the_way.items() if holds), None)


def is_off_hours(rep: Rep, at: datetime) -> bool:
    return rep.calendar is not None and not rep.calendar.is_open(at)


def next_chance(rep: Rep, state: RepState, at: datetime, *, hours_count: bool) -> datetime | None:
    """The first instant from `at` on at which the rep may take a lead; None where time alone will not bring it."""
    for _ in range(MOST_OBSTACLES):
        later = _end_of_obstacle(rep, state, at)
        if later == at and hours_count and rep.calendar:
            later = _opening(rep, at)
        if later is None or later == at:
            return later
        at = later
    return None


def opening_without_obstacle(rep: Rep, state: RepState, at: datetime) -> datetime | None:
    """The rep's next opening; None where something else will be in the way then, or it never comes."""
    opens_at = _opening(rep, at)
    return opens_at if opens_at is not None and obstacle(rep, state, opens_at) is None else None


def _end_of_obstacle(rep: Rep, state: RepState, at: datetime) -> datetime | None:
    today = at.astimezone(rep.zone).date()
    leave = rep.on_leave(today)
    match obstacle(rep, state, at):
        case None:
            return at
        case "on leave" if leave and leave.last < date.max:
            return _midnight_after(leave.last, rep.zone)
        case "on leave" if leave is None:
            return rep.out_until(at)
        case "away":
            return state.away_until
        case "daily cap" if rep.daily_cap:
            return _midnight_after(today, rep.zone)
        case _:
            return None


def _opening(rep: Rep, at: datetime) -> datetime | None:
    try:
        return rep.calendar.next_opening(at) if rep.calendar else at
    except NoOpeningError:
        return None


def _midnight_after(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def present(pool: Pool, desk: Desk, rules: RoutingRules, at: datetime) -> list[str]:
    """The members who may take a lead at that instant, one that they have not had."""
    return [
        member for member in pool.members if next_opening_for(replace(pool, members=(member,)), desk, rules, at) == at
    ]


def next_opening_for(
    pool: Pool, desk: Desk, rules: RoutingRules, at: datetime, waiting: Iterable[AbstractSet[str]] = (frozenset(),)
) -> datetime | None:
    """When the pool may next give out one of the leads that wait: the next opening of a member's calendar, end of
    leave or absence, or midnight of a daily cap; `at` itself where someone is there now.

    `waiting` holds for each such lead the reps who have had it. None where no instant is known: an open cap, an
    absence without end; what ends those wakes the pool.
    """
    hours_count = pool.hours_count and not pool.assigns_when_all_away
    leads = list(waiting)
    chances = [
        chance
        for rep_id in pool.members
        if (rep := rules.reps.get(rep_id)) and any(rep_id not in had for had in leads)
        if (chance := next_chance(rep, desk.rep(rep_id), at, hours_count=hours_count)) is not None
    ]
    return min(chances, default=None)
