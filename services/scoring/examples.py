"""Runs the `examples` of `scoring.yaml` with the real scoring, and tells in words what came out otherwise. Pure."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from services.scoring.contributions import assess
from services.scoring.examples_written import ExampleEvent, ExpectedScore, ScoringExample
from services.scoring.explain import Explanation, Part, explain
from services.scoring.folding import folded
from services.scoring.history import in_order
from services.scoring.instants import to_instant, to_microseconds
from services.scoring.rules import ScoringPlaybook, in_points
from services.scoring.state import LeadScore
from services.scoring.written import ScoringFile
from shared.events import Event, InvalidEventError, decode
from shared.playbook import LoadedFile, Problem

SOURCE = "urn:baton:example"
ANY_DAY = datetime(2026, 4, 1, tzinfo=UTC)
"""The day from which `days_ago` counts where an example names no time."""
TOLERANCE = 0.05


def failures(file: LoadedFile[ScoringFile], playbook: ScoringPlaybook) -> list[Problem]:
    """One problem for each example that comes out otherwise, at its place; `playbook` is compiled of the file."""
    return [
        file.problem(("examples", index), f"example '{example.name}': {told}")
        for index, example in enumerate(file.model.examples)
        if (told := _failure(example, playbook))
    ]


def _failure(example: ScoringExample, playbook: ScoringPlaybook) -> str | None:
    now = _now(example)
    try:
        activities = in_order(_activities(example, now))
    except InvalidEventError as error:
        return str(error)
    state = folded(activities, playbook)
    at = max(state.latest, to_microseconds(now))
    found = assess(state, playbook, at)
    wrong = list(_differences(example.expect, in_points(found.fit), in_points(found.engagement)))
    details = _in_words(explain(state, activities, playbook, at)) if wrong else ""
    wrong += _of_qualifying(example.expect, state, in_points(found.total))
    return "; ".join(wrong) + details if wrong else None


def _now(example: ScoringExample) -> datetime:
    told = [event.at for event in example.events if event.at]
    return example.at or max(told, default=ANY_DAY)


def _activities(example: ScoringExample, now: datetime) -> Iterator[Event]:
    """The profile's event before all others. Raises InvalidEventError."""
    times = [_time(event, now) for event in example.events]
    if example.profile:
        first = min([now, *times]) - timedelta(seconds=1)
        yield _event(0, "profile.updated", first, example.profile, "the profile")
    for number, (event, time) in enumerate(zip(example.events, times, strict=True), start=1):
        yield _event(number, event.type, time, event.__pydantic_extra__, f"activity {number} ({event.type})")


def _time(event: ExampleEvent, now: datetime) -> datetime:
    return event.at or now - timedelta(days=event.days_ago or 0)


def _event(number: int, kind: str, time: datetime, fields: object, what: str) -> Event:
    written = {
        "specversion": "1.0",
        "id": f"{number:04}",
        "source": SOURCE,
        "type": kind,
        "subject": "example",
        "time": time.isoformat(),
        "data": fields,
    }
    try:
        return decode(json.dumps(written).encode())
    except InvalidEventError as error:
        raise InvalidEventError(f"{what} is no event: {error}") from None


def _differences(expect: ExpectedScore, fit: float, engagement: float) -> Iterator[str]:
    named = (
        ("{} points", expect.score, fit + engagement),
        ("a fit of {} points", expect.fit, fit),
        ("an engagement of {} points", expect.engagement, engagement),
    )
    for words, expected, got in named:
        if expected is not None and abs(expected - got) > TOLERANCE:
            yield f"expected {words.format(f'{expected:g}')}, got {_rounded(got)}"


def _of_qualifying(expect: ExpectedScore, state: LeadScore, total: float) -> list[str]:
    if expect.qualified is None or expect.qualified == bool(state.qualified):
        return []
    score = f"with a fit of {_rounded(in_points(state.fit))} and a score of {_rounded(total)}"
    if state.qualified:
        at = to_instant(to_microseconds(state.qualified[0].at))
        return [f"expected it not to qualify, but it does, on {at:%Y-%m-%d %H:%M} UTC, {score} at the end"]
    return [f"expected it to qualify, but it does not, {score} at the end"]


def _rounded(points: float) -> str:
    return f"{round(points, 1):g}"


def _in_words(explanation: Explanation) -> str:
    """What each rule gave, and what met a rule and gave nothing."""
    by_rule: dict[str, list[Part]] = {}
    for part in explanation.parts:
        by_rule.setdefault(part.line.rule, []).append(part)
    told = ", ".join(_of_rule(rule, parts) for rule, parts in by_rule.items())
    return f": {told}" if told else ": no rule gave anything"


def _of_rule(rule: str, parts: Sequence[Part]) -> str:
    given = [part for part in parts if part.line.value]
    total = _rounded(in_points(sum(part.line.value for part in given)))
    if rule.startswith("cap:"):
        return f"{rule} took {total}"
    vain = list(dict.fromkeys(part.why.removeprefix("gives nothing: ") for part in parts if not part.line.value))
    why = f" ({len(given)} of {len(parts)} counted: {'; '.join(vain)})" if vain else _times(len(given))
    return f"{rule} gave {total}{why}"


def _times(count: int) -> str:
    return f" ({count} times)" if count > 1 else ""
