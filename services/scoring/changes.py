"""What may happen to a lead that could qualify it: a rule met, or one that keeps it back no longer met. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from services.scoring.rules import FitRule, ScoringPlaybook, view
from services.scoring.state import LeadScore
from services.scoring.witness import Fields, against, candidates
from services.scoring.written import EngagementRuleEntry, OncePerObject, ScoringFile, types_of
from shared.conditions import Condition
from shared.events import Event

UNLESS = "mql.unless"
MOST_FURTHER = 5
"""So many activities of one rule are tried, one after the other."""

Effect = Callable[[LeadScore, LeadScore, Event], bool]
"""Whether an activity does what was meant, from the states before and after it."""
Attempts = Callable[[int], Iterable[tuple[str, Fields]]]
"""Types and data of activities that may do it, for the first time (0) or once more."""


@dataclass(frozen=True, slots=True)
class Possible:
    """Something that may happen to a rule; `meets` is False where the rule holds now and would no longer."""

    rule: str
    meets: bool
    has_effect: Effect
    attempts: Attempts
    most: int = 1


def possible(state: LeadScore, content: ScoringFile, playbook: ScoringPlaybook) -> Iterator[Possible]:
    """All that may bring the lead nearer: first what keeps it back now, then instant types, then the rules."""
    yield from _of_unless(state, content, playbook)
    yield from _kept_down(state, content, playbook)
    for name in sorted(playbook.mql.instant):
        yield Possible(name, True, _always, _instant(name))
    for fit_rule in (rule for rule in playbook.fit if rule.points > 0 and not _fits(rule, state)):
        yield Possible(fit_rule.id, True, _of_fit(fit_rule, True), _met(_condition(content, fit_rule)))
    for rule in (rule for group in content.engagement.groups for rule in group.rules if rule.points > 0):
        most = 1 if rule.repeat == "once" else MOST_FURTHER
        yield Possible(rule.id, True, _is_counted(rule.id), _of_engagement(rule), most)


def _of_unless(state: LeadScore, content: ScoringFile, playbook: ScoringPlaybook) -> Iterator[Possible]:
    matcher = playbook.mql.unless
    if content.mql and content.mql.unless and matcher and matcher(_fields(state)):

        def blocks_no_more(_: LeadScore, after: LeadScore, __: Event) -> bool:
            return not matcher(_fields(after))

        yield Possible(UNLESS, False, blocks_no_more, _against(content.mql.unless, state))


def _kept_down(state: LeadScore, content: ScoringFile, playbook: ScoringPlaybook) -> Iterator[Possible]:
    for rule in playbook.fit:
        condition = _condition(content, rule)
        if rule.points < 0 and condition and _fits(rule, state):
            yield Possible(rule.id, False, _of_fit(rule, False), _against(condition, state))


def _condition(content: ScoringFile, rule: FitRule) -> Condition | None:
    return next(entry.when for entry in content.fit.rules if entry.id == rule.id)


def _fields(state: LeadScore) -> dict[str, object]:
    return view(state.profile, state.lead_source)


def _fits(rule: FitRule, state: LeadScore) -> bool:
    return rule.test is None or rule.test(_fields(state))


def _of_fit(rule: FitRule, met: bool) -> Effect:
    return lambda before, after, _: _fits(rule, before) is not met and _fits(rule, after) is met


def _is_counted(rule_id: str) -> Effect:
    def counts(_: LeadScore, after: LeadScore, event: Event) -> bool:
        counted = after.counted.get(rule_id)
        return counted is not None and counted.entries[-1][1] == event.id

    return counts


def _always(_: LeadScore, __: LeadScore, ___: Event) -> bool:
    return True


def _instant(name: str) -> Attempts:
    return lambda _: [(name, {})]


def _met(condition: Condition | None) -> Attempts:
    return lambda _: map(_of_profile, candidates(condition))


def _against(condition: Condition, state: LeadScore) -> Attempts:
    return lambda _: map(_of_profile, against(condition, _fields(state)))


def _of_profile(fields: Fields) -> tuple[str, Fields]:
    return "consent.changed" if set(fields) == {"consent"} else "profile.updated", fields


def _of_engagement(rule: EngagementRuleEntry) -> Attempts:
    def attempts(number: int) -> Iterator[tuple[str, Fields]]:
        about: Fields = {}
        if isinstance(rule.repeat, OncePerObject):
            field = rule.repeat.once_per
            about = {field: f"another {field}" + (f" ({number + 1})" if number else "")}
        for name in sorted(types_of(rule.on)):
            yield from ((name, {**about, **fields}) for fields in candidates(rule.when))

    return attempts
