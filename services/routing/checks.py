"""What must hold between the entries of the playbook's files, each mistake with its place."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from typing import Protocol

from services.routing.written import RoutingFile, SlaFile
from shared.events import type_registry
from shared.playbook import LoadedFile, Problem
from shared.playbook.known_keys import nearest
from shared.playbook.positions import Path
from shared.topics import LEAD_ACTIVITY

ACTIVITIES: frozenset[str] = frozenset(name for name, data in type_registry.items() if data.topic == LEAD_ACTIVITY)


ROLES = ("owner", "manager", "fallback", "channel")
"""Whom a step may notify, besides a rep by id."""


SLIP_OF_THE_PEN = 0.85


class _WithId(Protocol):
    @property
    def id(self) -> str: ...


def check(routing: LoadedFile[RoutingFile], sla: LoadedFile[SlaFile], calendars: Collection[str]) -> Iterator[Problem]:
    """Every mistake between `routing.yaml`, `sla.yaml` and the names of the calendars."""
    for path, message in _of_routing(routing.model, calendars):
        yield routing.problem(path, message)
    for path, message in _of_sla(sla.model, routing.model, calendars):
        yield sla.problem(path, message)


Mistake = tuple[Path, str]


def _of_routing(file: RoutingFile, calendars: Collection[str]) -> Iterator[Mistake]:
    teams = [team.id for team in file.relay]
    for team_id, count in Counter(teams).items():
        if count > 1:
            yield ("teams", len(teams) - 1 - teams[::-1].index(team_id)), f"the team {team_id} is listed twice"
    yield from _of_teams(file, calendars)
    for index, rep in enumerate(file.reps):
        for place, team_id in enumerate(rep.teams):
            path: Path = ("reps", index, "team", place) if isinstance(rep.team, tuple) else ("reps", index, "team")
            yield from _known("team", team_id, teams, path)
        yield from _known("calendar", rep.calendar, calendars, ("reps", index, "calendar"))
    for name, entries in (("reps", file.reps), ("pools", file.pools), ("rules", file.rules)):
        yield from _twice(name, entries)
    yield from _of_pools(file, teams)
    yield from _of_rules(file, teams)


def _of_teams(file: RoutingFile, calendars: Collection[str]) -> Iterator[Mistake]:
    reps = [rep.id for rep in file.reps]
    served = {rule.team for rule in file.rules}
    gives_leads_out = bool(file.reps or file.pools or file.rules)
    for index, team in enumerate(file.relay):
        yield from _known("calendar", team.calendar, calendars, ("teams", index, "calendar"))
        yield from _known("manager", team.manager, reps, ("teams", index, "manager"))
        yield from _known("fallback", team.fallback, reps, ("teams", index, "fallback"))
        if gives_leads_out and team.id not in served:
            message = f"the team {team.id} has no rule, so nobody would get its leads; add one, or take the team out"
            yield ("teams", index), message


def _of_pools(file: RoutingFile, teams: Collection[str]) -> Iterator[Mistake]:
    reps = {rep.id: rep.teams for rep in file.reps}
    for index, pool in enumerate(file.pools):
        yield from _known("team", pool.team, teams, ("pools", index, "team"))
        for place, member in enumerate(pool.members):
            path = ("pools", index, "members", place)
            yield from _known("member", member, reps, path)
            if pool.team not in reps.get(member, (pool.team,)):
                of = " and ".join(reps[member])
                yield path, f"the member {member} is of the team {of}, the pool {pool.id} of {pool.team}"
            if member in pool.members[:place]:
                yield (
                    path,
                    f"the member {member} is listed twice in the pool {pool.id}; a weight of 2 gives twice as much",
                )


def _of_rules(file: RoutingFile, teams: Collection[str]) -> Iterator[Mistake]:
    pools = {pool.id: pool.team for pool in file.pools}
    twice = _given_twice(file.pools)
    for index, rule in enumerate(file.rules):
        yield from _known("team", rule.team, teams, ("rules", index, "team"))
        yield from _known("pool", rule.pool, pools, ("rules", index, "pool"), twice)
        if rule.pool not in twice and pools.get(rule.pool, rule.team) != rule.team:
            message = f"the pool {rule.pool} is of the team {pools[rule.pool]}, the rule of {rule.team}"
            yield ("rules", index, "pool"), message
    last = {rule.team: index for index, rule in enumerate(file.rules)}
    for team, index in last.items():
        condition = next((key for key in ("when", "owner") if getattr(file.rules[index], key) is not None), None)
        if condition:
            message = f"the last rule of the team {team} must take every lead; add one without `{condition}` after it"
            yield ("rules", index, condition), message


def _of_sla(sla: SlaFile, routing: RoutingFile, calendars: Collection[str]) -> Iterator[Mistake]:
    teams = [team.id for team in routing.relay]
    told = [*ROLES, *(rep.id for rep in routing.reps)]
    yield from _twice("clocks", sla.clocks)
    for index, clock in enumerate(sla.clocks):
        yield from _known("team", clock.team, teams, ("clocks", index, "team"))
        yield from _known("calendar", clock.calendar, calendars, ("clocks", index, "calendar"))
        for key in ("starts", "stops", "pauses", "resumes"):
            names = getattr(clock, key)
            for place, name in enumerate(names if isinstance(names, tuple) else ()):
                yield from _meant("activity", name, ACTIVITIES, ("clocks", index, key, place))
        for place, step in enumerate(clock.on_breach):
            yield from _known("recipient", step.notify, told, ("clocks", index, "on_breach", place, "notify"))


def _twice(name: str, entries: Sequence[_WithId]) -> Iterator[Mistake]:
    seen = set[str]()
    for index, entry in enumerate(entries):
        if entry.id in seen:
            yield (name, index, "id"), f"the id {entry.id} is given twice in {name}; ids are unique"
        seen.add(entry.id)


def _given_twice(entries: Sequence[_WithId]) -> frozenset[str]:
    return frozenset(name for name, count in Counter(entry.id for entry in entries).items() if count > 1)


def _meant(what: str, name: str, known: Collection[str], path: Path) -> Iterator[Mistake]:
    """A company has activities of its own: only what looks like a slip of the pen is a mistake."""
    meant = get_close_matches(name, known, 1, cutoff=SLIP_OF_THE_PEN)
    if meant and name not in known:
        yield path, f"unknown {what} {name}; did you mean {meant[0]}?"


def _known(
    what: str, name: str | None, known: Collection[str], path: Path, twice: Collection[str] = ()
) -> Iterator[Mistake]:
    """One that is near to an id that was given `twice` may be the one that the second entry was meant to have."""
    if name is None or name in known:
        return
    meant = nearest(name, sorted(known))
    if twice and (meant in twice or meant is None):
        yield (
            path,
            f"unknown {what} {name}; one of those with the id {' or '.join(sorted(twice))} may be meant to be it",
        )
        return
    hint = f"did you mean {meant}?" if meant else f"known: {', '.join(sorted(set(known))) or 'none'}"
    yield path, f"unknown {what} {name}; {hint}"
